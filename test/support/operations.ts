/** A world in which operators have something to see: an order that is served, one that waits to be paid, money that names no order, and very many orders. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { orderList } from '../../projections/order-list/order-list.projection.js';
import { orderTimeline } from '../../projections/order-timeline/order-timeline.projection.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { Buyer, call, pay } from './buyer.js';
import { eventually } from './eventually.js';
import type { LedgerProcess } from './ledger-process.js';
import type { World } from './local-world.js';

const READY_MS = 90_000;

export interface Operations {
  readonly buyer: Buyer;
  readonly email: string;
  readonly readyId: string;
  readonly unpaidId: string;
  /** Where that is paid. */
  readonly checkoutUrl: string;
  /** Of the order that is ready. */
  readonly paymentIntent: string;
  /** The payment intent of money that names no order. */
  readonly stray: string;
}

/** Somebody pays the price of the smallest plan without an order. */
export const strayPayment = async (world: World, url: string): Promise<string> => {
  const made = await world.stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price: 'price_teeworlds_256m_monthly_once', quantity: 1 }],
    success_url: `${url}/thanks`,
  });
  await pay(made.url ?? '');
  return (await world.stripe.checkout.sessions.retrieve(made.id)).payment_intent as string;
};

export async function operations(world: World, ledger: LedgerProcess): Promise<Operations> {
  const email = `grace-${randomUUID()}@example.com`;
  const buyer = await Buyer.signUp(ledger.url, email);
  const ready = await buyer.order({ planId: 'minecraft-4g' });
  const unpaid = await buyer.order({ planId: 'terraria-2g' });
  await pay(ready.checkoutUrl);
  const stray = await strayPayment(world, ledger.url);
  await buyer.until(ready.orderId, 'ready', READY_MS);
  const token = await world.operator(ledger.url);
  const { paymentIntent } = await eventually(
    async () => {
      const { body } = await call<{ paymentIntent: string | null }>(ledger.url, `/api/v1/ops/orders/${ready.orderId}`, { token });
      return body.paymentIntent === null ? undefined : { paymentIntent: body.paymentIntent };
    },
    { withinMs: READY_MS, what: 'the payment' },
  );
  return { buyer, email, readyId: ready.orderId, unpaidId: unpaid.orderId, checkoutUrl: unpaid.checkoutUrl, paymentIntent, stray };
}

/** A time of the database as the ledger writes it, where the condition holds. */
const iso = (time: string, condition = 'true'): string =>
  `case when ${condition} then to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.000"Z"') end`;

/** Rows of the read model without any event behind them, placed one every five minutes until an hour ago; one in five was never paid. */
export const manyOrders = (world: World, count: number): Promise<void> =>
  write(
    world,
    `insert into ${tableNameOf(orderList)} (order_id, customer_id, plan_id, game_id, region, term, payment, status, amount_minor, currency,
         checkout_session, payment_intent, ptero_server_id, ptero_identifier, created_at, paid_at, ready_at, suspensions, ledger_position)
       select gen_random_uuid()::text, gen_random_uuid()::text, 'terraria-2g', 'terraria', (array['eu-central', 'us-east'])[1 + n % 2], 'monthly', 'once',
         (array['ready', 'ended', 'suspended', 'attention'])[1 + (case when n % 50 < 47 then n % 2 else 2 + n % 2 end)], 999, 'eur', 'cs_many_' || n,
         'pi_many_' || n, n + 1000000, lpad(to_hex(n), 8, '0'), ${iso('placed')}, ${iso("placed + interval '40 seconds'", 'n % 5 > 0')},
         ${iso("placed + interval '130 seconds' + n % 97 * interval '2 seconds'", 'n % 5 > 0')}, '[]', n
       from (select n, (now() at time zone 'utc') - interval '1 hour' - n * interval '5 minutes' as placed from generate_series(1, $1::int) as n) as made`,
    [count],
  );

/** Writes into the list of orders what no event says, until an event of the order is folded. */
export const misread = (world: World, orderId: string, failingCode: string): Promise<void> =>
  write(world, `update ${tableNameOf(orderList)} set failing_code = $2 where order_id = $1`, [orderId, failingCode]);

const REFUSES = `alter table ${tableNameOf(orderTimeline)} drop constraint if exists refuses`;

/** Has the timeline's table refuse every further row, or take them again: what comes meanwhile is parked. */
export const refuseTimeline = (world: World, refuses: boolean): Promise<void> =>
  write(world, refuses ? `${REFUSES}, add constraint refuses check (false) not valid` : REFUSES, []);

const write = async (world: World, sql: string, values: readonly unknown[]): Promise<void> => {
  const database = new Client({ connectionString: world.databaseUrl });
  await database.connect();
  try {
    await database.query(sql, [...values]);
  } finally {
    await database.end();
  }
};
