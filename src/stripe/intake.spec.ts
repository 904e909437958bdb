import { describe, expect, it } from '@jest/globals';
import { AT } from '../../test/support/samples.js';
import { interpret, wantsFresh } from './intake.js';
import { reduceEvent, reduceObject, type VerifiedEvent } from './reduce-event.js';

const session = {
  id: 'cs_1',
  object: 'checkout.session',
  mode: 'payment',
  status: 'complete',
  payment_status: 'paid',
  amount_total: 1189,
  amount_subtotal: 999,
  currency: 'eur',
  payment_intent: 'pi_1',
  metadata: { order_id: 'o-1' },
  client_reference_id: 'o-1',
  customer_details: { email: 'someone@example.com', name: 'Some One' },
};
const invoice = {
  id: 'in_1',
  object: 'invoice',
  status: 'paid',
  billing_reason: 'subscription_create',
  amount_paid: 999,
  subtotal: 999,
  total: 999,
  currency: 'eur',
  customer: 'cus_1',
  parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1', metadata: { order_id: 'o-1' } } },
  lines: {
    data: [
      { amount: 999, period: { end: 1_780_000_000 }, parent: { subscription_item_details: { proration: false } } },
      { amount: -50, period: { end: 1_990_000_000 }, parent: { subscription_item_details: { proration: false } } },
      { amount: 50, period: { end: 1_990_000_001 }, parent: { subscription_item_details: { proration: true } } },
    ],
  },
};
const event = (over: Partial<VerifiedEvent> = {}): VerifiedEvent => ({
  id: 'evt_1',
  type: 'checkout.session.completed',
  api_version: '2026-10-28.endive',
  livemode: false,
  created: 1_777_000_000,
  data: { object: session },
  ...over,
});
const expected = { livemode: false, apiVersion: '2026-10-28.endive' };

describe('a webhook, reduced', () => {
  it('keeps ids, amounts and our order, and nothing personal', () => {
    const { data } = reduceEvent(event(), expected, AT);
    expect(data.object).toStrictEqual({
      ...{ id: 'cs_1', object: 'checkout.session', orderId: 'o-1', mode: 'payment', status: 'complete', paymentStatus: 'paid' },
      ...{
        amountTotal: 1189,
        amountSubtotal: 999,
        amountPaid: null,
        currency: 'eur',
        paymentIntent: 'pi_1',
        charge: null,
        subscription: null,
      },
      ...{ customer: null, invoice: null, billingReason: null, paidThrough: null },
    });
    expect(JSON.stringify(data)).not.toContain('someone');
  });
  it('finds order, subscription and paid-through date of an invoice in its parent and lines', () => {
    expect(reduceObject(invoice)).toMatchObject({ orderId: 'o-1', subscription: 'sub_1', amountPaid: 999, paidThrough: 1_780_000_000 });
  });
  it('keeps only type and id of what the intake does not read', () => {
    const { data } = reduceEvent(event({ type: 'charge.succeeded' }), expected, AT);
    expect(data.object).toMatchObject({ id: 'cs_1', orderId: null, amountTotal: null });
  });
  it('keeps how Stripe’s objects belong together, and nothing else of them', () => {
    const nothing = reduceEvent(event({ type: 'something.new', data: { object: {} } }), expected, AT).data.object;
    const refund = { ...session, id: 're_1', object: 'refund', charge: 'ch_1', payment_intent: 'pi_1' };
    const ofRefund = reduceEvent(event({ type: 'refund.created', data: { object: refund } }), expected, AT).data.object;
    expect(ofRefund).toStrictEqual({ ...nothing, id: 're_1', object: 'refund', charge: 'ch_1', paymentIntent: 'pi_1' });
    const payment = { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { payment_intent: 'pi_1' } };
    const ofPayment = reduceEvent(event({ type: 'invoice_payment.paid', data: { object: payment } }), expected, AT).data.object;
    expect(ofPayment).toStrictEqual({ ...nothing, id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', paymentIntent: 'pi_1' });
  });
  it.each([
    [{ livemode: true }, 'wrongMode'],
    [{ account: 'acct_1' }, 'foreignAccount'],
    [{ api_version: '2025-03-31.basil' }, 'otherApiRelease'],
    [{ api_version: '2026-11-30.endive' }, null],
  ] as const)('is set aside when it is not for us: %j', (over, reason) => {
    expect(reduceEvent(event(over), expected, AT).data.quarantine).toBe(reason);
  });
});

describe('the meaning of a Stripe event', () => {
  const of = (type: string, over: object) => interpret(type, reduceObject({ ...session, ...over }));
  it('books the money of a paid session under its payment intent', () =>
    expect(of('checkout.session.completed', {})).toStrictEqual({
      do: 'recordPayment',
      paymentId: 'pi_1',
      kind: 'initial',
      totalMinor: 1189,
    }));
  it('books a free order under its session', () =>
    expect(
      of('checkout.session.completed', { payment_status: 'no_payment_required', payment_intent: null, amount_total: 0 }),
    ).toStrictEqual({
      ...{ do: 'recordPayment', paymentId: 'cs_1', kind: 'initial', totalMinor: 0 },
    }));
  it('books nothing from a session that only sets up a way to pay', () =>
    expect(of('checkout.session.completed', { mode: 'setup', payment_status: 'no_payment_required', payment_intent: null })).toStrictEqual({
      do: 'nothing',
    }));
  it('waits for money that is on its way', () => {
    expect(of('checkout.session.completed', { payment_status: 'unpaid' })).toStrictEqual({ do: 'recordPending', paymentId: 'pi_1' });
    expect(of('checkout.session.async_payment_failed', { payment_status: 'unpaid' })).toStrictEqual({
      do: 'recordFailed',
      paymentId: 'pi_1',
    });
  });
  it('books no money from the session of a subscription, only the link', () =>
    expect(of('checkout.session.completed', { mode: 'subscription', subscription: 'sub_1', payment_intent: null })).toStrictEqual({
      ...{ do: 'linkSubscription', subscriptionId: 'sub_1' },
    }));
  it('books the invoices of a subscription', () => {
    expect(interpret('invoice.paid', reduceObject(invoice))).toStrictEqual({
      do: 'recordPayment',
      paymentId: 'in_1',
      kind: 'initial',
      totalMinor: 999,
    });
    const renewal = reduceObject({ ...invoice, billing_reason: 'subscription_cycle' });
    expect(interpret('invoice.paid', renewal)).toMatchObject({ do: 'recordPayment', kind: 'renewal' });
  });
  it('ends a checkout that expired', () =>
    expect(of('checkout.session.expired', { status: 'expired' })).toStrictEqual({ do: 'expireCheckout' }));
  it('does nothing with what would book the same money twice', () => {
    for (const type of ['payment_intent.succeeded', 'charge.succeeded', 'invoice.payment_succeeded', 'something.new'])
      expect(of(type, {})).toStrictEqual({ do: 'nothing' });
  });
  it('asks Stripe again where the snapshot may be stale', () => {
    expect([wantsFresh('checkout.session.completed'), wantsFresh('invoice.paid')]).toStrictEqual([true, false]);
  });
});
