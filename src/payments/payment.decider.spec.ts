import { describe, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER, ORDER } from '../../test/support/samples.js';
import { paymentDecider, recordFacts } from './payment.decider.js';
import type { PaymentAttemptFailed, PaymentFailed, PaymentPending, PaymentSucceeded, SubscriptionLinked } from './payment.events.js';

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
const attempt = (chargeId: string | null, failedAt = AT): PaymentAttemptFailed => ({
  type: 'PaymentAttemptFailed',
  data: {
    ...{ orderId: ORDER, customerId: CUSTOMER, planId: 'minecraft-4g', region: 'eu-central', term: 'monthly', paymentId: 'pi_1' },
    ...{ kind: 'initial', chargeId, amount, code: 'card_declined', declineCode: 'generic_decline', failedAt, receivedAt: AT },
  },
});
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
  it('that a card refused is recorded once for each attempt, and may succeed with the next card', () => {
    const later = '2026-11-03T18:30:00.000Z';
    given(attempt('ch_1'))
      .when(recordFacts([attempt('ch_1', later), attempt('ch_2'), payment('pi_1')]))
      .then(attempt('ch_2'), payment('pi_1'));
    given(attempt(null))
      .when(recordFacts([attempt(null), attempt(null, later)]))
      .then(attempt(null, later));
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
