/** Payments, and what they add up to: revenue and monthly recurring revenue by day, plan and region, per currency and never across currencies. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { newestPage, pageOf, placeOf, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { orderList } from '../order-list/order-list.projection.js';
import { PaymentsEntity } from './payments.entity.js';
import { payments, type PaymentsRow, type PaymentStatus } from './payments.projection.js';

const PAYMENTS = tableNameOf(payments);

export interface PaymentsWish extends PageWish {
  readonly orderId?: string;
  readonly status?: PaymentStatus;
  readonly kind?: PaymentsRow['kind'];
}

/** Newest first. */
export class ListPayments extends Query<Page<PaymentsRow>> {
  constructor(readonly wish: PaymentsWish) {
    super();
  }
}

@QueryHandler(ListPayments)
export class ListPaymentsHandler implements IQueryHandler<ListPayments> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListPayments): Promise<Page<PaymentsRow>> {
    const { orderId, status, kind } = wish;
    return newestPage(this.database, { entity: PaymentsEntity, by: ['occurredAt', 'paymentKey'], where: { orderId, status, kind } }, wish);
  }
}

/** Days in UTC as `YYYY-MM-DD`, the last one included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

export interface FiguresWish extends PageWish, Period {
  readonly planId?: string;
  readonly region?: string;
  readonly currency?: string;
}

interface Group {
  readonly day: string;
  readonly currency: string;
  readonly planId: string;
  readonly region: string;
}

export interface Revenue extends Group {
  readonly payments: number;
  /** What was charged, in minor units as a decimal number. */
  readonly amountMinor: string;
  /** Before tax and coupons, likewise. */
  readonly subtotalMinor: string;
}

export interface Mrr extends Group {
  readonly orders: number;
  /** What these orders are worth in a month, before tax and coupons, in minor units as a decimal number. */
  readonly monthlyMinor: string;
}

/** Groups from the cursor on that fit the wish, the latest day first; `source` gives day, currency, plan_id and region of each fact in the period `$1` to `$2`. */
const groups = (source: string, sums: string): string => `
  select day, currency, plan_id as "planId", region, ${sums}
  from (${source}) fact
  where ($3::text is null or plan_id = $3) and ($4::text is null or region = $4) and ($5::text is null or currency = $5)
    and ($6::text[] is null or (day, currency, plan_id, region) < (($6::text[])[1], ($6::text[])[2], ($6::text[])[3], ($6::text[])[4]))
  group by day, currency, plan_id, region
  order by day desc, currency desc, plan_id desc, region desc
  limit $7`;

const page = async <T extends Group>(database: DataSource, sql: string, wish: FiguresWish): Promise<Page<T>> => {
  const { from, to, planId = null, region = null, currency = null, cursor, limit } = wish;
  const rows: T[] = await database.query(sql, [from, to, planId, region, currency, placeOf(cursor, 4) ?? null, limit + 1]);
  return pageOf(rows, limit, (row) => [row.day, row.currency, row.planId, row.region]);
};

/** Money that arrived and that its order took, by the day on which it arrived. */
const REVENUE = groups(
  `select left(occurred_at, 10) as day, currency, plan_id, region, amount_minor, subtotal_minor
   from ${PAYMENTS}
   where kind = 'payment' and status = 'succeeded' and occurred_at >= $1 and left(occurred_at, 10) <= $2`,
  `count(*)::int as payments, sum(amount_minor)::text as "amountMinor", sum(subtotal_minor)::text as "subtotalMinor"`,
);

export class GetRevenue extends Query<Page<Revenue>> {
  constructor(readonly wish: FiguresWish) {
    super();
  }
}

@QueryHandler(GetRevenue)
export class GetRevenueHandler implements IQueryHandler<GetRevenue> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: GetRevenue): Promise<Page<Revenue>> {
    return page<Revenue>(this.database, REVENUE, wish);
  }
}

/** Of the payments that buy a term, those that can matter in the period: from the first one on whose own cover may reach into it. */
const TERMS = `
  select payment_key, order_id, occurred_at, paid_through, currency, plan_id, region, subtotal_minor,
    case coalesce(term, (select placed.term from ${tableNameOf(orderList)} placed where placed.order_id = payment.order_id))
      when 'monthly' then 1 when 'quarterly' then 3 when 'yearly' then 12 end as months
  from ${PAYMENTS} payment
  where kind = 'payment' and status = 'succeeded' and purpose in ('initial', 'renewal')
    and occurred_at < (select to_char($2::date + 1, 'YYYY-MM-DD'))
    and occurred_at >= (
      select min(occurred_at) filter (where
        coalesce(paid_through > (select to_char($1::date, 'YYYY-MM-DD')), occurred_at >= (select to_char($1::date - interval '1 year', 'YYYY-MM-DD'))))
      from ${PAYMENTS} where kind = 'payment' and status = 'succeeded' and purpose in ('initial', 'renewal'))`;

/**
 * The price of a term divided by its months, for each order whose period covers the end of the day: from the payment to the end that Stripe named,
 * else for one term, or to the order's next payment. What was charged for a change of plan is no term's price. Orders whose periods cover the same
 * days are added up before the days are told apart, in twelfths, which are whole numbers for every term.
 */
const MRR = groups(
  `select to_char(days.day, 'YYYY-MM-DD') as day, currency, plan_id, region, orders, twelfths
   from (select currency, plan_id, region, first, last, count(*) as orders, sum(subtotal_minor * (12 / months)) as twelfths
         from (select currency, plan_id, region, subtotal_minor, months, greatest(left(occurred_at, 10)::date, $1::date) as first,
                 least(coalesce(left(paid_through, 10)::date, (left(occurred_at, 10)::date + make_interval(months => months))::date) - 1,
                   left(lead(occurred_at) over (partition by order_id order by occurred_at, payment_key), 10)::date - 1, $2::date) as last
               from (${TERMS}) term) covered
         where last >= first
         group by currency, plan_id, region, first, last) period
   cross join lateral generate_series(first::timestamp, last::timestamp, interval '1 day') as days(day)`,
  `sum(orders)::int as orders, round(sum(twelfths) / 12)::text as "monthlyMinor"`,
);

export class GetMrr extends Query<Page<Mrr>> {
  constructor(readonly wish: FiguresWish) {
    super();
  }
}

@QueryHandler(GetMrr)
export class GetMrrHandler implements IQueryHandler<GetMrr> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: GetMrr): Promise<Page<Mrr>> {
    return page<Mrr>(this.database, MRR, wish);
  }
}
