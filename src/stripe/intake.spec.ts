/** One case for each row of the contract's table of events. */
import { describe, expect, it } from '@jest/globals';
import * as shapes from '../../test/support/stripe-shapes.js';
import type { ToldFact } from '../payments/payment.events.js';
import { interpret, moneyIn, wantsFresh } from './intake.js';
import { READ_TYPES } from './reduce-event.js';
import { reduceObject } from './reduce-object.js';
import type { Told } from './told.js';

const CREATED = 1_777_000_000;
const CREATED_AT = '2026-04-24T03:06:40.000Z';
const receivedAt = '2026-04-24T03:07:00.000Z';
const about = { orderId: shapes.ORDER_ID, customerId: 'c-1', planId: 'minecraft-4g', region: 'eu', term: 'monthly' } as const;
const subject = { about, paymentId: 'pi_1' };

const told = (type: string, snapshot: object, now: object = snapshot): Told => ({
  ...{ type, snapshot: reduceObject(snapshot), object: reduceObject(now), created: CREATED, receivedAt },
});
const meaning = (type: string, snapshot: object, now?: object) => interpret(told(type, snapshot, now), subject);
const record = (...facts: ToldFact[]) => ({ do: 'record', facts });
const nothing = { do: 'nothing' };
const eur = (amountMinor: number) => ({ amountMinor, currency: 'eur' });

const paidOnce = {
  ...{ paymentId: 'pi_1', total: eur(1189), subtotal: eur(999), sessionId: 'cs_1', subscriptionId: null, paidThrough: null },
  ...{ paidAt: CREATED_AT, receivedAt },
};
const ofSession = { ...about, paymentId: 'pi_1', sessionId: 'cs_1', amount: eur(1189), receivedAt };
const unpaid = { ...shapes.session, payment_status: 'unpaid' };

describe('a checkout', () => {
  it.each(['checkout.session.completed', 'checkout.session.async_payment_succeeded'])('that is paid is money, by %s', (type) =>
    expect(meaning(type, shapes.session)).toStrictEqual(
      record({ type: 'PaymentSucceeded', data: { ...about, ...paidOnce, kind: 'initial' } }),
    ),
  );
  it('of a free order is booked under its session', () => {
    const free = { ...shapes.session, payment_status: 'no_payment_required', payment_intent: null, amount_total: 0 };
    expect(meaning('checkout.session.completed', free)).toStrictEqual(
      record({ type: 'PaymentSucceeded', data: { ...about, ...paidOnce, kind: 'initial', paymentId: 'cs_1', total: eur(0) } }),
    );
  });
  it.each([
    [{ purpose: 'extension' }, { kind: 'extension' }],
    [
      { purpose: 'change', change_id: 'change-1' },
      { kind: 'change', changeId: 'change-1' },
    ],
    [{ purpose: 'gift' }, { kind: 'initial' }],
  ] as const)('with %j pays for that', (metadata, kind) => {
    const session = { ...shapes.session, metadata: { ...shapes.session.metadata, ...metadata } };
    expect(meaning('checkout.session.completed', session)).toStrictEqual(
      record({ type: 'PaymentSucceeded', data: { ...about, ...paidOnce, ...kind } }),
    );
  });
  it('whose money is on its way is pending, and paid when Stripe says so by now', () => {
    expect(meaning('checkout.session.completed', unpaid)).toStrictEqual(record({ type: 'PaymentPending', data: ofSession }));
    expect(meaning('checkout.session.completed', unpaid, shapes.session)).toMatchObject(record({ type: 'PaymentSucceeded' } as never));
  });
  it('of a subscription only links it', () => {
    const session = { ...shapes.session, mode: 'subscription', subscription: 'sub_1', invoice: 'in_1', payment_intent: null };
    const data = { orderId: shapes.ORDER_ID, subscriptionId: 'sub_1', stripeCustomerId: 'cus_1', linkedAt: receivedAt };
    expect(meaning('checkout.session.completed', session)).toStrictEqual(record({ type: 'SubscriptionLinked', data }));
  });
  it('that only sets up a way to pay is no money', () =>
    expect(meaning('checkout.session.completed', { ...shapes.session, mode: 'setup' })).toStrictEqual(nothing));
  it('whose money did not come has failed', () =>
    expect(meaning('checkout.session.async_payment_failed', unpaid)).toStrictEqual(
      record({ type: 'PaymentFailed', data: { ...ofSession, code: 'asyncPaymentFailed' } }),
    ));
  it('that expired ends that attempt', () =>
    expect(meaning('checkout.session.expired', { ...shapes.session, status: 'expired' })).toStrictEqual({
      ...{ do: 'expireCheckout', sessionId: 'cs_1' },
    }));
});

