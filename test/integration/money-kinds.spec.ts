/** Money that is not simply the price in euros: other currencies, coupons, tax, nothing at all, paid past Stripe, or nobody's, with automatic refunds. Exact to the minor unit, and reconcile agrees. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_TYPES } from '../../local/stripe/event-types.js';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 180_000;
const WAIT = { withinMs: 60_000 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PLAN = 'teeworlds-256m';
const PRICES = { monthly: 200, quarterly: 700, yearly: 3_550 } as const;
const CURRENCIES = { monthly: 'eur', quarterly: 'jpy', yearly: 'kwd' } as const;
type Term = keyof typeof PRICES;

let dir: string;
let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;

/** The catalog, with one plan sold in euros, yen and dinars. */
const ownCatalog = (): string => {
  const path = join(dir, 'catalog.yaml');
  const [before = '', plan = ''] = readFileSync('catalog.yaml', 'utf8').split(`- id: ${PLAN}`);
  const [own = '', ...others] = plan.split(/(?=\n {6}- id: |\n {2}- id: )/);
  const sold = Object.entries(PRICES).reduce(
    (text, [term, amount]) =>
      text.replace(new RegExp(`(${term}:\\s*\\{\\s*currency: )\\w+(,\\s*amountMinor: )\\d+`), `$1${CURRENCIES[term as Term]}$2${amount}`),
    own,
  );
  writeFileSync(path, `${before}- id: ${PLAN}${sold}${others.join('')}`);
  return path;
};

const DASHBOARD = 'http://dashboard.example/shop';
const env = { STRIPE_PROMOTION_CODES: 'true', STRIPE_AUTOMATIC_TAX: 'true', REFUND_UNMATCHED: 'auto', DASHBOARD_URL: DASHBOARD };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'order-ledger-kinds-'));
  clock = await startClock();
  world = await startWorld({ clock, catalog: ownCatalog() });
  ledger = await LedgerProcess.start(world, { env });
  await tax(0);
  buyer = await Buyer.signUp(ledger.url);
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
  await clock?.close();
  rmSync(dir, { recursive: true, force: true });
}, START_MS);

const tax = (taxPercent: number) => world.stripeControl('/_control/policy', { taxPercent });
const factsOf = async (stream: string, type: string): Promise<Record<string, unknown>[]> =>
  (await world.eventsOf(stream)).flatMap((event) => (event.type === type ? [event.data as Record<string, unknown>] : []));
const facts = (stream: string, type: string, count = 1): Promise<Record<string, unknown>[]> =>
  eventually(
    async () => {
      const found = await factsOf(stream, type);
      return found.length >= count && found;
    },
    { ...WAIT, what: `${type} in ${stream}` },
  );

/** Types a promotion code on Stripe's page, as a customer does. */
const typeCode = async (checkoutUrl: string, percent: number): Promise<void> => {
  const { id } = await world.stripe.coupons.create({ percent_off: percent, duration: 'once' });
  const { code } = await world.stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: id } });
  await fetch(`${checkoutUrl}/promotion_code`, { method: 'POST', body: new URLSearchParams({ code }) });
};
const buy = async (
  term: Term,
  { payment = 'once', couponPercent = 0 }: { payment?: 'once' | 'subscription'; couponPercent?: number } = {},
) => {
  const { orderId, checkoutUrl } = await buyer.order({ planId: PLAN, term, payment });
  if (couponPercent > 0) await typeCode(checkoutUrl, couponPercent);
  await pay(checkoutUrl);
  const [paid] = await facts(`payment-${orderId}`, 'PaymentSucceeded');
  await facts(`order-${orderId}`, 'OrderPaid');
  return { orderId, paid };
};

describe('a price in a currency', () => {
  it.each([
    ['without decimals', 'quarterly'],
    ['with three decimals', 'yearly'],
  ] as const)('%s is paid, shown and given back in its own minor units', async (_which, term) => {
    const { orderId, paid } = await buy(term);
    const price = { amountMinor: PRICES[term], currency: CURRENCIES[term] };
    expect(paid).toMatchObject({ total: price, subtotal: price });
    const { body } = await call<object>(ledger.url, `/api/v1/orders/${orderId}`, { token: buyer.token });
    expect(body).toMatchObject(price);
    const token = await world.operator(ledger.url);
    const refund = { reason: 'part of it', amountMinor: 110 };
    expect((await call(ledger.url, `/api/v1/ops/orders/${orderId}/refund`, { token, body: refund })).status).toBe(202);
    const [back] = await facts(`payment-${orderId}`, 'RefundSettled');
    expect(back).toMatchObject({ amount: { amountMinor: 110, currency: CURRENCIES[term] } });
  });
});

