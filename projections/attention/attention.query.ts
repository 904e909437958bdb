/** What needs a human now: open matters of the log, orders that take too long, and work that readers had to set aside. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, In, IsNull, LessThan, Not } from 'typeorm';
import { Clock } from '../../src/platform/clock.js';
import { OrderListEntity } from '../order-list/order-list.entity.js';
import { AttentionEntity } from './attention.entity.js';
import type { AttentionRow } from './attention.projection.js';

export type Matter = Omit<AttentionRow, 'kind'> & { kind: AttentionRow['kind'] | 'slowProvisioning' | 'reader' };

const WARNING_MS = 3 * 60_000;
const CRITICAL_MS = 5 * 60_000;
const MATTERS_MAX = 500;

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
    return [...(await this.setAside()), ...(await this.slow()), ...open];
  }

  /** Paid and not ready: a warning after three minutes, critical after five. */
  private async slow(): Promise<Matter[]> {
    const now = this.clock.now().getTime();
    const since = new Date(now - WARNING_MS).toISOString();
    const where = { paidAt: LessThan(since), readyAt: IsNull(), status: Not(In(['attention', 'ended'] as const)) };
    const orders = await this.database.getRepository(OrderListEntity).find({ where, order: { paidAt: 'ASC' }, take: MATTERS_MAX });
    return orders.map((order) => {
      // While it installs, the game's own limit decides what is critical (the saga asks for help then).
      const paidAtMs = Date.parse(order.paidAt ?? '');
      const late = now - paidAtMs > CRITICAL_MS && order.status !== 'installing';
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
        raisedAt: new Date(paidAtMs + (late ? CRITICAL_MS : WARNING_MS)).toISOString(),
      };
    });
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
