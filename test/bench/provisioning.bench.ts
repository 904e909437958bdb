/**
 * From the order's `OrderPaid` to the server on the panel, by one ledger in all its roles. First many orders at once, with installs that take no
 * time, no limit on calls and five creations of a hundred going wrong in turn in every way there is; then fewer within the panel's own limit of
 * 240 calls, here in 6 s and not in a minute, counted on their way to it. Options: --count (default 1,000), --limited (orders within the limit, by
 * default 120: 60 need fewer calls than one window allows).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { START, streamNameFilter, type EventStoreDBClient } from '@eventstore/db-client';
import type { Bench, BenchRun, Targets } from './support/bench.js';
import { inParallel, percentile } from './support/numbers.js';
import { openOrders, tell, type PayableOrder, type RoomOnPanel } from './support/paid-orders.js';
import { ProjectorWorld } from './support/projector.js';
import { startBuilt } from './support/programs.js';

/** DESIGN §7. */
export const targets: Targets = { limitUsed: { floor: 0.9 }, limitExceeded: { floor: 0, lower: true } };

const KEY = `ptla_${'1'.repeat(43)}`;
const FAULTS = ['wings500', 'error500AfterCommit', 'html502', 'timeoutRolledBack', 'down'];
const FAULTY_OF = 20;
/** More at once than any sweep of a fault list bears. */
const FAULTS_MAX = 100;
const PAYERS = 64;
const CALLS_MAX = 240;
const WINDOW_MS = 6_000;
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 900_000;

/** A call of one page of a list, or a change. */
const panelCall = async <T>(url: string, path: string, body?: unknown): Promise<T> => {
  const headers = { authorization: `Bearer ${KEY}`, accept: 'application/json', 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
};

interface Listed {
  readonly data: readonly { readonly attributes: { readonly id: number; readonly assigned?: boolean } }[];
}

const roomsOf = async (url: string): Promise<RoomOnPanel[]> => {
  const nodes = await panelCall<Listed>(url, '/api/application/nodes');
  return Promise.all(
    nodes.data.map(async ({ attributes: { id } }) => {
      const { data } = await panelCall<Listed>(url, `/api/application/nodes/${id}/allocations?per_page=10000`);
      return { nodeId: String(id), allocationIds: data.map(({ attributes }) => attributes.id) };
    }),
  );
};

/** Passes calls on and counts them: when each came, and how many the panel turned away. */
const counting = async (target: string) => {
  const calls: number[] = [];
  let refused = 0;
  const server = createServer((request, reply) => {
    calls.push(performance.now());
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const { method = 'GET', url = '/', headers } = request;
      const sent = { authorization: headers.authorization ?? '', accept: 'application/json', 'content-type': 'application/json' };
      void fetch(`${target}${url}`, { method, headers: sent, ...(parts.length > 0 ? { body: Buffer.concat(parts) } : {}) })
        .then(async (answer) => {
          if (answer.status === 429) refused += 1;
          reply.writeHead(answer.status, { 'content-type': 'application/json', 'retry-after': answer.headers.get('retry-after') ?? '' });
          reply.end(await answer.text());
        })
        .catch(() => reply.destroy());
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    refused: () => refused,
    close: () => server.close(),
  };
};

/** The most calls that any window holds. */
const busiest = (calls: readonly number[]): number =>
  Math.max(0, ...calls.map((from, index) => calls.slice(index).filter((at) => at < from + WINDOW_MS).length));

/** When each order had its server, in milliseconds after it was paid; waits until all have. */
const delivered = async (store: EventStoreDBClient, paidAt: ReadonlyMap<string, number>, note: BenchRun['note']): Promise<number[]> => {
  const tookMs = new Map<string, number>();
  const subscription = store.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: ['provisioning-'] }) });
  subscription.on('data', ({ event }) => {
    if (event?.type !== 'ServerCreated') return;
    const { orderId, createdAt } = event.data as { orderId: string; createdAt: string };
    tookMs.set(orderId, Date.parse(createdAt) - (paidAt.get(orderId) ?? 0));
    if (tookMs.size % 250 === 0) note(`${tookMs.size} servers`);
  });
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (tookMs.size < paidAt.size) {
    if (performance.now() > deadlineMs) throw new Error(`only ${tookMs.size} of ${paidAt.size} orders have a server`);
    await delay(LOOK_EVERY_MS);
  }
  await subscription.unsubscribe();
  return [...tookMs.values()];
};

