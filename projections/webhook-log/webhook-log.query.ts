/** Webhooks with what became of them. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { newestFirst, pageOf, placeIn, type DaysWish, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { READ_TYPES } from '../../src/stripe/reduce-event.js';
import { orderList } from '../order-list/order-list.projection.js';
import { WebhookLogEntity } from './webhook-log.entity.js';
import type { WebhookLogRow } from './webhook-log.projection.js';

/**
 * `waiting`: the intake has not come to it; `setAside`: it could not handle it and tries again; `ignored`: nobody reads this type;
 * `foreign`: it names an order that is none of ours; `nothingNew`: it was read and changed nothing.
 */
export type WebhookOutcome = Exclude<WebhookLogRow['outcome'], 'received'> | 'waiting' | 'setAside' | 'ignored' | 'foreign' | 'nothingNew';

export interface Webhook extends Omit<WebhookLogRow, 'outcome'> {
  readonly outcome: WebhookOutcome;
}

/** Its days are those of coming in. */
export interface WebhooksWish extends PageWish, DaysWish {
  readonly type?: string;
  readonly outcome?: WebhookOutcome;
  readonly orderId?: string;
  /** Of Stripe: the event's own id, or that of the object it is about. */
  readonly stripeId?: string;
}

/** The intake's own place in the log tells what it has yet to read. */
const OUTCOME = `case
  when row.outcome <> 'received' then row.outcome
  when exists (select 1 from engine.reactor_parked p where p.reactor = 'stripe-intake' and p.event_id = row.eventId) then 'setAside'
  when row.type <> all (:types) then 'ignored'
  when row.position > coalesce((select c.commit_position from engine.checkpoint c where c.reader = 'stripe-intake'), -1) then 'waiting'
  when row.orderId is not null and not exists (select 1 from ${tableNameOf(orderList)} placed where placed.order_id = row.orderId) then 'foreign'
  else 'nothingNew' end`;

/** Newest first. */
export class ListWebhooks extends Query<Page<Webhook>> {
  constructor(readonly wish: WebhooksWish) {
    super();
  }
}

@QueryHandler(ListWebhooks)
export class ListWebhooksHandler implements IQueryHandler<ListWebhooks> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListWebhooks): Promise<Page<Webhook>> {
    const { outcome, type, orderId, stripeId, limit } = wish;
    const named = stripeId?.startsWith('evt_') ? { stripeEventId: stripeId } : { objectId: stripeId };
    const list = { entity: WebhookLogEntity, by: ['receivedAt', 'stripeEventId'], where: { type, orderId, ...named } } as const;
    const query = newestFirst(this.database, list, wish);
    query.addSelect(OUTCOME, 'said').setParameter('types', [...READ_TYPES]);
    if (outcome !== undefined) query.andWhere(`(${OUTCOME}) = :outcome`, { outcome });
    const { entities, raw } = await query.getRawAndEntities<{ said: WebhookOutcome }>();
    const rows = entities.map((row, index) => ({ ...row, outcome: raw[index]?.said ?? 'waiting' }));
    return pageOf(rows, limit, placeIn<Webhook>(list));
  }
}