describe('coupon and tax', () => {
  it('change what is paid, not the price that the order compares: before both', async () => {
    await tax(19);
    const { paid } = await buy('monthly', { couponPercent: 25 });
    expect(paid).toMatchObject({ subtotal: { amountMinor: 200, currency: 'eur' }, total: { amountMinor: 179, currency: 'eur' } });
    const { paid: invoiced } = await buy('monthly', { payment: 'subscription', couponPercent: 25 });
    expect(invoiced).toMatchObject({ subtotal: { amountMinor: 200, currency: 'eur' }, total: { amountMinor: 179, currency: 'eur' } });
    await tax(0);
  });
  it('do not hide another price: that money goes back, without asking where refunds are automatic', async () => {
    const { orderId } = await buyer.order({ planId: PLAN });
    const metadata = { order_id: orderId };
    const other = await world.stripe.checkout.sessions.create({
      ...{ mode: 'payment', line_items: [{ price: 'price_teeworlds_512m_monthly_once', quantity: 1 }] },
      ...{ client_reference_id: orderId, metadata, payment_intent_data: { metadata }, success_url: ledger.url },
    });
    await pay(other.url ?? '');
    expect(await facts(`order-${orderId}`, 'OrderPaymentNotAccepted')).toMatchObject([{ reason: 'amountMismatch' }]);
    expect(await factsOf(`order-${orderId}`, 'OrderPaid')).toStrictEqual([]);
    const [back] = await facts(`payment-${orderId}`, 'RefundSettled');
    const { amount_total: amountMinor, payment_intent: paymentId } = await world.stripe.checkout.sessions.retrieve(other.id);
    expect(back).toMatchObject({ paymentId, amount: { amountMinor, currency: 'eur' } });
  });
});

describe('an order that a coupon makes free', () => {
  it.each(['once', 'subscription'] as const)('by %s is served: nothing is charged, and that is booked', async (payment) => {
    const { orderId, paid } = await buy('monthly', { payment, couponPercent: 100 });
    expect(paid).toMatchObject({
      paymentId: expect.stringMatching(payment === 'once' ? /^cs_/ : /^in_/) as unknown,
      subtotal: { amountMinor: 200, currency: 'eur' },
      total: { amountMinor: 0, currency: 'eur' },
    });
    await eventually(
      async () => {
        clock.advance(1_000);
        return (await factsOf(`order-${orderId}`, 'OrderDelivered')).length === 1;
      },
      { ...WAIT, what: 'delivery' },
    );
    expect(await factsOf(`order-${orderId}`, 'OrderEnding')).toStrictEqual([]);
  });
});

