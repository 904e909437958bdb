/** Whether the promise is kept: exactly one running server for a paid period, and none without. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { Clock } from '../../src/platform/clock.js';
import { newestFirst, pageOf, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { DeliveryInvariantEntity } from './delivery-invariant.entity.js';
import type { DeliveryInvariantRow } from './delivery-invariant.projection.js';

export type Violation = 'tooManyServers' | 'serverWithoutPayment' | 'notDelivered' | 'periodOver';

export interface Promised extends DeliveryInvariantRow {
  /** Null when the promise is kept, or there is still time. */
  readonly violation: Violation | null;
}

export interface PromisesWish extends PageWish {
  /** Only orders for which it is broken. */
  readonly brokenOnly: boolean;
}

const STANDING = 'row.serversCreated - row.serversGone';
/** A suspended server does not run, and one that is being ended is not owed: both by the order's own recorded word. Grace excuses a period that is over, and nothing else. */
const VIOLATION = `case
  when ${STANDING} > 1 then 'tooManyServers'
  when ${STANDING} > row.serversOwed and not row.excuses @> '["ending"]' then 'serverWithoutPayment'
  when row.serversRunning < row.serversOwed and row.dueAt < :now and row.excuses - 'grace' = '[]' then 'notDelivered'
  when ${STANDING} > 0 and row.paidThrough < :now and row.excuses = '[]' then 'periodOver' end`;

/** Newest orders first; their ids sort by time. */
export class ListPromises extends Query<Page<Promised>> {
  constructor(readonly wish: PromisesWish) {
    super();
  }
}

@QueryHandler(ListPromises)
export class ListPromisesHandler implements IQueryHandler<ListPromises> {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  async execute({ wish }: ListPromises): Promise<Page<Promised>> {
    const query = newestFirst(this.database, { entity: DeliveryInvariantEntity, by: ['orderId'] }, wish);
    query.addSelect(VIOLATION, 'violation').setParameter('now', this.clock.iso());
    if (wish.brokenOnly) query.andWhere(`(${VIOLATION}) is not null`);
    const { entities, raw } = await query.getRawAndEntities<{ violation: Violation | null }>();
    const rows = entities.map((row, index) => ({ ...row, violation: raw[index]?.violation ?? null }));
    return pageOf(rows, wish.limit, ({ orderId }) => [orderId]);
  }
}