const ofInvoice = { ...about, invoiceId: 'in_1', subscriptionId: 'sub_1', receivedAt };
const paidInvoice = {
  ...{ paymentId: 'in_1', total: eur(1189), subtotal: eur(999), sessionId: null, subscriptionId: 'sub_1' },
  ...{ paidThrough: '2026-04-11T19:10:59.000Z', paidAt: '2026-03-11T20:10:59.000Z', receivedAt },
};
const open = {
  ...{ ...shapes.invoice, status: 'open', amount_paid: 0, amount_remaining: 1189, attempt_count: 2, next_payment_attempt: CREATED },
  status_transitions: { paid_at: null },
};
const failed = {
  ...{ type: 'InvoicePaymentFailed' as const },
  data: {
    ...{ ...ofInvoice, purpose: 'renewal' as const, attempt: 2, remaining: eur(1189), nextAttemptAt: CREATED_AT, failedAt: CREATED_AT },
  },
};

describe('an invoice', () => {
  it.each([
    ['subscription_create', 'initial'],
    ['subscription_cycle', 'renewal'],
    ['subscription_update', 'change'],
    ['manual', 'other'],
    ['subscription_threshold', 'other'],
  ] as const)('that is paid for %s is money: %s', (billing_reason, kind) =>
    expect(meaning('invoice.paid', { ...shapes.invoice, billing_reason })).toStrictEqual(
      record({ type: 'PaymentSucceeded', data: { ...about, ...paidInvoice, kind } }),
    ),
  );
  it('of a change names the change', () => {
    const details = { subscription: 'sub_1', metadata: { order_id: shapes.ORDER_ID, change_id: 'change-1' } };
    const parent = { ...shapes.invoice.parent, subscription_details: details };
    const change = { ...shapes.invoice, parent, billing_reason: 'subscription_update' };
    expect(moneyIn(told('invoice.paid', change))).toStrictEqual({ ...paidInvoice, kind: 'change', changeId: 'change-1' });
    expect(moneyIn(told('invoice.paid', { ...shapes.invoice, parent }))).toStrictEqual({ ...paidInvoice, kind: 'renewal' });
  });
  it('paid past Stripe says how much of it', () => {
    const cash = { ...shapes.invoice, amount_paid_off_stripe: 1189 };
    expect(meaning('invoice.paid', cash)).toStrictEqual(
      record({ type: 'PaymentSucceeded', data: { ...about, ...paidInvoice, kind: 'renewal', offStripeMinor: 1189 } }),
    );
    expect(moneyIn(told('invoice.paid', cash))).toBeNull();
  });
  it('that failed says which attempt, as it was told, and that it is paid by now', () => {
    expect(meaning('invoice.payment_failed', open)).toStrictEqual(record(failed));
    expect(meaning('invoice.payment_failed', open, shapes.invoice)).toStrictEqual(
      record(failed, { type: 'PaymentSucceeded', data: { ...about, ...paidInvoice, kind: 'renewal' } }),
    );
    expect(meaning('invoice.payment_failed', open, { ...open, status: 'void' })).toStrictEqual(
      record(failed, { type: 'InvoiceWrittenOff', data: { ...ofInvoice, status: 'void' } }),
    );
    expect(meaning('invoice.payment_failed', { ...open, next_payment_attempt: null })).toStrictEqual(
      record({ ...failed, data: { ...failed.data, nextAttemptAt: null } }),
    );
  });
  it('that the customer must confirm says so, unless it is paid by now', () => {
    const type = 'invoice.payment_action_required';
    expect(meaning(type, open)).toStrictEqual(record({ type: 'InvoiceActionNeeded', data: ofInvoice }));
    expect(meaning(type, open, shapes.invoice)).toMatchObject(record({ type: 'PaymentSucceeded' } as never));
  });
  it.each([
    [{ last_finalization_error: { code: 'customer_tax_location_invalid', message: 'Ada lives nowhere' } }, 'customer_tax_location_invalid'],
    [{ automatic_tax: { status: 'requires_location_inputs' } }, 'requires_location_inputs'],
    [{ automatic_tax: null }, 'unknown'],
  ])('that cannot be finalized is blocked: %j', (over, code) =>
    expect(meaning('invoice.finalization_failed', { ...open, ...over })).toStrictEqual(
      record({ type: 'InvoiceBlocked', data: { ...ofInvoice, code } }),
    ),
  );
  it.each([
    ['invoice.voided', 'void'],
    ['invoice.marked_uncollectible', 'uncollectible'],
  ] as const)('is written off by %s', (type, status) =>
    expect(meaning(type, { ...open, status })).toStrictEqual(record({ type: 'InvoiceWrittenOff', data: { ...ofInvoice, status } })),
  );
  it('and the payment intent that paid it are only linked', () =>
    expect(meaning('invoice_payment.paid', { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1' })).toStrictEqual(nothing));
});

describe('an attempt to pay', () => {
  const attempt = {
    ...{ ...about, paymentId: 'pi_1', chargeId: 'ch_1', amount: eur(1189) },
    ...{ code: 'card_declined', declineCode: 'insufficient_funds', failedAt: CREATED_AT, receivedAt },
    kind: 'initial',
  } as const;
  it('that failed is a fact of its charge, whatever became of the intent since', () => {
    const type = 'payment_intent.payment_failed';
    const paid = { ...shapes.declinedIntent, status: 'succeeded', last_payment_error: null };
    expect(meaning(type, shapes.declinedIntent)).toStrictEqual(record({ type: 'PaymentAttemptFailed', data: attempt }));
    expect(meaning(type, shapes.declinedIntent, paid)).toStrictEqual(record({ type: 'PaymentAttemptFailed', data: attempt }));
  });
  it('for another term says so, and one without a charge has none', () => {
    const metadata = { ...shapes.declinedIntent.metadata, purpose: 'extension' };
    const unknown = { ...shapes.declinedIntent, metadata, last_payment_error: { code: 'payment_intent_authentication_failure' } };
    expect(meaning('payment_intent.payment_failed', unknown)).toStrictEqual(
      record({
        type: 'PaymentAttemptFailed',
        data: { ...attempt, kind: 'extension', chargeId: null, code: 'payment_intent_authentication_failure', declineCode: null },
      }),
    );
  });
});

describe('what would book the same money twice, or means nothing to us', () => {
  it.each(['payment_intent.succeeded', 'charge.succeeded', 'invoice.payment_succeeded', 'radar.early_fraud_warning.created', 'some.new'])(
    'is left alone: %s',
    (type) => expect(meaning(type, shapes.session)).toStrictEqual(nothing),
  );
  it.each(['checkout.session.new', 'customer.subscription.trial_will_end', 'invoice.created', 'charge.dispute.new'])(
    'also under words we know: %s',
    (type) => expect(meaning(type, shapes.invoice)).toStrictEqual(nothing),
  );
  it('is no money', () => {
    expect(moneyIn(told('invoice.payment_succeeded', shapes.invoice))).toBeNull();
    expect(moneyIn(told('checkout.session.completed', { ...shapes.session, mode: 'subscription' }))).toBeNull();
    expect(moneyIn(told('checkout.session.completed', { ...shapes.session, amount_total: 0 }))).toBeNull();
  });
});

it('Stripe is asked again where the snapshot may be stale, and where it says too little', () => {
  const full = reduceObject(shapes.invoice);
  expect([...READ_TYPES].filter((type) => !wantsFresh(type, full))).toStrictEqual([
    ...['checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed', 'checkout.session.expired'],
    'payment_intent.payment_failed',
    ...['customer.subscription.deleted', 'invoice.paid', 'invoice.finalization_failed', 'invoice.voided', 'invoice.marked_uncollectible'],
    ...['invoice_payment.paid', 'refund.created', 'refund.updated', 'refund.failed', 'charge.refunded', 'charge.dispute.created'],
    ...['charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated', 'charge.dispute.closed'],
  ]);
  const { detail: _none, ...before } = full;
  expect(wantsFresh('invoice.paid', before)).toBe(true);
  expect(wantsFresh('invoice.paid', reduceObject({ ...shapes.invoice, lines: { ...shapes.invoice.lines, has_more: true } }))).toBe(true);
});
