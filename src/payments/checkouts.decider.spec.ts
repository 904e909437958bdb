import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { closeWaysToPay, endBilling, unsettledCheckouts } from './checkouts.decider.js';
import { moneyOfOrder, openMoneyOf } from './order-money.decider.js';
import { paymentDecider } from './payment.decider.js';
import type { PaymentEvent } from './payment.events.js';
import type { StripeCall } from './stripe-call.events.js';

const given = specification(paymentDecider);
const ORDER = 'order';
const AT = '2026-11-01T10:00:00.000Z';
const about = { orderId: ORDER, customerId: 'c-1', planId: 'p', region: 'eu', term: 'monthly' } as const;
const price = { amountMinor: 999, currency: 'eur' };
const end: StripeCall = { do: 'endBilling', subscriptionId: 'sub_1' };
const open: StripeCall = {
  ...{ do: 'openCheckout', purpose: 'extension', changeId: null, priceId: 'price_1', amount: null },
  // Long over by any clock, which closes nothing.
  expiresAt: '2020-01-01T00:00:00.000Z',
};
const close: StripeCall = { do: 'expireCheckout', sessionId: 'cs_1' };

const intended = (callId: string, call: StripeCall, reason = 'unpaid'): PaymentEvent => ({
  type: 'StripeCallIntended',
  data: { orderId: ORDER, callId, call, reason, noteId: null, intendedAt: AT },
});
const started = (callId: string): PaymentEvent => ({
  type: 'StripeCallStarted',
  data: { orderId: ORDER, callId, attempt: 1, idempotencyKey: callId, callDeadlineAt: AT },
});
const settled = (callId: string, objectId: string, status: string): PaymentEvent => ({
  type: 'StripeCallSettled',
  data: { orderId: ORDER, callId, attempt: 1, objectId, status, settledAt: AT },
});
const refused = (callId: string): PaymentEvent => ({
  type: 'StripeCallFailed',
  data: { orderId: ORDER, callId, attempt: 1, code: 'resource_missing', keySpent: false, failedAt: AT, retryAt: null },
});
const done = (callId: string, call: StripeCall, [objectId, status]: readonly [string, string]): PaymentEvent[] => [
  intended(callId, call),
  started(callId),
  settled(callId, objectId, status),
];
const opened = done('one', open, ['cs_1', 'open']);
const paid: PaymentEvent = {
  type: 'PaymentSucceeded',
  data: {
    ...{ ...about, paymentId: 'pi_2', kind: 'extension', total: price, subtotal: price, sessionId: 'cs_1', subscriptionId: null },
    ...{ paidThrough: null, receivedAt: AT },
  },
};
const unpaid = (type: 'PaymentPending' | 'PaymentFailed'): PaymentEvent => {
  const data = { ...about, paymentId: 'pi_2', sessionId: 'cs_1', amount: price, receivedAt: AT };
  return type === 'PaymentPending' ? { type, data } : { type, data: { ...data, code: 'asyncPaymentFailed' } };
};

describe('a checkout for another term', () => {
  const PAYABLE = [{ sessionId: 'cs_1', state: 'payable' }];
  const COMPLETED = [{ sessionId: 'cs_1', state: 'completed' }];
  it.each([
    ['may be paid once it is wanted, since Stripe may have opened it', [intended('one', open)], [{ sessionId: null, state: 'payable' }]],
    ['may be paid while it is being opened', [intended('one', open), started('one')], [{ sessionId: null, state: 'payable' }]],
    ['may not when Stripe refuses to open it', [intended('one', open), started('one'), refused('one')], []],
    ['may be paid when it is open', opened, PAYABLE],
    ['may not when it was found expired', done('one', open, ['cs_1', 'expired']), []],
    ['may be paid while it is only to be closed', [...opened, intended('two', close), started('two')], PAYABLE],
    ['may not when Stripe has closed it', [...opened, ...done('two', close, ['cs_1', 'expired'])], []],
    ['may not when Stripe has none such', [...opened, intended('two', close), started('two'), refused('two')], []],
    ['that cannot be closed because it is complete brings money', [...opened, ...done('two', close, ['cs_1', 'complete'])], COMPLETED],
    [
      'brings money while that is on its way',
      [...opened, ...done('two', close, ['cs_1', 'complete']), unpaid('PaymentPending')],
      COMPLETED,
    ],
    ['is settled when its money is booked', [...opened, paid], []],
    ['is settled also when it could not be closed', [...opened, ...done('two', close, ['cs_1', 'complete']), paid], []],
    ['is settled when its money did not arrive', [...opened, unpaid('PaymentPending'), unpaid('PaymentFailed')], []],
    [
      'is another one than the one that was closed',
      [...opened, ...done('two', { ...close, sessionId: 'cs_2' }, ['cs_2', 'expired'])],
      PAYABLE,
    ],
  ] as const)('%s', (_what, past, unsettled) => {
    const { state } = given(...past);
    expect(unsettledCheckouts(state)).toStrictEqual(unsettled);
    expect(moneyOfOrder(state).checkouts).toStrictEqual(unsettled.map((one) => ({ state: one.state })));
    expect(openMoneyOf(state).sessionIds).toStrictEqual(unsettled.flatMap(({ sessionId }) => sessionId ?? []));
  });
});

