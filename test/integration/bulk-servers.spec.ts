/** Operators start, stop and compare one server or many: over HTTP and on the command line, each on record with who and why, and every order answered for. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

const TEST_MS = 240_000;
const REASON = 'The node was restarted by Jane.';

interface Result {
  readonly orderId: string;
  readonly outcome: string;
  readonly code: string | null;
}

let world: World;
let ledger: LedgerProcess;
let ops: string;
let customer: string;
let orders: string[];
/** Suspended. */
let still: string;
runningLedger(
  (started) => ({ world, ledger } = started),
  () => ({ PANEL_SETTLE_MS: '1', PANEL_OBSERVE_SECONDS: '600' }),
);

beforeAll(async () => {
  ops = await world.operator(ledger.url);
  await world.panelControl('/_control/settings', { usageMs: 0, startMs: 1, stopMs: 1 });
  const buyer = await Buyer.signUp(ledger.url);
  customer = buyer.token;
  const sold = await Promise.all(
    [1, 2, 3].map(async () => {
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
      await pay(checkoutUrl);
      await buyer.until(orderId, 'ready');
      return orderId;
    }),
  );
  orders = sold.slice(0, 2);
  still = sold[2] ?? '';
  await call(ledger.url, `/api/v1/ops/orders/${still}/suspend`, { token: ops, body: { reason: 'abuse' } });
  await eventually(async () => (await server(still)).status === 'suspended', { withinMs: 60_000, what: 'a suspended server' });
}, TEST_MS);

const ask = (verb: string, body: object, { token = ops, key = `${randomUUID()}` } = {}) =>
  call<{ results: Result[]; code?: string }>(ledger.url, `/api/v1/ops/servers/${verb}`, { token, key, body: { reason: REASON, ...body } });
const shell = (...args: string[]) => runBuilt('src/ops/cli.js', ['servers', ...args, '--reason', REASON], world.ledgerEnvironment());
const by = (results: readonly Result[]) => Object.fromEntries(results.map(({ orderId, outcome, code }) => [orderId, [outcome, code]]));
const all = (outcome: string, code: string | null, some = orders) => Object.fromEntries(some.map((orderId) => [orderId, [outcome, code]]));
const server = async (orderId: string) =>
  (await call<{ status: string; live: { state: string } }>(ledger.url, `/api/v1/ops/orders/${orderId}/server`, { token: ops })).body;
const state = async (orderId: string) => (await server(orderId)).live.state;
const allAre = (wanted: string) =>
  eventually(async () => (await Promise.all(orders.map(state))).every((is) => is === wanted), { withinMs: 30_000, what: wanted });
const signals = async () => ((await (await fetch(`${world.panelUrl}/_control/calls`)).json()) as { signals: string[] }).signals;
const events = async (type: string) => (await world.allEvents()).filter((event) => event.type === type);

