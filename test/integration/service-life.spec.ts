/** The paid life of an order over HTTP: extended, in grace, suspended, paid again, cancelled; a steered clock moves ledger and Stripe alike. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Catalog } from '../../src/catalog/catalog.js';
import { endOfTerm } from '../../src/orders/period.js';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 180_000;
const PATIENCE = { withinMs: 60_000 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const catalog = Catalog.load('catalog.yaml');

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

/** The clock stands still unless it is moved, also for what the panel takes its time for. */
const whileTimePasses = (what: string, condition: () => Promise<boolean>): Promise<unknown> =>
  eventually(
    () => {
      clock.advance(1_000);
      return condition();
    },
    { ...PATIENCE, what },
  );

const paidOrder = async (payment: 'once' | 'subscription' = 'once'): Promise<string> => {
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g', payment });
  await pay(checkoutUrl);
  await until(`order-${orderId}`, 'OrderPaid');
  return orderId;
};
const delivered = async (payment: 'once' | 'subscription' = 'once'): Promise<string> => {
  const orderId = await paidOrder(payment);
  await whileTimePasses('delivery', async () => (await typesOf(`order-${orderId}`)).includes('OrderDelivered'));
  return orderId;
};

/** Fields of the newest event of a type. */
const newest = async (stream: string, type: string): Promise<Record<string, unknown>> =>
  ((await world.eventsOf(stream)).findLast((event) => event.type === type)?.data ?? {}) as Record<string, unknown>;
const standing = async (orderId: string): Promise<string> => {
  const server = (await world.panelServers()).find(({ externalId }) => externalId === `order_${orderId}`);
  if (!server) return 'gone';
  return server.suspended ? 'suspended' : 'running';
};
const untilServer = (orderId: string, wanted: string): Promise<unknown> =>
  whileTimePasses(`a server that is ${wanted}`, async () => (await standing(orderId)) === wanted);

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
      expect((await ask(`${orderId}/cancel`, { when: 'some day' })).status).toBe(422);
      expect((await ask(`${orderId}/cancel`)).status).toBe(202);
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

describe('an order by subscription', () => {
  const card = (customer: unknown, method: string) =>
    world.stripeControl(`/_control/customers/${String(customer)}/payment_method`, { payment_method: method });

  it(
    'is renewed; is suspended when that fails and runs again once paid; and ends for good when nobody pays',
    async () => {
      const orderId = await delivered('subscription');
      const order = `order-${orderId}`;
      const { subscriptionId } = (await newest(`payment-${orderId}`, 'SubscriptionLinked')) as { subscriptionId: string };
      const subscription = () => world.stripe.subscriptions.retrieve(subscriptionId);
      const { customer } = await subscription();
      /** To two hours after the end of the period; Stripe asks for the money within one. */
      const nextPeriod = async (): Promise<void> => {
        clock.set(new Date(((await subscription()).items.data[0]?.current_period_end ?? 0) * 1_000 + 2 * HOUR_MS));
        await world.stripe.subscriptions.list({ limit: 1 });
      };

      await nextPeriod();
      await until(order, 'OrderPaymentAccepted');
      const paidThrough = new Date(((await subscription()).items.data[0]?.current_period_end ?? 0) * 1_000).toISOString();
      expect(await newest(order, 'OrderPaymentAccepted')).toMatchObject({ purpose: 'renewal', paidThrough });

      await card(customer, 'pm_card_chargeCustomerFail');
      await nextPeriod();
      await until(order, 'OrderGraceStarted');
      expect(await standing(orderId)).toBe('running');
      clock.advance(3 * DAY_MS);
      await until(order, 'OrderSuspended');
      await untilServer(orderId, 'suspended');
      await card(customer, 'pm_card_visa');
      await world.stripe.invoices.pay((await subscription()).latest_invoice as string);
      await until(order, 'OrderResumed');
      await untilServer(orderId, 'running');

      await card(customer, 'pm_card_chargeCustomerFail');
      await nextPeriod();
      await until(order, 'OrderGraceStarted', 2);
      const invoice = (await subscription()).latest_invoice as string;
      clock.advance(3 * DAY_MS);
      await until(order, 'OrderSuspended', 2);
      await untilServer(orderId, 'suspended');
      const { hold } = (await newest(order, 'OrderPaid')) as { hold: { nodeId: string } };
      clock.advance(7 * DAY_MS);
      await until(order, 'OrderEnding');
      expect(await newest(order, 'OrderEnding')).toMatchObject({ reason: 'unpaid', subscriptionId });
      await until(order, 'OrderBillingEnded');
      expect([(await subscription()).status, (await world.stripe.invoices.retrieve(invoice)).status]).toStrictEqual(['canceled', 'void']);
      await untilServer(orderId, 'gone');
      await until(order, 'OrderEnded');
      await eventually(async () => (await newest(`node-${hold.nodeId}`, 'NodeHoldReleased'))['orderId'] === orderId, {
        ...PATIENCE,
        what: 'the room',
      });
      expect((await typesOf(`provisioning-${orderId}`)).at(-1)).toBe('ServerDeleted');
    },
    START_MS,
  );
});

