/** A subscription's life in time: renewals, failures and recovery, cancellation, plan changes. Against test mode it runs on a test clock. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { openBilling, refusal } from './target.js';
import type { Billing } from './target.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('billing by subscription', () => {
  let billing: Billing;
  let stripe: Stripe;
  let small: Stripe.Price;
  let large: Stripe.Price;
  let free: Stripe.Price;

  beforeAll(async () => {
    billing = await openBilling();
    stripe = billing.stripe;
    const product = await stripe.products.create({ name: 'Billing contract' });
    const monthly = (amount: number): Promise<Stripe.Price> =>
      stripe.prices.create({ product: product.id, currency: 'eur', unit_amount: amount, recurring: { interval: 'month' } });
    [small, large, free] = [await monthly(1000), await monthly(3000), await monthly(0)];
  });
  afterAll(() => billing.close());

  /** The way to pay that later invoices are asked from. */
  const payWith = async (customer: string, token: string): Promise<void> => {
    const method = await stripe.paymentMethods.attach(token, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  };
  const subscribe = async (price = small, metadata: Record<string, string> = {}): Promise<Stripe.Subscription> => {
    const customer = await billing.customer();
    await payWith(customer.id, 'pm_card_visa');
    return stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      billing_mode: { type: 'flexible' },
      metadata,
    });
  };
  const fresh = (subscription: Stripe.Subscription): Promise<Stripe.Subscription> => stripe.subscriptions.retrieve(subscription.id);
  const newest = async (subscription: Stripe.Subscription): Promise<Stripe.Invoice> => {
    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data;
    if (!invoice) throw new Error('no invoice');
    return invoice;
  };
  const itemOf = (subscription: Stripe.Subscription): Stripe.SubscriptionItem => subscription.items.data[0] as Stripe.SubscriptionItem;
  const toPeriodEnd = async (subscription: Stripe.Subscription): Promise<void> =>
    billing.advance(itemOf(await fresh(subscription)).current_period_end - billing.now() + 60);
  const failRenewal = async (): Promise<Stripe.Subscription> => {
    const subscription = await subscribe();
    await payWith(subscription.customer as string, 'pm_card_chargeCustomerFail');
    await toPeriodEnd(subscription);
    await billing.advance(2 * HOUR);
    return fresh(subscription);
  };
  const typesOf = async (type: string, objectId: string): Promise<number> =>
    (await stripe.events.list({ type, limit: 100 })).data.filter(({ data }) => (data.object as { id: string }).id === objectId).length;

  it('0: names subscription, price and period where this version has them', async () => {
    const subscription = await subscribe(small, { order_id: 'o-1' });
    const invoice = await newest(subscription);
    expect(subscription).toMatchObject({ status: 'active', latest_invoice: invoice.id, billing_mode: { type: 'flexible' } });
    expect(subscription).not.toHaveProperty('current_period_end');
    for (const gone of ['subscription', 'payment_intent', 'charge', 'paid', 'tax', 'payments']) expect(invoice).not.toHaveProperty(gone);
    expect(invoice).toMatchObject({
      status: 'paid',
      billing_reason: 'subscription_create',
      amount_paid: 1000,
      period_start: invoice.period_end,
      parent: { type: 'subscription_details', subscription_details: { subscription: subscription.id, metadata: { order_id: 'o-1' } } },
    });
    expect(invoice.lines.data[0]).toMatchObject({
      pricing: { type: 'price_details', price_details: { price: small.id } },
      period: { end: itemOf(subscription).current_period_end },
      parent: { type: 'subscription_item_details', subscription_item_details: { proration: false, subscription: subscription.id } },
    });
    const full = await stripe.invoices.retrieve(invoice.id, { expand: ['payments'] });
    expect(full.payments?.data[0]).toMatchObject({ status: 'paid', amount_paid: 1000, payment: { type: 'payment_intent' } });
  });

  it('3.4: a renewal moves the period at once, writes a draft, and asks an hour later', async () => {
    const subscription = await subscribe();
    const before = itemOf(subscription);
    await toPeriodEnd(subscription);
    const renewed = await fresh(subscription);
    const draft = await newest(subscription);
    expect(draft).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle', number: null });
    expect(renewed).toMatchObject({ status: 'active', latest_invoice: draft.id });
    expect(itemOf(renewed).current_period_start).toBe(before.current_period_end);
    await billing.advance(2 * HOUR);
    const paid = await newest(subscription);
    expect(paid).toMatchObject({ id: draft.id, status: 'paid', amount_paid: 1000, attempt_count: 1 });
    expect([paid.period_start, paid.period_end]).toEqual([before.current_period_start, before.current_period_end]);
    expect(paid.lines.data[0]?.period.end).toBe(itemOf(renewed).current_period_end);
    expect(await typesOf('invoice.paid', paid.id)).toBe(1);
  });

  it('3.4: a declined renewal is past due with a next try; paid by hand it is active, and the count stays', async () => {
    const subscription = await failRenewal();
    const open = await newest(subscription);
    expect(subscription.status).toBe('past_due');
    expect(open).toMatchObject({ status: 'open', attempt_count: 1, attempted: true, amount_remaining: 1000 });
    expect(open.next_payment_attempt).toBeGreaterThan(billing.now());
    expect(await refusal(stripe.invoices.pay(open.id))).toMatchObject({ statusCode: 402, type: 'StripeCardError', code: 'card_declined' });
    expect(await newest(subscription)).toMatchObject({ status: 'open', attempt_count: 1 });
    await payWith(subscription.customer as string, 'pm_card_visa');
    expect(await stripe.invoices.pay(open.id)).toMatchObject({ status: 'paid', amount_paid: 1000, next_payment_attempt: null });
    expect((await fresh(subscription)).status).toBe('active');
    expect((await refusal(stripe.invoices.pay(open.id))).statusCode).toBe(400);
  });

  it('1.1: a void invoice is owed no more and the subscription is in good standing', async () => {
    const subscription = await failRenewal();
    const { id } = await newest(subscription);
    expect(await stripe.invoices.voidInvoice(id)).toMatchObject({ status: 'void', amount_paid: 0 });
    expect((await fresh(subscription)).status).toBe('active');
    expect((await refusal(stripe.invoices.pay(id))).statusCode).toBe(400);
    expect((await refusal(stripe.invoices.voidInvoice(id))).statusCode).toBe(400);
  });

  it('1.1: money from outside counts as paid', async () => {
    const subscription = await failRenewal();
    const { id } = await newest(subscription);
    expect(await stripe.invoices.pay(id, { paid_out_of_band: true })).toMatchObject({ status: 'paid', amount_remaining: 0 });
    expect(await typesOf('invoice.paid', id)).toBe(1);
    expect((await fresh(subscription)).status).toBe('active');
  });

  it('1.1: nothing owed is paid with nothing', async () => {
    const subscription = await subscribe(free);
    expect(await newest(subscription)).toMatchObject({ status: 'paid', amount_due: 0, amount_paid: 0 });
    expect((await stripe.invoicePayments.list({ invoice: (await newest(subscription)).id })).data).toEqual([]);
  });

  it('2: cancels at the period’s end, takes it back, and ends', async () => {
    const subscription = await subscribe();
    const { current_period_end: end } = itemOf(subscription);
    const planned = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(planned).toMatchObject({ status: 'active', cancel_at_period_end: true, cancel_at: end });
    expect(planned.cancellation_details?.reason).toBe('cancellation_requested');
    const undone = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(undone).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
    const asPortal = await stripe.subscriptions.update(subscription.id, { cancel_at: 'min_period_end' });
    expect(asPortal).toMatchObject({ cancel_at_period_end: false, cancel_at: end });
    expect(await stripe.subscriptions.update(subscription.id, { cancel_at: '' })).toMatchObject({ cancel_at: null });
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await toPeriodEnd(subscription);
    expect(await fresh(subscription)).toMatchObject({ status: 'canceled', ended_at: end });
    expect(await typesOf('customer.subscription.deleted', subscription.id)).toBe(1);
    expect((await refusal(stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }))).statusCode).toBe(400);
  });

  it('2: cancelled now, what is open stays open and is asked no more', async () => {
    const subscription = await failRenewal();
    expect(await stripe.subscriptions.cancel(subscription.id)).toMatchObject({ status: 'canceled' });
    const open = await newest(subscription);
    expect(open).toMatchObject({ status: 'open', auto_advance: false, next_payment_attempt: null });
    await stripe.invoices.voidInvoice(open.id);
    expect((await fresh(subscription)).status).toBe('canceled');
    const listed = await stripe.subscriptions.list({ customer: subscription.customer as string });
    expect(listed.data).toEqual([]);
  });

  it('2: an upgrade costs what the preview said, as one negative and one positive line', async () => {
    const subscription = await subscribe();
    await billing.advance(10 * DAY);
    const item = itemOf(subscription).id;
    const date = billing.now();
    const details = { items: [{ id: item, price: large.id }], proration_date: date, proration_behavior: 'always_invoice' as const };
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: details });
    expect((await fresh(subscription)).items.data[0]?.price.id).toBe(small.id);
    const changed = await stripe.subscriptions.update(subscription.id, { ...details, payment_behavior: 'pending_if_incomplete' });
    expect(changed.pending_update).toBeNull();
    expect(itemOf(changed)).toMatchObject({
      id: item,
      price: { id: large.id },
      current_period_end: itemOf(subscription).current_period_end,
    });
    const invoice = await newest(subscription);
    expect(invoice).toMatchObject({ billing_reason: 'subscription_update', status: 'paid', amount_paid: preview.amount_due });
    expect(invoice.lines.data.map((line) => line.parent?.subscription_item_details?.proration)).toEqual([true, true]);
    const [credit = 0, debit = 0] = invoice.lines.data.map(({ amount }) => amount).sort((a, b) => a - b);
    expect(credit).toBeLessThan(0);
    expect(credit + debit).toBe(invoice.total);
    expect(Math.abs(debit + 3 * credit)).toBeLessThanOrEqual(2);
  });

  it('1.1: a downgrade leaves credit, which is no refund and pays the next invoice', async () => {
    const subscription = await subscribe(large);
    await billing.advance(10 * DAY);
    const items = [{ id: itemOf(subscription).id, price: small.id }];
    await stripe.subscriptions.update(subscription.id, { items, proration_behavior: 'always_invoice' });
    const invoice = await newest(subscription);
    expect(invoice).toMatchObject({ status: 'paid', amount_paid: 0, amount_due: 0, ending_balance: invoice.total });
    expect(invoice.total).toBeLessThan(0);
    const customer = (await stripe.customers.retrieve(subscription.customer as string)) as Stripe.Customer;
    expect(customer.balance).toBe(invoice.total);
    await toPeriodEnd(subscription);
    await billing.advance(2 * HOUR);
    const renewal = await newest(subscription);
    expect(renewal).toMatchObject({ status: 'paid', starting_balance: invoice.total, amount_paid: Math.max(0, 1000 + invoice.total) });
  });

  it('2: a change that nobody pays for waits, and counts once it is paid', async () => {
    const subscription = await subscribe();
    await billing.advance(5 * DAY);
    await payWith(subscription.customer as string, 'pm_card_chargeCustomerFail');
    const change = {
      items: [{ id: itemOf(subscription).id, price: large.id }],
      proration_behavior: 'always_invoice' as const,
      payment_behavior: 'pending_if_incomplete' as const,
    };
    const waiting = await stripe.subscriptions.update(subscription.id, change);
    expect(waiting).toMatchObject({ status: 'active', pending_update: { subscription_items: [{ price: { id: large.id } }] } });
    expect(itemOf(waiting).price.id).toBe(small.id);
    await stripe.invoices.pay(waiting.latest_invoice as string, {
      payment_method: (await stripe.paymentMethods.attach('pm_card_visa', { customer: subscription.customer as string })).id,
    });
    const applied = await fresh(subscription);
    expect(applied.pending_update).toBeNull();
    expect(itemOf(applied).price.id).toBe(large.id);
    expect(await typesOf('customer.subscription.pending_update_applied', subscription.id)).toBe(1);
    const error = await refusal(stripe.subscriptions.update(subscription.id, { ...change, items: [{ id: 'si_none', price: large.id }] }));
    expect(error.statusCode).toBe(400);
  });

  it('2: prorations that are not invoiced at once wait for the renewal', async () => {
    const subscription = await subscribe();
    await billing.advance(10 * DAY);
    await stripe.subscriptions.update(subscription.id, { items: [{ id: itemOf(subscription).id, price: large.id }] });
    const upcoming = await stripe.invoices.createPreview({ subscription: subscription.id });
    await toPeriodEnd(subscription);
    await billing.advance(2 * HOUR);
    const renewal = await newest(subscription);
    expect(renewal.lines.data).toHaveLength(3);
    expect(renewal).toMatchObject({ billing_reason: 'subscription_cycle', status: 'paid', total: upcoming.total });
  });

  it('0: what is no longer taken is refused', async () => {
    const subscription = await subscribe();
    const anchor = stripe.subscriptions.update(subscription.id, {
      billing_cycle_anchor: 'now',
    } as unknown as Stripe.SubscriptionUpdateParams);
    expect(await refusal(anchor)).toMatchObject({ statusCode: 400, param: 'billing_cycle_anchor' });
    expect((await refusal(stripe.rawRequest('GET', '/v1/invoices/upcoming'))).statusCode).toBe(404);
  });
});
