/** The ledger is killed with -9 around what it asks of Stripe and of the panel for a paid order; after the restart each is done exactly once. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { KilledLedger } from '../support/kill.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 240_000;
const PATIENCE = { withinMs: 60_000 };
/** Past the deadline of a claim that died with its owner, in a few steps. */
const STEP_MS = 30_000;
/** Small enough that a call to the panel goes out before its claim, of 45 s, is over. */
const PANEL_STEP_MS = 2_000;
/** Of an action on a running server, and a little. */
const ACTION_LIMIT_MS = 26_000;
const KEY_LIVES_MS = 25 * 3_600_000;

let clock: SteerableClock;
let ledger: KilledLedger;
let orderId: string;
let operator: string;
let buyer: Buyer;

const typesOf = async (stream: string): Promise<string[]> => (await ledger.world.eventsOf(stream)).map(({ type }) => type);
const whileTimePasses = (what: string, stepMs: number, condition: () => Promise<boolean>): Promise<unknown> =>
  eventually(
    () => {
      clock.advance(stepMs);
      return condition();
    },
    { ...PATIENCE, what },
  );
const wish = async (path: string, body: object): Promise<void> => {
  const asked = { token: operator, body: { reason: 'a test', ...body }, key: crypto.randomUUID() };
  // Whoever is answered by nobody, because the ledger has died, repeats.
  await eventually(async () => (await call(ledger.url, `/api/v1/ops/orders/${orderId}/${path}`, asked)).status < 300, PATIENCE);
};

beforeAll(async () => {
  clock = await startClock();
  ledger = await KilledLedger.start({}, clock);
  operator = await ledger.world.operator(ledger.url);
  buyer = await Buyer.signUp(ledger.url);
  const order = await buyer.order({ planId: 'teeworlds-256m' });
  ({ orderId } = order);
  await pay(order.checkoutUrl);
  await whileTimePasses('delivery', 1_000, async () => (await typesOf(`order-${orderId}`)).includes('OrderDelivered'));
}, START_MS);
afterAll(async () => {
  await ledger?.close();
  await clock?.close();
}, START_MS);

describe('a power action of the owner’s', () => {
  interface Shown {
    readonly lastAction: { readonly actionId: string; readonly outcome: string } | null;
  }
  /** What came to the panel. */
  const signals = async (): Promise<string[]> =>
    ((await (await fetch(`${ledger.world.panelUrl}/_control/calls`)).json()) as { signals: string[] }).signals;
  const ask = (signal: string, key: string) =>
    call<{ code?: string }>(ledger.url, `/api/v1/orders/${orderId}/server/power`, { token: buyer.token, body: { signal }, key });
  const lastAction = async (): Promise<Shown['lastAction']> =>
    eventually(
      async () => (await call<Shown>(ledger.url, `/api/v1/orders/${orderId}/server`, { token: buyer.token })).body.lastAction,
      PATIENCE,
    );

  it.each([
    ['after:ServerActionStarted', 0],
    ['before:ServerActionEnded', 1],
  ])(
    'is not done again when the ledger dies %s; its owner sees that it is under way, and then that nobody knows how it ended',
    async (place, reached) => {
      const before = (await signals()).length;
      const key = crypto.randomUUID();
      ledger.crashAt(place);
      const asked = ask('restart', key).catch(() => undefined);
      await ledger.revive();
      await asked;
      const shown = await lastAction();
      expect(shown?.outcome).toBe('underWay');
      clock.advance(ACTION_LIMIT_MS);
      await clock.followed();
      expect(await lastAction()).toMatchObject({ actionId: shown?.actionId, outcome: 'unknown' });
      const again = await eventually(async () => {
        const answer = await ask('restart', key);
        return answer.status === 409 ? undefined : answer;
      }, PATIENCE);
      expect([again.status, again.body.code]).toStrictEqual([503, 'INTERRUPTED']);
      expect(await signals()).toHaveLength(before + reached);
      expect((await ask('start', crypto.randomUUID())).status).toBeLessThan(300);
      expect(await signals()).toHaveLength(before + reached + 1);
    },
    START_MS,
  );
});

describe('a refund of an operator’s', () => {
  it.each(['after:StripeCallStarted', 'after:stripe.call', 'before:StripeCallSettled'])(
    'is made once when the ledger dies %s',
    async (place) => {
      const payment = `payment-${orderId}`;
      const settled = async (): Promise<number> => (await typesOf(payment)).filter((type) => type === 'StripeCallSettled').length;
      const before = await settled();
      ledger.crashAt(place);
      const asked = wish('refund', { amountMinor: 10 });
      await ledger.revive();
      await asked;
      await whileTimePasses('the settled refund', STEP_MS, async () => (await settled()) === before + 1);
      const { data: refunds } = await ledger.world.stripe.refunds.list({ limit: 100 });
      const callIds = refunds.map(({ metadata }) => metadata?.['refund_id']);
      expect([refunds.length, new Set(callIds).size]).toStrictEqual([before + 1, before + 1]);
      expect((await typesOf(payment)).filter((type) => type === 'RefundSettled')).toHaveLength(before + 1);
    },
    START_MS,
  );
});

describe('a ledger that stands still before its call to Stripe, for longer than Stripe remembers a key', () => {
  it(
    'sends nothing when it wakes: another has made the refund, once',
    async () => {
      const { world } = ledger;
      const payment = `payment-${orderId}`;
      const settled = async (): Promise<number> => (await typesOf(payment)).filter((type) => type === 'StripeCallSettled').length;
      const refunds = async (): Promise<number> => (await world.stripe.refunds.list({ limit: 100 })).data.length;
      const before = await settled();
      ledger.stopAt('before:stripe.call');
      await wish('refund', { amountMinor: 10 });
      await ledger.stopped();
      const other = await LedgerProcess.start(world, { env: { PORT: '0' } });
      try {
        await whileTimePasses('the refund', STEP_MS, async () => (await settled()) === before + 1);
        clock.advance(KEY_LIVES_MS);
        await ledger.wake();
        expect(await refunds()).toBe(before + 1);
        // Whatever it would have sent is with Stripe before what is asked of it afterwards.
        operator = await world.operator(ledger.url);
        await wish('refund', { amountMinor: 10 });
        await whileTimePasses('another refund', STEP_MS, async () => (await settled()) === before + 2);
        expect(await refunds()).toBe(before + 2);
      } finally {
        await other.stop();
      }
    },
    START_MS,
  );
});

describe('a suspension on the panel', () => {
  it.each(['before:panel.suspendServer', 'after:panel.suspendServer'])(
    'comes about when the ledger dies %s',
    async (place) => {
      const told = async (type: string): Promise<number> => (await typesOf(`provisioning-${orderId}`)).filter((one) => one === type).length;
      const stopped = async (): Promise<boolean | undefined> =>
        (await ledger.world.panelServers()).find(({ externalId }) => externalId === `order_${orderId}`)?.suspended;
      const before = await told('ServerSuspended');
      ledger.crashAt(place);
      await wish('suspend', {});
      await ledger.revive();
      await whileTimePasses('the suspension', PANEL_STEP_MS, async () => (await told('ServerSuspended')) === before + 1);
      expect(await stopped()).toBe(true);
      await wish('resume', {});
      await whileTimePasses('the server runs again', PANEL_STEP_MS, async () => (await stopped()) === false);
      await whileTimePasses('that it is told', PANEL_STEP_MS, async () => (await told('ServerUnsuspended')) === before + 1);
    },
    START_MS,
  );
});
