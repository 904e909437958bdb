/** What needs a human now: open matters of the log, orders that take too long, and work that readers had to set aside. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, In, IsNull, LessThan, Not } from 'typeorm';
import { Clock } from '../../src/platform/clock.js';
import { pageOfAll, type Page, type PageWish, type Sort } from '../../src/platform/database/newest-first.js';
import { DeliveryInvariantEntity } from '../delivery-invariant/delivery-invariant.entity.js';
import { NodeCapacityEntity } from '../node-capacity/node-capacity.entity.js';
import { OrderListEntity } from '../order-list/order-list.entity.js';
import { AttentionEntity } from './attention.entity.js';
import type { AttentionRow } from './attention.projection.js';

export type Matter = Omit<AttentionRow, 'kind'> & { kind: AttentionRow['kind'] | 'slowProvisioning' | 'capacity' | 'reader' };

/** `urgency`: what is critical before warnings, the newest first. */
export type MatterSort = Sort | 'urgency';

export interface MattersWish extends Omit<PageWish, 'sort'> {
  readonly kind?: Matter['kind'];
  readonly severity?: Matter['severity'];
  readonly orderId?: string;
  readonly sort: MatterSort;
}

/** One page of what is open. @throws Refusal CURSOR_INVALID */
export const matterPage = (open: readonly Matter[], { kind, severity, orderId, sort, ...page }: MattersWish): Page<Matter> => {
  const isMeant = (matter: Matter): boolean =>
    (kind ?? matter.kind) === matter.kind &&
    (severity ?? matter.severity) === matter.severity &&
    (orderId ?? matter.orderId) === matter.orderId;
  const byAge = ({ raisedAt, attentionKey }: Matter): string[] => [raisedAt, attentionKey];
  const byUrgency = (matter: Matter): string[] => [matter.severity === 'critical' ? '1' : '0', ...byAge(matter)];
  const order = sort === 'urgency' ? { parts: 3, place: byUrgency } : { parts: 2, place: byAge };
  return pageOfAll(open.filter(isMeant), order, { ...page, sort: sort === 'urgency' ? 'newest' : sort });
};

const WARNING_MS = 3 * 60_000;
const CRITICAL_MS = 5 * 60_000;
const MATTERS_MAX = 500;
const FOUND_SHOWN_MS = 86_400_000;
/** Tried again later and later, up to a minute: some three minutes. */
const SWEEP_FAILURES_MAX = 10;

/** Times are ISO-8601 in UTC. */
interface Sweep {
  readonly failures: number;
  readonly failingSince: string | null;
  readonly lastError: string | null;
  readonly found: number;
  readonly foundAt: string | null;
}

export class OpenMatters extends Query<Matter[]> {}

@QueryHandler(OpenMatters)
export class OpenMattersHandler implements IQueryHandler<OpenMatters> {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<Matter[]> {
    // 'critical' sorts before 'warning'; what is left out beyond the limit is never a critical one before a warning.
    const open: Matter[] = await this.database
      .getRepository(AttentionEntity)
      .find({ order: { severity: 'ASC', raisedAt: 'DESC' }, take: MATTERS_MAX });
    return [...(await this.webhooks()), ...(await this.setAside()), ...(await this.slow()), ...(await this.full()), ...open];
  }

  /** Paid and not ready: a warning after three minutes, critical after five or, while it installs, after the game's longest install. */
  private async slow(): Promise<Matter[]> {
    const now = this.clock.now().getTime();
    const since = new Date(now - WARNING_MS).toISOString();
    const where = { paidAt: LessThan(since), readyAt: IsNull(), status: Not(In(['attention', 'ended'] as const)) };
    const orders = await this.database.getRepository(OrderListEntity).find({ where, order: { paidAt: 'ASC' }, take: MATTERS_MAX });
    const promises = await this.database
      .getRepository(DeliveryInvariantEntity)
      .findBy({ orderId: In(orders.map(({ orderId }) => orderId)) });
    const installedBy = new Map(promises.map(({ orderId, dueAt }) => [orderId, Date.parse(dueAt ?? '')]));
    return orders.map((order) => {
      const paidAtMs = Date.parse(order.paidAt ?? '');
      const inTimeMs = paidAtMs + CRITICAL_MS;
      const dueAtMs = order.status === 'installing' ? (installedBy.get(order.orderId) ?? inTimeMs) : inTimeMs;
      const late = now > dueAtMs;
      const severity = late ? 'critical' : 'warning';
      return {
        attentionKey: `slowProvisioning:${order.orderId}:${severity}`,
        kind: 'slowProvisioning',
        severity,
        subjectId: order.orderId,
        orderId: order.orderId,
        code: 'NOT_READY_IN_TIME',
        details: { paidAt: order.paidAt, status: order.status },
        // The moment it became late: the same however often it is asked.
        raisedAt: new Date(late ? dueAtMs : paidAtMs + WARNING_MS).toISOString(),
      };
    });
  }

  /** Nodes of which most of the memory is promised. */
  private async full(): Promise<Matter[]> {
    const nodes = await this.database
      .getRepository(NodeCapacityEntity)
      .find({ where: { pressure: Not(IsNull()) }, order: { nodeId: 'ASC' } });
    return nodes.flatMap(({ nodeId, region, pressure, pressureSince }) => {
      if (!pressure) return [];
      return {
        ...{ attentionKey: `capacity:${nodeId}`, kind: 'capacity', severity: pressure, subjectId: nodeId, orderId: null },
        ...{ code: 'NODE_MEMORY_PROMISED', details: { region }, raisedAt: pressureSince ?? '' },
      };
    });
  }

  /** Webhooks that Stripe did not deliver and we found for a day after, and sweeps that find nothing because they fail. */
  private async webhooks(): Promise<Matter[]> {
    const [sweep]: Sweep[] = await this.database.query(
      `select failures, failing_since as "failingSince", last_error as "lastError", found_last as found, found_at as "foundAt"
       from engine.stripe_sweep`,
    );
    if (!sweep) return [];
    const { failures, failingSince, lastError, found, foundAt } = sweep;
    const common = { kind: 'webhook', severity: 'critical', orderId: null, subjectId: 'stripe-sweep' } as const;
    const matters: Matter[] = [];
    const foundSince = new Date(this.clock.now().getTime() - FOUND_SHOWN_MS).toISOString();
    if (foundAt !== null && foundAt >= foundSince) {
      const code = 'WEBHOOK_NOT_DELIVERED';
      matters.push({ ...common, attentionKey: 'webhook:not-delivered', code, details: { found }, raisedAt: foundAt });
    }
    if (failingSince !== null && failures >= SWEEP_FAILURES_MAX) {
      const details = { failures, lastError };
      matters.push({ ...common, attentionKey: 'webhook:sweep', code: 'STRIPE_SWEEP_FAILING', details, raisedAt: failingSince });
    }
    return matters;
  }

  /** Events that a reactor or a projection could not handle. */
  private async setAside(): Promise<Matter[]> {
    const rows: { reader: string; key: string; event_id: string; parked_at: Date | string }[] = await this.database.query(
      `select reader, key, event_id, parked_at from engine.parked_overview order by parked_at desc limit $1`,
      [MATTERS_MAX],
    );
    return rows.map((row) => ({
      attentionKey: `reader:${row.reader}:${row.event_id}`,
      kind: 'reader',
      severity: 'critical',
      subjectId: row.key,
      orderId: null,
      code: 'EVENT_SET_ASIDE',
      details: { reader: row.reader, eventId: row.event_id },
      raisedAt: new Date(row.parked_at).toISOString(),
    }));
  }
}
