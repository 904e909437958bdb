/** What takes days at Stripe, or an account's setting: retries to their end, delayed payments, refunds on their way. Stand-in only. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import type { RunningStripe } from '../../../local/stripe/server.js';
import { clientOf, control, isLocal, openLocal } from './target.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTHLY = 'price_minecraft_4g_monthly';

const inTime = (): void => {
  let server: RunningStripe;
  let stripe: Stripe;
  let now = new Date('2027-01-31T10:00:00Z');

  beforeAll(async () => {
    server = await openLocal({ clock: () => now });
    stripe = clientOf(server);
  });
  afterAll(() => server.close());
  beforeEach(() => control(server, 'policy', { afterRetries: 'cancel' }));

  const pass = (ms: number): void => {
    now = new Date(now.getTime() + ms);
  };
  const open = (mode: 'payment' | 'subscription'): Promise<Stripe.Checkout.Session> =>
    stripe.checkout.sessions.create({
      mode,
      line_items: [{ price: mode === 'payment' ? `${MONTHLY}_once` : MONTHLY, quantity: 1 }],
      success_url: 'http://shop.example/done',
      ...(mode === 'payment' ? { customer_creation: 'always' as const } : {}),
    });
  const pay = async (mode: 'payment' | 'subscription', token = 'pm_card_visa'): Promise<Stripe.Checkout.Session> => {
    const session = await open(mode);
    await control(server, `sessions/${session.id}/pay`, { payment_method: token });
    return stripe.checkout.sessions.retrieve(session.id);
  };
  const subscription = (session: Stripe.Checkout.Session): Promise<Stripe.Subscription> =>
    stripe.subscriptions.retrieve(session.subscription as string);
  const newest = async (session: Stripe.Checkout.Session): Promise<Stripe.Invoice | undefined> =>
    (await stripe.invoices.list({ subscription: session.subscription as string, limit: 1 })).data[0];
  /** Events about one object, oldest first. */
  const told = async (id: string, types: string[]): Promise<Stripe.Event[]> =>
    (await stripe.events.list({ types, limit: 100 })).data.filter(({ data }) => (data.object as { id: string }).id === id).reverse();
  const failing = async (): Promise<Stripe.Checkout.Session> => {
    const session = await pay('subscription');
    await control(server, `customers/${session.customer as string}/payment_method`, { payment_method: 'pm_card_chargeCustomerFail' });
    return session;
  };

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ])('1.2: tries eight times more within two weeks, then %s', async (afterRetries, status) => {
    await control(server, 'policy', { afterRetries });
    const session = await failing();
    pass(31 * DAY_MS + 15 * DAY_MS);
    const ended = await subscription(session);
    const invoice = await newest(session);
    expect(ended.status).toBe(status);
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 9, next_payment_attempt: null });
    const failures = await told(invoice?.id ?? '', ['invoice.payment_failed']);
    const counts = failures.map(({ data }) => (data.object as Stripe.Invoice).attempt_count);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const planned = failures.map(({ data }) => (data.object as Stripe.Invoice).next_payment_attempt);
    const tried = failures.map(({ created }) => created);
    expect(planned).toEqual([...tried.slice(1), null]);
    expect(Math.max(...tried) - Math.min(...tried)).toBe(14 * 86_400);
    expect(ended.cancellation_details?.reason).toBe(status === 'canceled' ? 'payment_failed' : null);
    const { data: left } = await stripe.subscriptions.list({ customer: ended.customer as string });
    for (const { id } of left) await stripe.subscriptions.cancel(id);
  });

  it('3.4: a retry that succeeds brings the subscription back by itself', async () => {
    const session = await failing();
    pass(31 * DAY_MS + 2 * HOUR_MS);
    expect((await subscription(session)).status).toBe('past_due');
    await control(server, `customers/${session.customer as string}/payment_method`, { payment_method: 'pm_card_visa' });
    pass(2 * DAY_MS);
    expect(await newest(session)).toMatchObject({ status: 'paid', attempt_count: 2 });
    expect((await subscription(session)).status).toBe('active');
    const states = (await told(session.subscription as string, ['customer.subscription.updated'])).map(
      ({ data }) => (data.previous_attributes as { status?: string }).status,
    );
    expect(states.filter((state) => state !== undefined)).toEqual(['active', 'past_due']);
  });

  it('3.4: periods keep to their anchor’s day, however far the clock jumps', async () => {
    now = new Date('2027-01-31T10:00:00Z');
    const session = await pay('subscription');
    now = new Date('2027-05-01T12:00:00Z');
    const ends = (await stripe.invoices.list({ subscription: session.subscription as string })).data
      .map(({ lines }) => new Date((lines.data[0]?.period.end ?? 0) * 1000).toISOString().slice(0, 10))
      .reverse();
    expect(ends).toEqual(['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']);
    await stripe.subscriptions.cancel(session.subscription as string);
  });

  it.each([
    ['pm_sepa_debit', 'paid', 'checkout.session.async_payment_succeeded'],
    ['pm_sepa_debit_fails', 'unpaid', 'checkout.session.async_payment_failed'],
  ])('3.4: %s is decided after days', async (token, status, type) => {
    const session = await pay('payment', token);
    expect(session).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    const intent = await stripe.paymentIntents.retrieve(session.payment_intent as string);
    expect(intent.status).toBe('processing');
    pass(4 * DAY_MS);
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe(status);
    expect(await told(session.id, [type])).toHaveLength(1);
  });

  it('1.1: by subscription a delayed payment leaves it active and its invoice open until it is decided', async () => {
    const session = await pay('subscription', 'pm_sepa_debit');
    expect(session).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect(await subscription(session)).toMatchObject({ status: 'active', latest_invoice: session.invoice });
    expect(await newest(session)).toMatchObject({ status: 'open', attempt_count: 1 });
    await control(server, `sessions/${session.id}/settle`);
    expect(await newest(session)).toMatchObject({ status: 'paid', amount_remaining: 0 });
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
    await stripe.subscriptions.cancel(session.subscription as string);
  });

  it('1.2: a renewal on its way is not failed; failed, it is retried', async () => {
    const session = await pay('subscription', 'pm_sepa_debit_fails');
    await control(server, `sessions/${session.id}/settle`);
    pass(32 * DAY_MS);
    expect((await subscription(session)).status).toBe('active');
    expect(await newest(session)).toMatchObject({ status: 'open', next_payment_attempt: null });
    pass(3 * DAY_MS);
    expect((await subscription(session)).status).toBe('past_due');
    expect(await newest(session)).toMatchObject({ attempt_count: 1 });
    expect((await newest(session))?.next_payment_attempt).toBeGreaterThan(now.getTime() / 1000);
    await stripe.subscriptions.cancel(session.subscription as string);
  });

  it('1.2: a bank that asks at a renewal stops it until the customer answers', async () => {
    const session = await pay('subscription', 'pm_card_authenticationRequired');
    pass(31 * DAY_MS + 2 * HOUR_MS);
    const invoice = await newest(session);
    expect(await told(invoice?.id ?? '', ['invoice.payment_action_required'])).toHaveLength(1);
    await expect(stripe.invoices.pay(invoice?.id ?? '')).rejects.toMatchObject({ code: 'invoice_payment_intent_requires_action' });
    expect(await stripe.invoices.pay(invoice?.id ?? '', { off_session: false })).toMatchObject({ status: 'paid' });
    await stripe.subscriptions.cancel(session.subscription as string);
  });

  it('2: a change whose money never comes is forgotten after 23 hours', async () => {
    const session = await failing();
    const { items } = await subscription(session);
    const changed = await stripe.subscriptions.update(session.subscription as string, {
      items: [{ id: items.data[0]?.id ?? '', price: 'price_minecraft_8g_monthly' }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
    pass(24 * HOUR_MS);
    expect(await subscription(session)).toMatchObject({ pending_update: null, items: { data: [{ price: { id: MONTHLY } }] } });
    expect(await stripe.invoices.retrieve(changed.latest_invoice as string)).toMatchObject({ status: 'void' });
    expect(await told(changed.id, ['customer.subscription.pending_update_expired'])).toHaveLength(1);
    await stripe.subscriptions.cancel(changed.id);
  });

  it('2: paused collection writes invoices that nobody pays', async () => {
    const session = await pay('subscription');
    await stripe.subscriptions.update(session.subscription as string, { pause_collection: { behavior: 'void' } });
    pass(32 * DAY_MS);
    expect(await newest(session)).toMatchObject({ status: 'void' });
    const resumed = await stripe.subscriptions.update(session.subscription as string, { pause_collection: '' });
    expect(resumed).toMatchObject({ status: 'active', pause_collection: null });
    await stripe.subscriptions.cancel(resumed.id);
  });

  it('1.2: refunds may be pending, and may fail after all', async () => {
    const pending = (await pay('payment', 'pm_card_pendingRefund')).payment_intent as string;
    const failed = (await pay('payment', 'pm_card_refundFail')).payment_intent as string;
    const slow = await stripe.refunds.create({ payment_intent: pending });
    const doomed = await stripe.refunds.create({ payment_intent: failed, amount: 500 });
    expect([slow.status, doomed.status]).toEqual(['pending', 'succeeded']);
    pass(2 * DAY_MS);
    expect((await stripe.refunds.retrieve(slow.id)).status).toBe('succeeded');
    expect(await stripe.refunds.retrieve(doomed.id)).toMatchObject({ status: 'failed', failure_reason: 'expired_or_canceled_card' });
    const types = (await told(doomed.id, ['refund.created', 'refund.updated', 'refund.failed'])).map(({ type }) => type);
    expect(types).toEqual(['refund.created', 'refund.updated', 'refund.failed']);
    const charge = (await stripe.paymentIntents.retrieve(failed, { expand: ['latest_charge'] })).latest_charge as Stripe.Charge;
    expect(charge).toMatchObject({ amount_refunded: 0, refunded: false });
  });

  it('1.2: an inquiry may become a dispute, and silence loses it', async () => {
    const intent = (await pay('payment')).payment_intent as string;
    await control(server, `charges/${intent}/dispute`, { inquiry: true, amount: 500 });
    const [inquiry] = (await stripe.disputes.list({ payment_intent: intent })).data;
    expect(inquiry).toMatchObject({ status: 'warning_needs_response', amount: 500 });
    await control(server, `disputes/${inquiry?.id ?? ''}/escalate`);
    expect(await told(inquiry?.id ?? '', ['charge.dispute.funds_withdrawn'])).toHaveLength(1);
    pass(10 * DAY_MS);
    expect((await stripe.disputes.retrieve(inquiry?.id ?? '')).status).toBe('lost');
    await control(server, `charges/${intent}/fraud_warning`);
    expect((await stripe.events.list({ type: 'radar.early_fraud_warning.created' })).data).toHaveLength(1);
  });
};

if (isLocal) describe('the stand-in, in time', inTime);