/** Pays all of them at once; when each was paid. */
const payAll = async (store: EventStoreDBClient, orders: readonly PayableOrder[]): Promise<Map<string, number>> => {
  const paidAt = new Map<string, number>();
  await inParallel(orders.length, PAYERS, async (index) => {
    const order = orders[index];
    if (!order) return;
    paidAt.set(order.orderId, Date.now());
    await tell(store, `order-${order.orderId}`, [order.paid()]);
  });
  return paidAt;
};

interface Phase {
  readonly count: number;
  /** Calls per window; 0 for as many as come. */
  readonly limit: number;
  readonly faulty: boolean;
}

const phase = ({ count, limit, faulty }: Phase, note: BenchRun['note']) =>
  ProjectorWorld.run(async (world) => {
    const perNode = Math.ceil(count / 4);
    const panelArgs = ['--port', '0', '--app-key', KEY, '--install-ms', '0', '--ports', String(Math.max(150, perNode))];
    const panel = await startBuilt('local/pterodactyl/main.js', [
      ...panelArgs,
      '--rate-limit',
      String(limit),
      '--rate-window-ms',
      String(WINDOW_MS),
    ]);
    const door = await counting(panel.url);
    const rooms = await roomsOf(panel.url);
    const user = { external_id: 'bench', email: 'bench@example.com', username: 'bench', first_name: 'Ben', last_name: 'Ch' };
    const { attributes } = await panelCall<{ attributes: { id: number } }>(panel.url, '/api/application/users', user);
    const { orders, position } = await openOrders(world.store, rooms, { count, panelUserId: attributes.id });
    if (limit > 0) await delay(WINDOW_MS);
    const ledger = await world.start('http,projector,reactor', {
      ...{
        PANEL_URL: door.url,
        PTERO_APP_KEY: KEY,
        PANEL_RATE_LIMIT: String(limit || 100_000),
        PANEL_RATE_WINDOW_SECONDS: String(WINDOW_MS / 1_000),
        PANEL_POLL_MS: '1000',
      },
      // What a call that is never answered costs is a setting, not speed.
      ...{ PANEL_CREATE_TIMEOUT_MS: '5000', PANEL_SETTLE_MS: '5000', STRIPE_SWEEP_SECONDS: '0' },
    });
    await world.reaches(position);
    const broken = faulty ? orders.filter((_, index) => index % FAULTY_OF === 0).slice(0, FAULTS_MAX) : [];
    const faults = broken.map(({ orderId }, index) => ({
      ...{ match: 'POST /api/application/servers', containing: orderId, fault: FAULTS[index % FAULTS.length], delayMs: 100 },
    }));
    await panelCall(panel.url, '/_control/faults', faults);
    note(`${count} orders are paid now, ${faults.length} of them meet a fault`);
    const startMs = performance.now();
    const paidAt = await payAll(world.store, orders);
    const tookMs = await delivered(world.store, paidAt, note);
    const lastedMs = performance.now() - startMs;
    const inWindow = busiest(door.calls);
    const calls = door.calls.length;
    await ledger.stop();
    await panel.stop();
    door.close();
    return { tookMs, lastedMs, calls, inWindow, refused: door.refused() };
  });

export const bench: Bench = async ({ option, note }) => {
  const [count, limited] = [option('count', 1_000), option('limited', 120)];
  const free = await phase({ count, limit: 0, faulty: true }, note);
  note(`all ${count} in ${Math.round(free.lastedMs)} ms with ${free.calls} calls`);
  const within = await phase({ count: limited, limit: CALLS_MAX, faulty: false }, note);
  note(`${limited} within the limit in ${Math.round(within.lastedMs)} ms with ${within.calls} calls`);
  return {
    perSecond: (count * 1_000) / free.lastedMs,
    p50Ms: percentile(free.tookMs, 0.5),
    p99Ms: percentile(free.tookMs, 0.99),
    callsPerOrder: free.calls / count,
    limitUsed: within.inWindow / CALLS_MAX,
    limitExceeded: within.refused,
    limitedSeconds: within.lastedMs / 1_000,
  };
};
