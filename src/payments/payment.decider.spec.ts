import { describe, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER, ORDER } from '../../test/support/samples.js';
import { paymentDecider, recordFacts } from './payment.decider.js';
import type { PaymentFailed, PaymentPending, PaymentSucceeded, SubscriptionLinked } from './payment.events.js';

const given = specification(paymentDecider);
const amount = { amountMinor: 999, currency: 'eur' };
const payment = (paymentId: string): PaymentSucceeded => ({
  type: 'PaymentSucceeded',
  data: {
    ...{ orderId: ORDER, customerId: CUSTOMER, planId: 'minecraft-4g', region: 'eu-central', paymentId, kind: 'initial' },
    ...{ total: amount, subtotal: amount, sessionId: 'cs_1', subscriptionId: null, paidThrough: null, receivedAt: AT },
  },
});
const pending: PaymentPending = { type: 'PaymentPending', data: { orderId: ORDER, sessionId: 'cs_1', amount, receivedAt: AT } };
const failed: PaymentFailed = { type: 'PaymentFailed', data: { orderId: ORDER, sessionId: 'cs_1', code: 'x', receivedAt: AT } };
const linked: SubscriptionLinked = {
  type: 'SubscriptionLinked',
  data: { orderId: ORDER, subscriptionId: 'sub_1', stripeCustomerId: 'cus_1', linkedAt: AT },
};

describe('money', () => {
  it('is recorded once for each Stripe object, without judging', () => {
    given()
      .when(recordFacts([payment('pi_1')]))
      .then(payment('pi_1'));
    given(payment('pi_1'))
      .when(recordFacts([{ ...payment('pi_1'), data: { ...payment('pi_1').data, receivedAt: '2026-11-02T00:00:00.000Z' } }]))
      .thenNothing();
    given(payment('pi_1'))
      .when(recordFacts([payment('pi_2')]))
      .then(payment('pi_2'));
  });
  it('on its way is recorded once', () => {
    given()
      .when(recordFacts([pending]))
      .then(pending);
    given(pending)
      .when(recordFacts([pending]))
      .thenNothing();
  });
  it('that did not arrive is recorded once', () => {
    given(pending)
      .when(recordFacts([failed]))
      .then(failed);
    given(pending, failed)
      .when(recordFacts([failed]))
      .thenNothing();
  });
  it('may succeed after it was pending', () =>
    void given(pending)
      .when(recordFacts([payment('pi_1')]))
      .then(payment('pi_1')));
  it('links a subscription once', () => {
    given()
      .when(recordFacts([linked]))
      .then(linked);
    given(linked)
      .when(recordFacts([linked]))
      .thenNothing();
  });
});
