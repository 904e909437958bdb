/**
 * A page of the operators' list of orders among many: first, deep, filtered, searched. Rows are put into the read model's own table; the question
 * is the one that the API asks. Options: --orders (default 100,000), --rounds (default 40).
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { readModels } from '../../projections/index.js';
import { OrderListEntity } from '../../projections/order-list/order-list.entity.js';
import { orderList } from '../../projections/order-list/order-list.projection.js';
import { SearchOrders, SearchOrdersHandler, type OrdersWish } from '../../projections/order-list/order-list.query.js';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import { ProjectionTable } from '../../src/platform/readers/projection-table.js';
import type { Bench, Targets } from './support/bench.js';
import { percentile } from './support/numbers.js';
import { startBuilt } from './support/programs.js';

/** Issue "dashboard": a page within 100 ms with 100,000 orders. */
export const targets: Targets = { p95Ms: { floor: 100, goal: 50, lower: true } };

const LIMIT = 50;
const DEEP_PAGES = 20;

const fill = async (database: DataSource, count: number): Promise<void> => {
  const table = new ProjectionTable(database, OrderListEntity, { reader: orderList.name, version: orderList.version });
  await table.ensure(poolOf(database));
  await database.query(
    `insert into ${table.name} (order_id, customer_id, plan_id, game_id, region, term, payment, status, amount_minor, currency, checkout_session,
       payment_intent, ptero_server_id, ptero_identifier, created_at, suspensions, ledger_position)
     select gen_random_uuid()::text, 'customer-' || n % 20000, 'plan-' || n % 22, 'game-' || n % 11, (array['eu-central', 'us-east'])[1 + n % 2], 'monthly',
       'once', (array['ready', 'ended', 'suspended', 'installing'])[1 + (case when n % 1000 < 997 then n % 2 else 2 + n % 2 end)], 999, 'eur', 'cs_' || n, 'pi_' || n, n,
       lpad(to_hex(n), 8, '0'), to_char(timestamp '2025-01-01' + n * interval '5 minutes', 'YYYY-MM-DD"T"HH24:MI:SS.000"Z"'), '[]', n
     from generate_series(1, $1::int) as n`,
    [count],
  );
  await database.query(`analyze ${table.name}`);
};

const QUESTIONS: Readonly<Record<string, Omit<OrdersWish, 'limit'>>> = {
  newest: {},
  oldest: { sort: 'oldest' },
  common: { status: 'ready' },
  rare: { status: 'suspended' },
  plan: { planId: 'plan-7', region: 'us-east' },
  month: { from: '2025-06-01', to: '2025-06-30' },
  customer: { customerId: 'customer-77' },
  begins: { anyOf: [{ idBegins: '0a1b2c' }] },
  panel: { anyOf: [{ pteroServerId: 5_000 }, { pteroIdentifier: '00001388' }] },
  stripe: { anyOf: [{ checkoutSession: 'cs_777' }, { paymentIntent: 'cs_777' }, { subscription: 'cs_777' }] },
};

export const bench: Bench = async ({ option, note }) => {
  const dir = mkdtempSync(join(tmpdir(), 'order-ledger-bench-'));
  const postgres = await startBuilt('local/postgres/main.js', ['--dir', join(dir, 'postgres'), '--port', '0']);
  const database = await createDataSource({ url: postgres.url, entities: readModels.map(({ entity }) => entity) });
  try {
    await fill(database, option('orders', 100_000));
    note('filled');
    const list = new SearchOrdersHandler(database);
    const times = new Map<string, number[]>();
    const ask = async (name: string, wish: Omit<OrdersWish, 'limit'>): Promise<string | null> => {
      const beganMs = performance.now();
      const { nextCursor } = await list.execute(new SearchOrders({ ...wish, limit: LIMIT }));
      times.set(name, [...(times.get(name) ?? []), performance.now() - beganMs]);
      return nextCursor;
    };
    const rounds = option('rounds', 40);
    for (let round = 0; round < rounds; round += 1) for (const [name, wish] of Object.entries(QUESTIONS)) await ask(name, wish);
    let cursor: string | null = null;
    for (let page = 0; page < rounds * DEEP_PAGES; page += 1) cursor = await ask('deep', cursor === null ? {} : { cursor });
    const of = (name: string): number => percentile(times.get(name) ?? [], 0.95);
    const each = Object.fromEntries([...times.keys()].map((name) => [`${name}P95Ms`, of(name)]));
    // The slowest kind of question counts, not their mixture.
    return { p95Ms: Math.max(...[...times.keys()].map(of)), ...each };
  } finally {
    await database.destroy();
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  }
};
