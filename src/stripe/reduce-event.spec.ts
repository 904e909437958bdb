import { describe, expect, it } from '@jest/globals';
import { AT } from '../../test/support/samples.js';
import * as shapes from '../../test/support/stripe-shapes.js';
import { reduceEvent, reduceThinEvent, type VerifiedEvent } from './reduce-event.js';
import { reduceObject } from './reduce-object.js';

const event = (over: Partial<VerifiedEvent> = {}): VerifiedEvent => ({
  id: 'evt_1',
  type: 'checkout.session.completed',
  api_version: '2026-10-28.endive',
  livemode: false,
  created: 1_777_000_000,
  data: { object: shapes.session },
  ...over,
});
const expected = { livemode: false, apiVersion: '2026-10-28.endive' };
const nothing = {
  ...{ orderId: null, mode: null, status: null, paymentStatus: null, amountTotal: null, amountSubtotal: null, amountPaid: null },
  ...{ currency: null, paymentIntent: null, charge: null, subscription: null, customer: null, invoice: null },
  ...{ billingReason: null, paidThrough: null },
};

describe('a webhook, reduced', () => {
  it('keeps ids, amounts and our order of a checkout', () => {
    expect(reduceEvent(event(), expected, AT).data.object).toStrictEqual({
      ...nothing,
      ...{ id: 'cs_1', object: 'checkout.session', orderId: shapes.ORDER_ID, mode: 'payment', status: 'complete', paymentStatus: 'paid' },
      ...{ amountTotal: 1189, amountSubtotal: 999, currency: 'eur', paymentIntent: 'pi_1', customer: 'cus_1' },
      detail: { of: 'session', purpose: null, changeId: null, taxMinor: 190, discountMinor: 0, presented: null },
    });
  });

  it('keeps what a checkout is for, and what the customer saw in another currency', () => {
    const presentment_details = { presentment_amount: 1290, presentment_currency: 'usd' };
    const metadata = { ...shapes.session.metadata, purpose: 'change', change_id: 'change-1' };
    expect(reduceObject({ ...shapes.session, presentment_details, metadata }).detail).toMatchObject({
      purpose: 'change',
      changeId: 'change-1',
      presented: { amountMinor: 1290, currency: 'usd' },
    });
  });

  it('keeps of an invoice what it is for, what was paid, and how it stands', () => {
    expect(reduceObject(shapes.invoice)).toStrictEqual({
      ...nothing,
      ...{ id: 'in_1', object: 'invoice', orderId: shapes.ORDER_ID, status: 'paid', amountTotal: 1189, amountSubtotal: 999 },
      ...{ amountPaid: 1189, currency: 'eur', subscription: 'sub_1', customer: 'cus_1', billingReason: 'subscription_cycle' },
      paidThrough: 1_775_934_659,
      detail: {
        ...{ of: 'invoice', changeId: null, attempt: 1, nextAttemptAt: null, remainingMinor: 0, offStripeMinor: 0 },
        ...{ paidAt: 1_773_259_859, finalizationError: null, taxStatus: 'complete', writeOffReason: null },
        lines: [{ amountMinor: 999, periodStart: 1_773_256_259, periodEnd: 1_775_934_659, proration: false, priceId: 'price_1' }],
      },
    });
  });

  it('keeps of a subscription its state, its price and its period', () => {
    expect(reduceObject(shapes.subscription)).toStrictEqual({
      ...nothing,
      ...{ id: 'sub_1', object: 'subscription', orderId: shapes.ORDER_ID, status: 'active', customer: 'cus_1' },
      detail: {
        ...{ of: 'subscription', itemId: 'si_1', priceId: 'price_1', lookupKey: 'minecraft-4g-monthly', quantity: 1 },
        ...{ periodEnd: 1_775_934_659, cancelAt: null, cancelAtPeriodEnd: false, canceledAt: null, endedAt: null, endReason: null },
        ...{ collectionPaused: false, pausedAt: null, pauseReason: null, pendingUntil: null, schedule: null, latestInvoice: 'in_1' },
      },
    });
  });

  it('keeps of refunds, charges and disputes what moves and why', () => {
    const tied = { paymentIntent: 'pi_1', charge: 'ch_1', currency: 'eur' };
    expect(reduceObject(shapes.refund)).toStrictEqual({
      ...{ ...nothing, ...tied, id: 're_1', object: 'refund', orderId: shapes.ORDER_ID, status: 'succeeded' },
      detail: { of: 'refund', amountMinor: 400, callId: shapes.refund.metadata.refund_id, failureReason: null },
    });
    expect(reduceObject(shapes.charge)).toStrictEqual({
      ...{ ...nothing, ...tied, id: 'ch_1', object: 'charge', charge: null },
      detail: { of: 'charge', amountMinor: 1189, refundedMinor: 400, refunded: false },
    });
    expect(reduceObject({ ...shapes.dispute, balance_transactions: [shapes.withdrawal] })).toStrictEqual({
      ...{ ...nothing, ...tied, id: 'du_1', object: 'dispute', status: 'needs_response' },
      detail: {
        ...{ of: 'dispute', amountMinor: 1189, reason: 'fraudulent', evidenceDueBy: 1_774_000_000, isChargeRefundable: false },
        ...{ caseType: 'chargeback' },
        transactions: [{ id: 'txn_1', amountMinor: -1189, feeMinor: 2000, netMinor: -3189, currency: 'eur' }],
      },
    });
  });

  it('keeps how an invoice was paid: the only way from a payment intent to its invoice', () => {
    const payment = { type: 'payment_intent', payment_intent: 'pi_1' };
    const told = { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', amount_paid: 1189, currency: 'eur', payment };
    expect(reduceEvent(event({ type: 'invoice_payment.paid', data: { object: told } }), expected, AT).data.object).toStrictEqual({
      ...{
        ...nothing,
        id: 'inpay_1',
        object: 'invoice_payment',
        invoice: 'in_1',
        paymentIntent: 'pi_1',
        amountPaid: 1189,
        currency: 'eur',
      },
      detail: { of: 'invoicePayment', paymentType: 'payment_intent' },
    });
  });

  it('keeps only which object it was of what the intake does not read', () => {
    for (const type of ['charge.succeeded', 'payment_intent.succeeded', 'radar.early_fraud_warning.created', 'review.opened', 'new.thing'])
      expect(reduceEvent(event({ type }), expected, AT).data.object).toStrictEqual({ ...nothing, id: 'cs_1', object: 'checkout.session' });
  });

  it('keeps the names of what changed, not the values', () => {
    const data = { object: shapes.subscription, previous_attributes: { status: 'active', items: {} } };
    const updated = reduceEvent(event({ type: 'customer.subscription.updated', data }), expected, AT).data;
    expect(updated.changedFields).toStrictEqual(['items', 'status']);
    expect(Object.keys(reduceEvent(event(), expected, AT).data)).not.toContain('changedFields');
  });

  it.each(Object.entries(shapes).filter(([, shape]) => typeof shape === 'object'))('keeps nothing personal of: %s', (_name, shape) => {
    expect(JSON.stringify(reduceObject(shape))).not.toMatch(/ada|lovelace|somewhere|@|https|4242/i);
  });

  it('believes no order where two are named, and takes nobody’s address for an order', () => {
    expect(reduceObject({ ...shapes.session, client_reference_id: 'another-order' }).orderId).toBeNull();
    expect(reduceObject({ ...shapes.session, metadata: {} }).orderId).toBe(shapes.ORDER_ID);
    expect(reduceObject({ ...shapes.session, metadata: {}, client_reference_id: 'ada@example.com' }).orderId).toBeNull();
  });

  it.each([
    [{ livemode: true }, 'wrongMode'],
    [{ account: 'acct_1' }, 'foreignAccount'],
    [{ context: 'acct_1' }, 'foreignAccount'],
    [{ api_version: '2025-03-31.basil' }, 'otherApiRelease'],
    [{ api_version: null }, 'otherApiRelease'],
    [{ api_version: '2026-11-30.endive' }, null],
  ] as const)('is set aside when it is not for us: %j', (over, reason) => {
    expect(reduceEvent(event(over), expected, AT).data.quarantine).toBe(reason);
  });
});

describe('a thin event', () => {
  it('is kept as the pointer that it is', () => {
    const related_object = { id: 'in_1', type: 'invoice', url: '/v1/invoices/in_1' };
    const thin = { id: 'evt_2', type: 'v1.invoice.paid', livemode: false, created: '2026-11-01T10:00:00Z', related_object };
    expect(reduceThinEvent(thin, AT).data).toStrictEqual({
      ...{ stripeEventId: 'evt_2', type: 'v1.invoice.paid', apiVersion: null, livemode: false, created: 1_793_527_200 },
      ...{ quarantine: 'thinEvent', object: { ...nothing, id: 'in_1', object: 'invoice' }, receivedAt: AT },
    });
    expect(reduceThinEvent({ id: 'evt_3', type: 'v1.x' }, AT).data).toMatchObject({ created: Date.parse(AT) / 1000, object: { id: '' } });
  });
});
