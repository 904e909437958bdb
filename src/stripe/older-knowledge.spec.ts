/** What older knowledge of Stripe's API gets wrong: a test for each row of that list that our reading could get wrong. */
import { describe, expect, it } from '@jest/globals';
import * as shapes from '../../test/support/stripe-shapes.js';
import { interpret } from './intake.js';
import { reduceObject } from './reduce-object.js';

const AT = '2026-04-24T03:07:00.000Z';
const about = { orderId: shapes.ORDER_ID, customerId: 'c-1', planId: 'p', region: 'eu', term: 'monthly' } as const;
const factsOf = (type: string, value: object) => {
  const object = reduceObject(value);
  const action = interpret({ type, snapshot: object, object, created: 1, receivedAt: AT }, { about, paymentId: null });
  return action.do === 'record' ? action.facts : [];
};
const { parent: _parent, ...orphan } = shapes.invoice;

describe('an invoice', () => {
  it('names its subscription in `parent.subscription_details`, not in `subscription`', () =>
    expect(reduceObject({ ...shapes.invoice, subscription: 'sub_old' }).subscription).toBe('sub_1'));
  it('carries our order in `parent.subscription_details.metadata`, not in `subscription_details.metadata`', () =>
    expect(reduceObject({ ...orphan, subscription_details: { metadata: { order_id: shapes.ORDER_ID } } }).orderId).toBeNull());
  it('is paid when its `status` says so; `paid` and `paid_out_of_band` are gone', () => {
    const cash = { ...shapes.invoice, paid: false, paid_out_of_band: false, amount_paid_off_stripe: 1189 };
    expect(factsOf('invoice.paid', cash)).toMatchObject([{ type: 'PaymentSucceeded', data: { offStripeMinor: 1189 } }]);
    const open = { ...shapes.invoice, status: 'open', paid: true };
    expect(factsOf('invoice.payment_action_required', open)).toMatchObject([{ type: 'InvoiceActionNeeded' }]);
  });
  it('is booked under its own name: what `payment_intent` and `charge` said is told by invoice payments alone', () => {
    expect(factsOf('invoice.paid', { ...shapes.invoice, payment_intent: 'pi_old', charge: 'ch_old' })).toMatchObject([
      { data: { paymentId: 'in_1' } },
    ]);
    const payment = {
      id: 'inpay_1',
      object: 'invoice_payment',
      invoice: 'in_1',
      payment: { type: 'payment_intent', payment_intent: 'pi_1' },
    };
    expect(reduceObject(payment)).toMatchObject({ invoice: 'in_1', paymentIntent: 'pi_1' });
  });
  it('counts as paid with `amount_paid`, not with `total`', () => {
    const credited = { ...shapes.invoice, billing_reason: 'subscription_update', total: -300, amount_paid: 0 };
    expect(factsOf('invoice.paid', credited)).toMatchObject([{ type: 'PaymentSucceeded', data: { total: { amountMinor: 0 } } }]);
  });
  it('pays through the latest period of its lines, not until `period_end`, which is the period before', () => {
    const { paidThrough } = reduceObject(shapes.invoice);
    expect([paidThrough, paidThrough === shapes.invoice.period_end]).toStrictEqual([1_775_934_659, false]);
  });
  it.each([
    ['a proration', shapes.proration(500, 1_999_999_999)],
    ['a credit', shapes.line({ amount: -500, period: { start: 1, end: 1_999_999_999 } })],
    ['an item of another kind', shapes.line({ parent: { type: 'invoice_item_details' }, period: { start: 1, end: 1_999_999_999 } })],
  ])('is not paid through by a line that is %s, whatever a top-level `proration` or `type` says', (_what, line) => {
    const data = [shapes.line(), { ...line, proration: false, type: 'subscription' }];
    expect(reduceObject({ ...shapes.invoice, lines: { data } }).paidThrough).toBe(1_775_934_659);
  });
  it('names the price of a line in `pricing.price_details`, not in `price` or `plan`', () => {
    const line = { ...shapes.line(), price: { id: 'price_old' }, plan: { id: 'plan_old' } };
    expect(reduceObject({ ...shapes.invoice, lines: { data: [line] } }).detail).toMatchObject({ lines: [{ priceId: 'price_1' }] });
  });
});

describe('a charge', () => {
  it('names no invoice: `charge.invoice` is gone', () =>
    expect(reduceObject({ ...shapes.charge, invoice: null })).toMatchObject({ invoice: null, paymentIntent: 'pi_1' }));
  it('does not list its refunds, which are asked for: `refunds` is not read', () =>
    expect(JSON.stringify(reduceObject({ ...shapes.charge, refunds: { data: [shapes.refund] } }))).not.toContain('re_1'));
});

describe('a subscription', () => {
  const observed = (over: object) => factsOf('customer.subscription.updated', { ...shapes.subscription, ...over });
  it('has its period on its item, not at the top', () =>
    expect(observed({ current_period_end: 1, current_period_start: 0 })).toMatchObject([
      { data: { facts: { periodEnd: '2026-04-11T19:10:59.000Z' } } },
    ]));
  it('is scheduled to end by `cancel_at` alone where the portal does it, by `cancel_at_period_end` where we do', () => {
    expect(observed({ cancel_at: 1_775_000_000, cancel_at_period_end: false })).toMatchObject([
      { data: { facts: { cancelAt: '2026-03-31T23:33:20.000Z' } } },
    ]);
    expect(observed({ cancel_at: null, cancel_at_period_end: true })).toMatchObject([
      { data: { facts: { cancelAt: '2026-04-11T19:10:59.000Z' } } },
    ]);
  });
  it('may be paused for real, which is another thing than paused collection', () => {
    expect(observed({ status: 'paused' })).toMatchObject([{ data: { facts: { status: 'paused', collectionPaused: false } } }]);
    expect(observed({ pause_collection: { behavior: 'void' } })).toMatchObject([
      { data: { facts: { status: 'active', collectionPaused: true } } },
    ]);
  });
  it('that is active is no money: nothing is provisioned by its state', () => {
    for (const type of ['customer.subscription.created', 'customer.subscription.updated'])
      expect(factsOf(type, shapes.subscription).map((fact) => fact.type)).not.toContain('PaymentSucceeded');
  });
});

it('amounts are read from the integer fields: `unit_amount_decimal`, a text here and an object in answers, is not kept', () => {
  for (const shape of [shapes.invoice, shapes.subscription]) expect(JSON.stringify(reduceObject(shape))).not.toContain('decimal');
});
it('a state, reason or type that is new crashes nothing', () => {
  const strange = { status: 'dreaming', billing_reason: 'whim', cancellation_details: { reason: 'boredom' } };
  for (const [type, shape] of [
    ['customer.subscription.updated', shapes.subscription],
    ['invoice.paid', shapes.invoice],
    ['refund.updated', shapes.refund],
    ['charge.dispute.updated', shapes.dispute],
    ['checkout.session.completed', shapes.session],
  ] as const)
    expect(() => factsOf(type, { ...shape, ...strange })).not.toThrow();
});
