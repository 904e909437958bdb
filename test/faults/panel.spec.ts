/** The panel fails in every way it can while a server is made; each order ends with exactly one server, and each failed attempt stays on record. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import { newServer } from '../contract/pterodactyl/support.js';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { countsOf, expectOneServer, type Making } from '../support/kill.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

/** Short for the test's sake; a silent creation must be over well before the settle window ends, as with the real panel's 30 of 60 s. */
const PANEL_TIMES = { PANEL_CREATE_TIMEOUT_MS: '4000', PANEL_SETTLE_MS: '3000' };
const SILENT_MS = 4_200;
const CREATE = (orderId: string) => ({ match: 'POST /api/application/servers', containing: `order_${orderId}` });
const LOOK_UP = (orderId: string) => ({ match: `GET /api/application/servers/external/order_${orderId}` });

const AT_ONCE = { attempts: ['1 started', '1 created'], adopted: false, calls: 1 };
const ADOPTED = { ...AT_ONCE, adopted: true };
const MADE_NOTHING = { attempts: ['1 started', '1 failed: NOT_CREATED, settled', '2 started', '2 created'], adopted: false, calls: 2 };

/** Which calls of an order go wrong, and how often. */
type Trouble = { call: typeof CREATE | typeof LOOK_UP; fault: string; times?: number };
/** What is then on record about the making of its server. */
const CASES: readonly (readonly [what: string, trouble: Trouble, making: Making])[] = [
  [
    'is down: asked again, every attempt on record and without a call',
    { call: LOOK_UP, fault: 'down', times: 2 },
    {
      ...AT_ONCE,
      attempts: ['1 started', '1 failed: UND_ERR_SOCKET', '2 started', '2 failed: UND_ERR_SOCKET', '3 started', '3 created'],
    },
  ],
  [
    'is behind a proxy that answers with a page: asked again',
    { call: LOOK_UP, fault: 'html502' },
    { ...AT_ONCE, attempts: ['1 started', '1 failed: Http502', '2 started', '2 created'] },
  ],
  ['made the server and never answered: it is adopted', { call: CREATE, fault: 'timeoutAfterCommit' }, ADOPTED],
  ['made the server and answered with an error: it is adopted', { call: CREATE, fault: 'error500AfterCommit' }, ADOPTED],
  ['took the server back in silence: asked again after the settle window', { call: CREATE, fault: 'timeoutRolledBack' }, MADE_NOTHING],
  ['lost a race and made nothing: asked again after the settle window', { call: CREATE, fault: 'lostRace500' }, MADE_NOTHING],
  // The call never reached the panel.
  [
    'was shielded by a proxy from the creation: asked again after the settle window',
    { call: CREATE, fault: 'html502' },
    { ...MADE_NOTHING, calls: 1 },
  ],
];

let world: World;
let ledger: LedgerProcess;
runningLedger(
  (started) => ({ world, ledger } = started),
  () => PANEL_TIMES,
);
let buyer: Buyer;
beforeAll(async () => {
  buyer = await Buyer.signUp(ledger.url);
}, 240_000);

describe('a panel that', () => {
  const orders = new Map<string, string>();

  // What becomes of them takes its time, so they take it side by side.
  beforeAll(async () => {
    for (const [what, { call: callsOf, fault, times = 1 }] of CASES) {
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
      orders.set(what, orderId);
      await world.panelControl('/_control/faults', { ...callsOf(orderId), fault, times, delayMs: SILENT_MS });
      await pay(checkoutUrl);
    }
  }, 240_000);

  it.each(CASES)(
    '%s',
    async (what, _trouble, making) => {
      expect(await expectOneServer(world, buyer, orders.get(what) ?? '')).toStrictEqual(making);
    },
    120_000,
  );
});

describe('a server that stands on the panel already under the external id of an order', () => {
  const panel = () => ({
    client: new PanelClient({ url: world.panelUrl, appKey: world.ledgerEnvironment()['PTERO_APP_KEY'] ?? '' }),
  });

  /** An order, not paid yet, and its server, made by an earlier life of ours that left no trace of it; then the way to pay. */
  const standing = async (): Promise<{ orderId: string; checkoutUrl: string }> => {
    const order = await buyer.order({ planId: 'teeworlds-256m' });
    const events = await world.eventsOf(`order-${order.orderId}`);
    const dataOf = <T>(type: string): T => events.find((event) => event.type === type)?.data as T;
    const { panelUserId } = dataOf<{ panelUserId: number }>('OrderPlaced');
    const { hold } = dataOf<{ hold: { allocationIds: [number] } }>('OrderCapacityHeld');
    const wish = { externalId: `order_${order.orderId}`, userId: panelUserId, allocationIds: hold.allocationIds };
    expect(await panel().client.createServer(await newServer(panel(), wish))).toMatchObject({ ok: 'done' });
    return order;
  };

  it('is adopted, and none asked for', async () => {
    const { orderId, checkoutUrl } = await standing();
    await pay(checkoutUrl);
    expect(await expectOneServer(world, buyer, orderId)).toStrictEqual(ADOPTED);
  }, 240_000);

  it('is adopted also when only the refusal to make another shows it', async () => {
    const { orderId, checkoutUrl } = await standing();
    await world.panelControl('/_control/faults', { ...LOOK_UP(orderId), fault: 'absent404' });
    await pay(checkoutUrl);
    expect(await expectOneServer(world, buyer, orderId)).toStrictEqual({ ...ADOPTED, calls: 2 });
  }, 240_000);

  it("is not taken for ours when it is somebody else's; the order waits until it is gone", async () => {
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    const free = await panel().client.listAllocations(1, { free: true });
    const last = free.ok === 'done' ? free.value.at(-1) : undefined;
    const foreign = await newServer(panel(), { externalId: `order_${orderId}`, allocationIds: [last?.id ?? 0] });
    const made = await panel().client.createServer(foreign);
    await pay(checkoutUrl);
    await eventually(async () => (await buyer.timeline(orderId)).some(({ type }) => type === 'ProvisioningAttemptFailed'), {
      withinMs: 30_000,
      what: 'the refusal to adopt',
    });
    await panel().client.deleteServer(made.ok === 'done' ? made.value.id : 0);
    const { attempts, adopted } = await expectOneServer(world, buyer, orderId);
    expect([attempts.slice(0, 2), adopted]).toStrictEqual([['1 started', '1 failed: EXTERNAL_ID_TAKEN'], false]);
  }, 240_000);
});