describe('closing every way to pay', () => {
  const subscription = { subscriptionId: 'sub_1', endsAt: AT };
  const wish = { orderId: ORDER, subscription, reason: 'unpaid', callId: (part: string) => `close ${part}`, at: AT };
  const voids = intended(`close void sub_1 ${AT}`, { do: 'voidInvoices', ...subscription });
  it('makes the invoices void and closes checkouts, once for an end, and leaves the subscription', () => {
    given(...opened)
      .when(closeWaysToPay(wish))
      .then(voids, intended('close cs_1', close));
    given(voids).when(closeWaysToPay(wish)).thenNothing();
    const later = { subscriptionId: 'sub_1', endsAt: '2026-12-01T10:00:00.000Z' };
    given(voids)
      .when(closeWaysToPay({ ...wish, subscription: later }))
      .then(intended(`close void sub_1 ${later.endsAt}`, { do: 'voidInvoices', ...later }));
    given(...opened)
      .when(closeWaysToPay({ ...wish, subscription: null }))
      .then(intended('close cs_1', close));
  });
  it.each([
    ['has said so', settled(`close void sub_1 ${AT}`, 'sub_1', 'active'), [AT]],
    ['has none such', refused(`close void sub_1 ${AT}`), [AT]],
    ['is only asked', started(`close void sub_1 ${AT}`), []],
  ] as const)('is done for an end of the order’s own subscription when Stripe %s', (_what, outcome, ends) => {
    const linked = (subscriptionId: string): PaymentEvent => ({
      type: 'SubscriptionLinked',
      data: { orderId: ORDER, subscriptionId, stripeCustomerId: 'cus_1', linkedAt: AT },
    });
    const voided = [voids, started(`close void sub_1 ${AT}`), outcome];
    expect(moneyOfOrder(given(linked('sub_1'), ...voided).state).invoicesVoidFor).toStrictEqual(ends);
    expect(moneyOfOrder(given(linked('sub_2'), ...voided).state).invoicesVoidFor).toStrictEqual([]);
  });
});

describe('the end of billing', () => {
  const wish = { orderId: ORDER, subscriptionId: 'sub_1', reason: 'unpaid', callId: (part: string) => `end ${part}`, at: AT };
  const once = endBilling({ ...wish, subscriptionId: null });
  it('is asked for', () => void given().when(endBilling(wish)).then(intended('end sub_1 0', end)));
  it('is silence the second time', () => void given(intended('end sub_1 0', end)).when(endBilling(wish)).thenNothing());
  it('is asked for anew once Stripe has refused it', () =>
    void given(intended('one', end), started('one'), refused('one')).when(endBilling(wish)).then(intended('end sub_1 1', end)));
  it('closes every checkout that may still take money, once', () => {
    const other = done('three', open, ['cs_3', 'open']);
    const closes = [intended('end cs_1', close), intended('end cs_3', { ...close, sessionId: 'cs_3' })];
    given(...opened, ...other)
      .when(once)
      .then(...closes);
    given(...opened, ...other, ...closes)
      .when(once)
      .thenNothing();
  });
  it('closes none that has brought its money, nor one that is yet to be opened', () => {
    given(...opened, paid)
      .when(once)
      .thenNothing();
    given(intended('one', open)).when(once).thenNothing();
  });
});
