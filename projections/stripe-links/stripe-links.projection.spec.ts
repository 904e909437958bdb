import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StripeObject } from '../../src/stripe/stripe.events.js';
import { sameRowsInAnyBatches } from '../../test/support/batches.js';
import { project, sample } from '../../test/support/project.js';
import { stripeLinks } from './stripe-links.projection.js';

const fold = project(stripeLinks);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const SESSION = 'cs_live_a1Qh7TtV0b4sYw2LrXk9PzJm3NcEd8FgUo5';
const INTENT = 'pi_3QK4dW2eZvKYlo2C1f8uXqLm';
const SUBSCRIPTION = 'sub_1QK4dX2eZvKYlo2CwY5nHs0a';
const untied = { orderId: null, session: null, paymentIntent: null, invoice: null, subscription: null, charge: null, customer: null };

const opened = sample('OrderCheckoutOpened');
const paid = sample('PaymentSucceeded');
const linked = sample('SubscriptionLinked');
const completed = sample('StripeEventReceived');
const refunded = sample('StripeEventReceived', 0, 'charge');
const told = (object: Partial<StripeObject>) => ({
  ...completed,
  data: { ...completed.data, object: { ...completed.data.object, ...object } },
});
const invoicePaid = told({ id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1' });

describe('stripe-links', () => {
  it('ties a checkout session to its order', () => {
    const row = { objectId: SESSION, ...untied, orderId: ORDER, seenAt: '2026-11-03T18:20:06.000Z' };
    expect(fold(opened)).toStrictEqual({ [SESSION]: row });
    expect(fold(opened, completed)).toStrictEqual({ [SESSION]: { ...row, paymentIntent: INTENT } });
  });

  it('ties a payment to its order, its session and its subscription', () => {
    const row = { objectId: INTENT, ...untied, orderId: ORDER, session: SESSION, seenAt: '2026-11-03T18:22:40.000Z' };
    expect(fold(paid)).toStrictEqual({ [INTENT]: row });
    const invoice = { ...paid, data: { ...paid.data, paymentId: 'in_1', sessionId: null, subscriptionId: SUBSCRIPTION } };
    expect(fold(invoice)).toStrictEqual({ in_1: { ...row, objectId: 'in_1', session: null, subscription: SUBSCRIPTION } });
  });

  it('ties a subscription to its order', () => {
    const row = { objectId: SUBSCRIPTION, ...untied, orderId: ORDER, customer: 'cus_RCb1xYz8Qw3T', seenAt: '2026-11-03T18:22:39.000Z' };
    expect(fold(linked)).toStrictEqual({ [SUBSCRIPTION]: row });
    const early = { ...linked, data: { ...linked.data, stripeCustomerId: '' } };
    expect(fold(early)).toStrictEqual({ [SUBSCRIPTION]: { ...row, customer: null } });
  });

  it('ties Stripe’s objects to each other, and believes none about its order', () => {
    const seenAt = '2026-11-03T18:22:40.000Z';
    expect(fold(completed)).toStrictEqual({ [SESSION]: { objectId: SESSION, ...untied, paymentIntent: INTENT, seenAt } });
    expect(fold(invoicePaid)).toStrictEqual({
      inpay_1: { objectId: 'inpay_1', ...untied, paymentIntent: INTENT, invoice: 'in_1', seenAt },
    });
    const { id, charge } = refunded.data.object;
    expect(charge).toMatch(/^ch_/);
    expect(fold(refunded)).toStrictEqual({
      [id]: { objectId: id, ...untied, paymentIntent: INTENT, charge, seenAt: refunded.data.receivedAt },
    });
  });

  it('has no row for what ties nothing or is not for us', () => {
    expect(fold(told({ paymentIntent: null }))).toStrictEqual({});
    expect(fold({ ...completed, data: { ...completed.data, quarantine: 'foreignAccount' } })).toStrictEqual({});
  });

  // Each row is told of by a fact of ours and by Stripe, so that either may be the later one.
  const byStripe = [completed, refunded, invoicePaid, told({ id: INTENT, subscription: SUBSCRIPTION }), told({ id: SUBSCRIPTION })];
  const events = [...byStripe, opened, paid, linked];

  it('comes to the same in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        expect(fold(...order)).toStrictEqual(fold(...events));
      }),
    );
  });

  it('is the same in any batches', () => {
    sameRowsInAnyBatches(stripeLinks, events);
    sameRowsInAnyBatches(stripeLinks, events.toReversed());
  });
});
