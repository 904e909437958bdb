/** The ledger stands still right before it suspends a server; another takes over, the order is to be served again, and then the first one wakes. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { KilledLedger } from '../support/kill.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 240_000;
const PATIENCE = { withinMs: 60_000 };
/** Small enough that a call goes out before its claim, of 45 s, is over. */
const STEP_MS = 2_000;

let clock: SteerableClock;
let ledger: KilledLedger;
let orderId: string;

const typesOf = async (stream: string): Promise<string[]> => (await ledger.world.eventsOf(stream)).map(({ type }) => type);
const whileTimePasses = (what: string, stepMs: number, condition: () => Promise<boolean>): Promise<unknown> =>
  eventually(
    () => {
      clock.advance(stepMs);
      return condition();
    },
    { ...PATIENCE, what },
  );
const told = async (type: string): Promise<number> => (await typesOf(`provisioning-${orderId}`)).filter((one) => one === type).length;
const isSuspended = async (): Promise<boolean | undefined> =>
  (await ledger.world.panelServers()).find(({ externalId }) => externalId === `order_${orderId}`)?.suspended;

beforeAll(async () => {
  clock = await startClock();
  ledger = await KilledLedger.start({}, clock);
  const buyer = await Buyer.signUp(ledger.url);
  const order = await buyer.order({ planId: 'teeworlds-256m' });
  ({ orderId } = order);
  await pay(order.checkoutUrl);
  await whileTimePasses('delivery', 1_000, async () => (await typesOf(`order-${orderId}`)).includes('OrderDelivered'));
}, START_MS);
afterAll(async () => {
  await ledger?.close();
  await clock?.close();
}, START_MS);

it(
  'a server that runs again meanwhile is not suspended by a ledger that wakes late',
  async () => {
    const token = await ledger.world.operator(ledger.url);
    const wish = (url: string, path: string): Promise<unknown> =>
      call(url, `/api/v1/ops/orders/${orderId}/${path}`, { token, body: { reason: 'a test' }, key: crypto.randomUUID() });
    ledger.stopAt('before:panel.suspendServer');
    expect(await wish(ledger.url, 'suspend')).toMatchObject({ status: 202 });
    await whileTimePasses('the claim', 1_000, async () => (await told('ServerChangeStarted')) === 1);
    await ledger.stopped();
    const other = await LedgerProcess.start(ledger.world, { env: { PORT: '0' } });
    try {
      await whileTimePasses('the suspension by the other', STEP_MS, async () => (await told('ServerSuspended')) === 1);
      await wish(other.url, 'resume');
      await whileTimePasses('that the server runs again', STEP_MS, async () => (await told('ServerUnsuspended')) === 1);
      expect(await isSuspended()).toBe(false);
      await ledger.wake();
      expect([await isSuspended(), await told('ServerSuspended')]).toStrictEqual([false, 1]);
    } finally {
      await other.stop();
    }
  },
  START_MS,
);