describe('many servers', () => {
  it(
    'are stopped and started, each once for one wish, with who and why',
    async () => {
      await allAre('running');
      const before = (await signals()).length;
      const key = randomUUID();
      const stopped = await ask('stop', { orderIds: [...orders, still, orders[0]] }, { key });
      expect(stopped.status).toBe(200);
      expect(by(stopped.body.results)).toEqual({ ...all('done', null), [still]: ['refused', 'SERVER_SUSPENDED'] });
      expect((await ask('stop', { orderIds: [...orders, still, orders[0]] }, { key })).body).toEqual(stopped.body);
      expect((await signals()).slice(before).map((signal) => signal.split(' ')[1])).toEqual(['stop', 'stop']);
      await allAre('offline');
      const starts = (await events('ServerActionStarted')).filter(({ data }) => orders.includes(String(data['orderId'])));
      expect(starts.map(({ data, metadata }) => [typeof data['noteId'], (metadata['actor'] as { kind: string }).kind])).toEqual([
        ['string', 'ops'],
        ['string', 'ops'],
      ]);
      expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain('Jane');
      expect(by((await ask('start', { allStopped: true })).body.results)).toEqual(all('done', null));
      await allAre('running');
      expect((await ask('start', { allStopped: true })).body.results).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'are answered for one by one when the node has perhaps done it, and when the panel cannot tell',
    async () => {
      const lost = { match: 'POST /api/client/servers/*/power', fault: 'timeoutAfterCommit', times: 1 };
      await world.panelControl('/_control/faults', lost);
      const { results } = (await ask('start', { orderIds: orders })).body;
      expect(results.map(({ outcome, code }) => `${outcome} ${code}`).sort()).toEqual(['done null', 'unknown PANEL_UNAVAILABLE']);
      await world.panelControl('/_control/faults', { match: 'GET /api/client/servers/*/resources', fault: 'wingsDown', times: 100 });
      await eventually(
        async () => {
          const unseen = (await ask('start', { allStopped: true })).body.results;
          expect(by(unseen)).toEqual({
            [orders[0] ?? '']: ['unknown', expect.any(String)],
            [orders[1] ?? '']: ['unknown', expect.any(String)],
          });
          return true;
        },
        { withinMs: 30_000, what: 'servers that nobody can tell of' },
      );
      await fetch(`${world.panelUrl}/_control/faults`, { method: 'DELETE' });
    },
    TEST_MS,
  );

  it(
    'are chosen by somebody who may, and not by mistake',
    async () => {
      expect((await ask('stop', {})).body.code).toBe('NOTHING_SELECTED');
      expect((await ask('stop', { orderIds: orders, nodeId: '1' })).body.code).toBe('SELECTION_AMBIGUOUS');
      expect((await ask('explode', { orderIds: orders })).status).toBe(400);
      expect((await ask('stop', { orderIds: orders }, { token: customer })).status).toBe(403);
      expect((await ask('stop', { orderIds: ['x'] })).status).toBe(422);
      expect((await ask('stop', { nodeId: '999' })).body.results).toEqual([]);
      const nobody = randomUUID();
      expect((await ask('stop', { orderIds: [nobody] })).body.results).toEqual([
        { orderId: nobody, outcome: 'refused', code: 'NOT_FOUND' },
      ]);
    },
    TEST_MS,
  );
});

describe('many servers on the command line', () => {
  it(
    'are stopped by order, and the exit code says whether all were',
    async () => {
      const some = await shell('stop', '--order', ...orders, still);
      expect([some.code, some.stderr]).toEqual([1, '']);
      expect(some.stdout).toContain(`${still}  refused  SERVER_SUSPENDED`);
      expect(some.stdout).toContain('2 done, 1 refused, 0 unknown');
      await allAre('offline');
      const homes = new Map((await events('OrderPaid')).map(({ data }) => [data['orderId'], (data['hold'] as { nodeId: string }).nodeId]));
      const nodeId = homes.get(orders[0]);
      const there = orders.filter((orderId) => homes.get(orderId) === nodeId);
      expect(by((await ask('start', { nodeId, allStopped: true })).body.results)).toEqual(all('done', null, there));
      await ask('start', { allStopped: true });
      await allAre('running');
      expect((await shell('start', '--node', 'x')).code).toBe(1);
    },
    TEST_MS,
  );

  it(
    'are compared with the panel now, and what differs is seen at once',
    async () => {
      const first = orders[0] ?? '';
      const [server] = (await world.panelServers()).filter(({ externalId }) => externalId === `order_${first}`);
      const key = world.ledgerEnvironment()['PTERO_APP_KEY'] ?? '';
      const suspend = await fetch(`${world.panelUrl}/api/application/servers/${server?.id}/suspend`, {
        ...{ method: 'POST', headers: { authorization: `Bearer ${key}`, accept: 'application/json' } },
      });
      expect(suspend.status).toBe(204);
      const compared = await shell('sync', '--order', ...orders, still);
      expect([compared.code, compared.stdout.trimEnd().split('\n').at(-1)]).toEqual([0, '3 done, 0 refused, 0 unknown']);
      expect(compared.stdout).toMatch(new RegExp(`${first} +done +DIFFERS`));
      const observed = (await events('ServerDriftObserved')).map(({ data }) => [data['orderId'], data['drifts']]);
      expect(observed).toMatchObject([[first, [{ kind: 'suspended' }]]]);
      await world.panelControl('/_control/faults', { match: 'GET /api/application/servers/*', fault: 'html502', times: 1_000 });
      const [second = ''] = orders.slice(1);
      expect(by((await ask('sync', { orderIds: [second] })).body.results)).toEqual({ [second]: ['unknown', 'PANEL_UNAVAILABLE'] });
      await fetch(`${world.panelUrl}/_control/faults`, { method: 'DELETE' });
      const requests = await events('ServerSyncRequested');
      expect(requests.map(({ metadata }) => (metadata['actor'] as { id: string }).id).filter((id) => id === 'command-line')).toHaveLength(
        3,
      );
    },
    TEST_MS,
  );
});
