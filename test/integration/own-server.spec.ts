/** What a server is called and the passwords that were made up for its game: for its owner, and for nobody else; neither is in an event or a log. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const TEST_MS = 240_000;

let world: World;
let ledger: LedgerProcess;
let owner: Buyer;
let stranger: Buyer;
let ops: string;
let orderId: string;
runningLedger((started) => ({ world, ledger } = started));

beforeAll(async () => {
  [owner, stranger, ops] = await Promise.all([Buyer.signUp(ledger.url), Buyer.signUp(ledger.url), world.operator(ledger.url)]);
  const order = await owner.order({ planId: 'rust-8g' });
  orderId = order.orderId;
  await pay(order.checkoutUrl);
  await owner.until(orderId, 'ready');
}, TEST_MS);

const path = (rest: string): string => `/api/v1/orders/${orderId}/server/${rest}`;
const name = (text: string, { token = owner.token, key = `${randomUUID()}` } = {}) =>
  call<{ name?: string; code?: string }>(ledger.url, path('name'), { token, key, body: { name: text } });
const shown = async (): Promise<string | null> =>
  (await call<{ name: string | null }>(ledger.url, path('name'), { token: owner.token })).body.name;
const panelApi = async (init: RequestInit = {}, rest = ''): Promise<Record<string, unknown>> => {
  const [server] = await world.panelServers();
  const headers = { authorization: `Bearer ${world.ledgerEnvironment()['PTERO_APP_KEY']}`, accept: 'application/json' };
  const to = `${world.panelUrl}/api/application/servers/${server?.id}${rest}`;
  const answer = await fetch(to, { ...init, headers: { ...headers, 'content-type': 'application/json' } });
  return ((await answer.json()) as { attributes: Record<string, unknown> }).attributes;
};
const told = async (): Promise<string> => JSON.stringify((await world.allEvents()).map(({ data }) => data)) + ledger.output.join('\n');

describe('the name of a server', () => {
  it(
    'is its customer’s, goes to the panel with everything else as it was, and is in no event',
    async () => {
      expect(await shown()).toBeNull();
      const { user, external_id } = await panelApi();
      await panelApi({ method: 'PATCH', body: JSON.stringify({ name: 'x', user, external_id, description: 'kept' }) }, '/details');
      const key = randomUUID();
      expect(await name('Jane’s Friday night 🎲', { key })).toMatchObject({ status: 200, body: { name: 'Jane’s Friday night 🎲' } });
      expect((await name('Jane’s Friday night 🎲', { key })).status).toBe(200);
      expect(await panelApi()).toMatchObject({ name: 'Jane’s Friday night 🎲', description: 'kept', user, external_id });
      expect(await shown()).toBe('Jane’s Friday night 🎲');
      const renames = (await world.allEvents()).filter(({ type }) => type.startsWith('ServerRename'));
      expect(renames.map(({ type, metadata }) => [type, (metadata['actor'] as { kind: string }).kind])).toEqual([
        ['ServerRenameRequested', 'customer'],
        ['ServerRenamed', 'saga'],
      ]);
      expect(await told()).not.toContain('Friday night');
    },
    TEST_MS,
  );

  it(
    'is refused where the panel would, and where it is somebody else’s',
    async () => {
      for (const bad of ['', '  ', ' x', 'x ', 'two\nlines', 'x'.repeat(192)]) expect([bad, (await name(bad)).status]).toEqual([bad, 422]);
      expect((await name('mine now', { token: stranger.token })).status).toBe(404);
      expect((await name('ours', { token: ops })).status).toBe(404);
      expect((await call(ledger.url, path('name'), { token: stranger.token })).status).toBe(404);
    },
    TEST_MS,
  );

  it(
    'stays what it was when the panel does not take it, or the server is not ours any more',
    async () => {
      await world.panelControl('/_control/faults', { match: 'PATCH /api/application/servers/*/details', fault: 'maintenance503' });
      expect(await name('Saturday')).toMatchObject({ status: 503, body: { code: 'SERVER_NOT_RENAMED' } });
      expect(await shown()).toBe('Jane’s Friday night 🎲');
      const { user, external_id } = await panelApi();
      await panelApi({ method: 'PATCH', body: JSON.stringify({ name: 'x', user, external_id: 'other' }) }, '/details');
      expect((await name('Sunday')).status).toBe(503);
      expect(await panelApi()).toMatchObject({ name: 'x', external_id: 'other' });
      await panelApi({ method: 'PATCH', body: JSON.stringify({ name: 'x', user, external_id }) }, '/details');
      expect((await name('Monday')).status).toBe(200);
      expect([await shown(), (await panelApi())['name']]).toEqual(['Monday', 'Monday']);
    },
    TEST_MS,
  );
});

describe('the passwords that were made up for a game', () => {
  it(
    'are what the server has, and shown to its owner only',
    async () => {
      const { status, body, headers } = await call<{ secrets: Record<string, string> }>(ledger.url, path('secrets'), {
        token: owner.token,
      });
      expect([status, headers.get('cache-control'), Object.keys(body.secrets)]).toEqual([200, 'no-store', ['RCON_PASS']]);
      const secret = body.secrets['RCON_PASS'] ?? '';
      expect(secret.length).toBeGreaterThan(10);
      expect((await world.panelServers())[0]?.environment['RCON_PASS']).toBe(secret);
      for (const token of [stranger.token, ops]) {
        const refused = await call(ledger.url, path('secrets'), { token });
        expect([refused.status, JSON.stringify(refused.body).includes(secret)]).toEqual([404, false]);
      }
      expect((await call(ledger.url, path('secrets'))).status).toBe(401);
      for (const route of ['', '/timeline', '/replay', '/server']) {
        const seen = await call(ledger.url, `/api/v1/ops/orders/${orderId}${route}`, { token: ops });
        expect([route, seen.status, JSON.stringify(seen.body).includes(secret)]).toEqual([route, 200, false]);
      }
      expect(await told()).not.toContain(secret);
    },
    TEST_MS,
  );
});