describe('money at the wrong time', () => {
  const endOf = (orderId: string) =>
    eventually(
      async () => {
        clock.advance(1_000);
        return (await factsOf(`order-${orderId}`, 'OrderEnded'))[0];
      },
      { ...WAIT, what: 'the end' },
    );
  it('given back in full before delivery, ends the order, and no server is left', async () => {
    const { orderId, paid } = await buy('monthly');
    await world.stripe.refunds.create({ payment_intent: String(paid?.['paymentId']) });
    expect(await endOf(orderId)).toMatchObject({ reason: 'refunded' });
    expect((await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`)).toStrictEqual([]);
  });
  it('paid after a cancellation, is not taken and goes back', async () => {
    const { orderId } = await buy('monthly');
    const late = await world.secondSession(orderId);
    const cancelled = await call(ledger.url, `/api/v1/orders/${orderId}/cancel`, { token: buyer.token, body: { when: 'now' } });
    expect(cancelled.status).toBe(202);
    await pay(late);
    const [refused] = await facts(`order-${orderId}`, 'OrderPaymentNotAccepted');
    expect(refused).toMatchObject({ reason: 'orderEnded', amount: { amountMinor: 200, currency: 'eur' } });
    const [back] = await facts(`payment-${orderId}`, 'RefundSettled');
    expect(back).toMatchObject({ paymentId: refused?.['paymentId'], amount: { amountMinor: 200 } });
    expect(await endOf(orderId)).toMatchObject({ reason: 'cancelled' });
    expect(await factsOf(`order-${orderId}`, 'OrderPaid')).toHaveLength(1);
  });
});

describe('an invoice that is paid past Stripe', () => {
  it('pays for its period, and its money is in no sum: reconcile lists it apart and agrees on everything', async () => {
    const { orderId, paid } = await buy('monthly', { payment: 'subscription' });
    const subscription = await world.stripe.subscriptions.retrieve(String(paid?.['subscriptionId']));
    await world.stripeControl(`/_control/customers/${subscription.customer as string}/payment_method`, {
      payment_method: 'pm_card_chargeCustomerFail',
    });
    clock.set(new Date((subscription.items.data[0]?.current_period_end ?? 0) * 1_000 + 2 * HOUR_MS));
    const invoice = (await world.stripe.subscriptions.retrieve(subscription.id)).latest_invoice as string;
    await facts(`order-${orderId}`, 'OrderGraceStarted');
    await world.stripe.invoices.pay(invoice, { paid_out_of_band: true });
    const [, renewal] = await facts(`payment-${orderId}`, 'PaymentSucceeded', 2);
    expect(renewal).toMatchObject({ paymentId: invoice, kind: 'renewal', total: { amountMinor: 200 }, offStripeMinor: 200 });
    await facts(`order-${orderId}`, 'OrderPaymentAccepted');
    await facts(`order-${orderId}`, 'OrderGraceEnded');

    const token = await world.operator(ledger.url);
    const refund = await call<{ code: string }>(ledger.url, `/api/v1/ops/orders/${orderId}/refund`, {
      token,
      body: { reason: 'all of it' },
    });
    expect([refund.status, refund.body.code]).toStrictEqual([422, 'REFUND_TOO_HIGH']);
    const to = new Date(clock.clock().getTime() + DAY_MS).toISOString();
    const { stdout } = await eventually(
      async () => {
        const ended = await runBuilt('src/ops/cli.js', ['reconcile', '--from', '2020-01-01', '--to', to], world.ledgerEnvironment());
        if (ended.code !== 0) throw new Error(ended.stdout + ended.stderr);
        return ended;
      },
      { ...WAIT, what: 'agreement' },
    );
    expect(stdout).toContain(`apart: offStripe 2.00 EUR of ${invoice}`);
    expect(stdout).toMatch(/^eur +(-?\d+\.\d\d EUR) +\1$/m);
    expect(stdout).toMatch(/, 0 differ$/m);
  });
});

describe('money that names no order', () => {
  it('goes back without asking where refunds are automatic, all of it and once', async () => {
    const { id, url } = await world.stripe.checkout.sessions.create({
      ...{ mode: 'payment', line_items: [{ price: 'price_teeworlds_512m_monthly_once', quantity: 1 }], success_url: ledger.url },
    });
    await pay(url ?? '');
    const { payment_intent: intent } = await world.stripe.checkout.sessions.retrieve(id);
    await facts(`unmatchedMoney-${intent as string}`, 'UnmatchedMoneyRefundSettled');
    expect((await world.eventsOf(`unmatchedMoney-${intent as string}`)).map(({ type }) => type)).toStrictEqual([
      ...['UnmatchedMoneyReceived', 'UnmatchedMoneyRefundIntended', 'UnmatchedMoneyRefundStarted', 'UnmatchedMoneyRefundSettled'],
    ]);
    const { data: refunds } = await world.stripe.refunds.list({ payment_intent: intent as string });
    expect(refunds.map(({ status }) => status)).toStrictEqual(['succeeded']);
  });
});

describe('whoever comes back from Stripe’s page', () => {
  const comesBack = async (address: string): Promise<void> => {
    expect(new URL(address).origin).toBe(ledger.url);
    const { status, headers } = await fetch(address, { redirect: 'manual' });
    const { pathname, search } = new URL(address);
    expect([status, headers.get('location')]).toStrictEqual([303, `${DASHBOARD}${pathname}${search}`]);
  };
  it('passes the ledger, which asks Stripe, and goes on to the dashboard: paid without a webhook, first and for another term', async () => {
    await world.stripeControl('/_control/webhooks', { events: [] });
    const { orderId, checkoutUrl } = await buyer.order({ planId: PLAN });
    await comesBack(await pay(checkoutUrl));
    await eventually(
      async () => {
        clock.advance(1_000);
        return (await factsOf(`order-${orderId}`, 'OrderDelivered')).length === 1;
      },
      { ...WAIT, what: 'delivery' },
    );
    const asked = await call<{ url: string }>(ledger.url, `/api/v1/orders/${orderId}/extend`, { token: buyer.token, body: {} });
    await comesBack(await pay(asked.body.url));
    const [extended] = await facts(`order-${orderId}`, 'OrderPaymentAccepted');
    expect(extended).toMatchObject({ purpose: 'extension' });
    await world.stripeControl('/_control/webhooks', { events: EVENT_TYPES });
  });
  it('finds the way to Stripe’s page for invoices and cards, who has paid; nobody else, and nothing of it is kept', async () => {
    const { orderId } = await buy('monthly');
    const portal = (token: string, id = orderId) =>
      call<{ url?: string; code?: string }>(ledger.url, `/api/v1/orders/${id}/billing-portal`, { token, body: {} });
    const { status, body } = await portal(buyer.token);
    expect(status).toBe(200);
    expect((await fetch(body.url ?? '')).status).toBe(200);
    const stranger = await Buyer.signUp(ledger.url);
    expect((await portal(stranger.token)).status).toBe(404);
    const { orderId: unpaid } = await buyer.order({ planId: PLAN });
    await buyer.until(unpaid, 'awaitingPayment');
    expect((await portal(buyer.token, unpaid)).body.code).toBe('NO_BILLING_ACCOUNT');
    const path = new URL(body.url ?? '').pathname;
    expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain(path);
  });
});
