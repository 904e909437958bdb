/** The paid life of an order over HTTP: extended, in grace, suspended, paid again, cancelled; a steered clock moves ledger and Stripe alike. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 180_000;
const PATIENCE = { withinMs: 60_000 };
const DAY_MS = 86_400_000;

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;

beforeAll(async () => {
  clock = await startClock();
  world = await startWorld({ clock });
  ledger = await LedgerProcess.start(world);
  buyer = await Buyer.signUp(ledger.url);
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
  await clock?.close();
}, START_MS);

const ask = <T>(path: string, body: unknown = {}, key: string = randomUUID()) =>
  call<T>(ledger.url, `/api/v1/orders/${path}`, { token: buyer.token, body, key });
const typesOf = async (stream: string): Promise<string[]> => (await world.eventsOf(stream)).map(({ type }) => type);
const until = (stream: string, type: string, times = 1): Promise<unknown> =>
  eventually(async () => (await typesOf(stream)).filter((one) => one === type).length >= times, {
    ...PATIENCE,
    what: `${type} in ${stream}`,
  });

const delivered = async (): Promise<string> => {
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g' });
  await pay(checkoutUrl);
  // The clock stands still unless it is moved, also for an install.
  await eventually(async () => {
    clock.advance(1_000);
    return (await typesOf(`order-${orderId}`)).includes('OrderDelivered');
  }, PATIENCE);
  return orderId;
};

describe('an order that is paid once', () => {
  it(
    'is extended, reminded of its end, suspended after grace, and runs again once it is paid for',
    async () => {
      const orderId = await delivered();
      const order = `order-${orderId}`;
      const key = randomUUID();
      const { body: first } = await ask<{ url: string }>(`${orderId}/extend`, {}, key);
      expect((await ask<{ url: string }>(`${orderId}/extend`, {}, key)).body).toStrictEqual(first);
      await pay(first.url);
      await until(order, 'OrderPaymentAccepted');
      clock.advance(55 * DAY_MS);
      await until(order, 'OrderReminderRaised');
      clock.advance(8 * DAY_MS);
      await until(order, 'OrderGraceStarted');
      clock.advance(3 * DAY_MS);
      await until(order, 'OrderSuspended');
      await until(`provisioning-${orderId}`, 'ServerStateWanted');
      await pay((await ask<{ url: string }>(`${orderId}/extend`)).body.url);
      await until(order, 'OrderResumed');
      await until(`provisioning-${orderId}`, 'ServerStateWanted', 2);
      const { body } = await call<{ payments: { kind: string }[] }>(ledger.url, `/api/v1/orders/${orderId}/payments`, {
        token: buyer.token,
      });
      expect(body.payments.map(({ kind }) => kind)).toStrictEqual(['initial', 'extension', 'extension']);
    },
    START_MS,
  );

  it(
    'is cancelled for the end of its period, kept after all, and ended by an operator who gives all money back',
    async () => {
      const orderId = await delivered();
      const order = `order-${orderId}`;
      expect((await ask(`${orderId}/cancel`, { when: 'periodEnd' })).status).toBe(202);
      expect((await ask(`${orderId}/cancel/undo`)).status).toBe(202);
      expect((await typesOf(order)).slice(-2)).toStrictEqual(['OrderCancellationScheduled', 'OrderCancellationRevoked']);
      const stranger = await Buyer.signUp(ledger.url);
      const foreign = await call(ledger.url, `/api/v1/orders/${orderId}/cancel`, { token: stranger.token, body: { when: 'now' } });
      expect(foreign.status).toBe(404);
      const token = await world.operator(ledger.url);
      const reason = 'Ada asked for it by mail';
      const refund = await call(ledger.url, `/api/v1/ops/orders/${orderId}/refund`, { token, body: { reason } });
      expect(refund.status).toBe(202);
      await until(`payment-${orderId}`, 'RefundSettled');
      await until(order, 'OrderBillingEnded');
      await until(`provisioning-${orderId}`, 'ServerStateWanted');
      expect((await world.eventsOf(order)).find(({ type }) => type === 'OrderEnding')?.data).toMatchObject({ reason: 'refunded' });
      expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain(reason);
    },
    START_MS,
  );
});

describe('the command line', () => {
  it(
    'stops an order, lets it run again, gives part of its money back once and ends it, each with a reason that no event carries',
    async () => {
      const orderId = await delivered();
      const order = `order-${orderId}`;
      const reason = 'Grace wrote to us';
      const ledgerOrder = (...args: string[]) => runBuilt('src/ops/cli.js', ['order', ...args], world.ledgerEnvironment());
      const asked = async (...args: string[]): Promise<void> => {
        expect(await ledgerOrder(...args, '--reason', reason)).toMatchObject({ code: 0, stderr: '' });
      };
      expect(await ledgerOrder('suspend', orderId, '--reason', ' ')).toMatchObject({ code: 1, stderr: '--reason must say why\n' });
      expect(await ledgerOrder('refund', orderId, '--reason', reason, '--amount', '1.5')).toMatchObject({ code: 1 });
      await asked('suspend', orderId);
      expect((await typesOf(order)).at(-1)).toBe('OrderSuspended');
      await asked('resume', orderId);
      expect((await typesOf(order)).at(-1)).toBe('OrderResumed');
      await asked('refund', orderId, '--amount', '100', '--key', 'once');
      await asked('refund', orderId, '--amount', '100', '--key', 'once');
      await until(`payment-${orderId}`, 'RefundSettled');
      const refunds = (await world.eventsOf(`payment-${orderId}`)).filter(({ type }) => type === 'StripeCallIntended');
      expect(refunds.map(({ data }) => data)).toMatchObject([{ call: { do: 'refund', amount: { amountMinor: 100 } } }]);
      await asked('end', orderId);
      await until(order, 'OrderEnded');
      expect((await world.eventsOf(order)).find(({ type }) => type === 'OrderEnding')?.data).toMatchObject({ reason: 'operator' });
      expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain(reason);
    },
    START_MS,
  );
});