describe('an install that fails', () => {
  afterAll(() => world.panelControl('/_control/settings', { installOutcome: 'ok' }));

  it('also when it was begun anew and made anew asks for a person, on the list and in the chat; asked to try again, it does so and says so again', async () => {
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await world.panelControl('/_control/settings', { installOutcome: 'failed' });
    await pay(checkoutUrl);
    expect((await buyer.until(orderId, 'attention')).statusReason).toBe('INSTALL_FAILED');
    const token = await world.operator(ledger.url);
    const matter = await eventually(async () => {
      const { body } = await call<{ items: { kind: string; orderId: string }[] }>(ledger.url, '/api/v1/ops/attention', { token });
      return body.items.find((one) => one.kind === 'provisioning' && one.orderId === orderId);
    });
    expect(matter).toMatchObject({ code: 'INSTALL_FAILED', severity: 'critical' });
    await eventually(async () => (await world.messages()).some(({ text }) => text.includes(`INSTALL_FAILED: order ${orderId}`)), {
      what: 'the message',
    });
    const retry = await call(ledger.url, `/api/v1/ops/orders/${orderId}/retry`, { method: 'POST', token });
    expect(retry.status).toBe(202);
    await eventually(async () => (await buyer.timeline(orderId)).filter(({ type }) => type === 'ProvisioningNeedsHuman').length === 2, {
      what: 'the second call for help',
    });
    // Once at first, once made anew, and once more after a person had looked at it.
    expect((await world.panelCreations())[`order_${orderId}`]).toBe(3);
    const counts = await countsOf(world, orderId, ['ServerInstallFailed', 'ServerReinstalled', 'ServerRemoved', 'OrderMoved']);
    expect(Object.fromEntries(counts)).toStrictEqual({ ServerInstallFailed: 6, ServerReinstalled: 2, ServerRemoved: 2, OrderMoved: 2 });
  }, 240_000);
});

describe('a server that an operator moves', () => {
  it('needs consent once it was ready, and then stands on the other node, with its room there alone', async () => {
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await pay(checkoutUrl);
    await buyer.until(orderId, 'ready');
    const [before] = (await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);
    const token = await world.operator(ledger.url);
    const ask = async (path: string, body: object) =>
      call<{ code?: string; orders?: string[] }>(ledger.url, `/api/v1/ops/${path}`, { method: 'POST', token, body });
    const drained = await ask(`nodes/${before?.nodeId}/drain`, {});
    expect(drained.body.orders).toContain(orderId);
    const refused = await ask(`orders/${orderId}/move`, { reason: 'the node is to be emptied' });
    expect([refused.status, refused.body.code]).toStrictEqual([409, 'DATA_LOSS_NOT_ACCEPTED']);
    const both = await ask(`orders/${orderId}/move`, { reason: 'x', nodeId: '2', otherPorts: true });
    expect([both.status, both.body.code]).toStrictEqual([422, 'MOVE_TARGET_AMBIGUOUS']);
    expect((await ask(`orders/${orderId}/move`, { reason: 'the node is to be emptied', acceptDataLoss: true })).status).toBe(202);
    const after = await eventually(
      async () => {
        const servers = (await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);
        const ready = (await buyer.timeline(orderId)).filter(({ type }) => type === 'ServerReady').length === 2;
        return ready && servers.length === 1 ? servers[0] : undefined;
      },
      { withinMs: 60_000, what: 'the server elsewhere' },
    );
    expect(after?.nodeId).not.toBe(before?.nodeId);
    expect((await ask(`nodes/${before?.nodeId}/drain`, { drain: false })).body.orders).not.toContain(orderId);
    expect((await ask(`orders/${orderId}/retry`, { reason: 'x' })).body.code).toBe('PROVISIONING_NOT_WAITING_FOR_HELP');
  }, 240_000);
});
