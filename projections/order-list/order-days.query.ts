/** How far the orders of each day came, and how long they took. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { tableNameOf } from '../../src/platform/projection.js';
import { orderList } from './order-list.projection.js';

/** Of the orders placed on one day, in UTC; also what came later counts for that day. */
export interface OrderDay {
  readonly day: string;
  readonly placed: number;
  readonly paid: number;
  readonly ready: number;
  /** From the payment to the server; null while none of them is ready. */
  readonly readyP50Ms: number | null;
  readonly readyP95Ms: number | null;
}

/** The latest day first; days without orders are left out. */
export class GetOrderDays extends Query<OrderDay[]> {
  /** @param period days in UTC as `YYYY-MM-DD`, the last one included */
  constructor(readonly period: { readonly from: string; readonly to: string }) {
    super();
  }
}

/** Later than every time of a day, as text. */
const END_OF_DAY = 'T~';

const ORDER_DAYS = `
  select day, count(*)::int as placed, count(paid_at)::int as paid, count(ready_at)::int as ready,
    (percentile_disc(0.5) within group (order by took))::float8 as "readyP50Ms",
    (percentile_disc(0.95) within group (order by took))::float8 as "readyP95Ms"
  from (
    select left(created_at, 10) as day, paid_at, ready_at, extract(epoch from ready_at::timestamptz - paid_at::timestamptz) * 1000 as took
    from ${tableNameOf(orderList)} where created_at >= $1 and created_at <= $2
  ) placed
  group by day
  order by day desc`;

@QueryHandler(GetOrderDays)
export class GetOrderDaysHandler implements IQueryHandler<GetOrderDays> {
  constructor(private readonly database: DataSource) {}

  async execute({ period: { from, to } }: GetOrderDays): Promise<OrderDay[]> {
    return this.database.query(ORDER_DAYS, [from, `${to}${END_OF_DAY}`]);
  }
}