describe('a server that is later than promised', () => {
  it(
    'is a credit for a subscriber, whose period has run; who paid once has the whole term from ready on',
    async () => {
      const [subscribed, once] = [await paidOrder('subscription'), await paidOrder('once')];
      clock.advance(2 * DAY_MS);
      for (const orderId of [subscribed, once])
        await whileTimePasses('delivery', async () => (await typesOf(`order-${orderId}`)).includes('OrderDelivered'));
      const { paidAt, paidThrough, total } = (await newest(`payment-${subscribed}`, 'PaymentSucceeded')) as Record<
        'paidAt' | 'paidThrough',
        string
      > & {
        total: { amountMinor: number };
      };
      const { readyAt } = (await newest(`order-${subscribed}`, 'OrderDelivered')) as { readyAt: string };
      const promisedMs = (catalog.game('minecraft')?.install.longestMinutes ?? 0) * 60_000;
      const lateMs = Date.parse(readyAt) - Date.parse(paidAt) - promisedMs;
      expect(lateMs).toBeGreaterThan(DAY_MS);
      const amountMinor = Math.ceil((total.amountMinor * lateMs) / (Date.parse(paidThrough) - Date.parse(paidAt)));
      const creditsOf = async (orderId: string) =>
        (await call<{ credits: unknown[] }>(ledger.url, `/api/v1/orders/${orderId}/payments`, { token: buyer.token })).body.credits;
      expect(await creditsOf(subscribed)).toStrictEqual([{ reason: 'lateDelivery', lateMs, amountMinor, currency: 'eur', at: readyAt }]);
      expect(await creditsOf(once)).toStrictEqual([]);
      const delivery = (await newest(`order-${once}`, 'OrderDelivered')) as { readyAt: string; paidThrough: string };
      expect(delivery.paidThrough).toBe(endOfTerm(delivery.readyAt, 'monthly'));
    },
    START_MS,
  );
});

describe('money that is contested or given back', () => {
  it(
    'during the install stops the server after it, until the dispute is won; what goes back in part is only recorded',
    async () => {
      const orderId = await paidOrder();
      const order = `order-${orderId}`;
      const { paymentId } = await newest(`payment-${orderId}`, 'PaymentSucceeded');
      const { id } = await world.stripeControl<{ id: string }>(`/_control/charges/${String(paymentId)}/dispute`, { reason: 'fraudulent' });
      await until(`payment-${orderId}`, 'DisputeOpened');
      expect(await typesOf(order)).not.toContain('OrderDelivered');
      await untilServer(orderId, 'suspended');
      expect(await typesOf(order)).toContain('OrderDelivered');
      expect(await newest(order, 'OrderSuspended')).toMatchObject({ reason: 'dispute', deleteAt: null });
      await world.stripeControl(`/_control/disputes/${id}/win`, {});
      await until(order, 'OrderResumed');
      await untilServer(orderId, 'running');
      await world.stripe.refunds.create({ payment_intent: String(paymentId), amount: 100 });
      await until(`payment-${orderId}`, 'RefundSettled');
      const known = (await typesOf(order)).length;
      clock.advance(HOUR_MS);
      const restAt = clock.clock().toISOString();
      expect([(await typesOf(order)).slice(known), await standing(orderId)]).toStrictEqual([[], 'running']);
      await world.stripe.refunds.create({ payment_intent: String(paymentId) });
      await until(order, 'OrderEnding');
      const { reason, endingAt } = await newest(order, 'OrderEnding');
      expect([reason, String(endingAt) >= restAt]).toStrictEqual(['refunded', true]);
    },
    START_MS,
  );
});
