/** Payments, and what they add up to: revenue and monthly recurring revenue by day, plan and region, per currency and never across currencies. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  newestFirst,
  pageOf,
  placeIn,
  placeOf,
  type DaysWish,
  type Page,
  type PageWish,
} from '../../src/platform/database/newest-first.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { orderList } from '../order-list/order-list.projection.js';
import { PaymentsEntity } from './payments.entity.js';
import { payments, type PaymentsRow, type PaymentStatus } from './payments.projection.js';

const PAYMENTS = tableNameOf(payments);

/** Its days are those on which the money came or went. */
export interface PaymentsWish extends PageWish, DaysWish {
  readonly orderId?: string;
  readonly customerId?: string;
  readonly currency?: string;
  /** In minor units; what went away is negative. */
  readonly amountMin?: number;
  readonly amountMax?: number;
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
    const { orderId, customerId, status, kind, currency, amountMin, amountMax } = wish;
    const list = { entity: PaymentsEntity, by: ['occurredAt', 'paymentKey'] } as const;
    const query = newestFirst(this.database, { ...list, where: { orderId, customerId, status, kind, currency } }, wish);
    if (amountMin !== undefined) query.andWhere('row.amountMinor >= :amountMin', { amountMin });
    if (amountMax !== undefined) query.andWhere('row.amountMinor <= :amountMax', { amountMax });
    return pageOf(await query.getMany(), wish.limit, placeIn<PaymentsEntity>(list));
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
  /** What was given back of such payments, on the day it was settled; negative or 0. */
  readonly refundedMinor: string;
  /** What disputes took of such payments (negative) and gave back, on the day it moved. */
  readonly disputedMinor: string;
  /** What is left: charged, less what was given back and taken. Stripe's fees are not in it. */
  readonly netMinor: string;
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

/** @param more from `$8` on */
const page = async <T extends Group>(
  database: DataSource,
  { sql, more = [] }: { sql: string; more?: readonly string[] },
  wish: FiguresWish,
): Promise<Page<T>> => {
  const { from, to, planId = null, region = null, currency = null, cursor, limit } = wish;
  const rows: T[] = await database.query(sql, [from, to, planId, region, currency, placeOf(cursor, 4) ?? null, limit + 1, ...more]);
  return pageOf(rows, limit, (row) => [row.day, row.currency, row.planId, row.region]);
};

/** Money that its order took, by the day on which it arrived, and what went back of it, by the day on which that moved, under the payment's plan. */
const REVENUE = groups(
  `select left(occurred_at, 10) as day, currency, plan_id, region, 1 as payments, amount_minor as amount, subtotal_minor as subtotal,
     0 as refunded, 0 as disputed
   from ${PAYMENTS}
   where kind = 'payment' and status = 'succeeded' and occurred_at >= $1 and left(occurred_at, 10) <= $2
   union all
   select left(moved.occurred_at, 10), moved.currency, taken.plan_id, taken.region, 0, 0, 0,
     case moved.kind when 'refund' then moved.amount_minor else 0 end, case moved.kind when 'dispute' then moved.amount_minor else 0 end
   from ${PAYMENTS} moved join ${PAYMENTS} taken on taken.payment_key = moved.concerns and taken.status = 'succeeded'
   where moved.concerns is not null and moved.status = 'succeeded' and moved.occurred_at >= $1 and left(moved.occurred_at, 10) <= $2`,
  `sum(payments)::int as payments, sum(amount)::text as "amountMinor", sum(subtotal)::text as "subtotalMinor",
   sum(refunded)::text as "refundedMinor", sum(disputed)::text as "disputedMinor", sum(amount + refunded + disputed)::text as "netMinor"`,
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
    return page<Revenue>(this.database, { sql: REVENUE }, wish);
  }
}

const BUYS_A_TERM = `kind = 'payment' and status = 'succeeded' and purpose in ('initial', 'renewal', 'extension')`;

/** No term is longer. */
const TERM_DAYS_MAX = 366;
const DAY_MS = 86_400_000;
const dayAfter = (day: string, days: number): string => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** Of payments before `$1`, the first that the order has for longer than a term, so that it reaches beyond `$2`. */
const FIRST_LONG = `select min(occurred_at) as at from ${PAYMENTS} where ${BUYS_A_TERM} and occurred_at < $1 and paid_through > $2`;

/** Payments of which something went back, with the sum of that and since when; what a dispute gave back counts for the payment again. */
const TAKEN_BACK = `
  select concerns, -sum(amount_minor) as amount, max(occurred_at) filter (where amount_minor < 0) as since
  from ${PAYMENTS} where concerns is not null and status = 'succeeded' group by concerns`;

/** Payments that buy a term, from `$8` to before `$9`, with the days on which they came, end, and are followed or gone; those of the same days as one row. */
const TERMS = `
  select currency, plan_id, region, months, came, through, next, gone, count(*) as orders, sum(subtotal_minor) as subtotal
  from (select currency, plan_id, region, left(occurred_at, 10) as came, left(paid_through, 10) as through, subtotal_minor,
          left(lead(occurred_at) over (partition by order_id order by occurred_at, payment_key), 10) as next,
          case when back.amount >= amount_minor and amount_minor > 0 then left(back.since, 10) end as gone,
          case coalesce(term, (select placed.term from ${tableNameOf(orderList)} placed where placed.order_id = payment.order_id))
            when 'monthly' then 1 when 'quarterly' then 3 when 'yearly' then 12 end as months
        from ${PAYMENTS} payment left join (${TAKEN_BACK}) back on back.concerns = payment_key
        where ${BUYS_A_TERM} and occurred_at >= $8 and occurred_at < $9) paid
  group by currency, plan_id, region, months, came, through, next, gone`;

/**
 * The price of a term divided by its months, for each order whose period covers the end of the day: from the payment to the end that Stripe or the
 * order named, else for one term, or to the order's next payment, or until all of the money is taken back. What was charged for a change of plan is
 * no term's price. Orders of the same days are added up before anything is reckoned with days, in twelfths, which are whole numbers for every term.
 */
const MRR = groups(
  `select to_char(days.day, 'YYYY-MM-DD') as day, currency, plan_id, region, orders, twelfths
   from (select currency, plan_id, region, first, last, sum(orders) as orders, sum(subtotal * (12 / months)) as twelfths
         from (select currency, plan_id, region, months, orders, subtotal, greatest(came::date, $1::date) as first,
                 least(coalesce(through::date, (came::date + make_interval(months => months))::date) - 1, next::date - 1, gone::date - 1,
                   $2::date) as last
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
    const { from, to } = wish;
    const early = dayAfter(from, -TERM_DAYS_MAX);
    // Asked first and given as a value, for PostgreSQL plans by the number of rows that it expects.
    const [first]: { at: string | null }[] = await this.database.query(FIRST_LONG, [early, from]);
    return page<Mrr>(this.database, { sql: MRR, more: [first?.at ?? early, dayAfter(to, 1)] }, wish);
  }
}
