import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { paymentDecider } from './payment.decider.js';
import { claimCall, failCall, intendCall, settleCall } from './stripe-call.decider.js';
import type { StripeCall, StripeCallFailed, StripeCallIntended, StripeCallSettled, StripeCallStarted } from './stripe-call.events.js';
import { callBackOffMs, nextCallStep } from './stripe-call.saga.js';

const given = specification(paymentDecider);
const ORDER = 'order';
const AT = '2026-11-01T10:00:00.000Z';
const DEADLINE = '2026-11-01T10:02:00.000Z';
const RETRY = '2026-11-01T10:00:02.000Z';
const refund: StripeCall = {
  do: 'refund',
  paymentId: 'pi_1',
  amount: { amountMinor: 999, currency: 'eur' },
  reason: 'requested_by_customer',
};
const end: StripeCall = { do: 'endBilling', subscriptionId: 'sub_1' };

const intended = (callId: string, call: StripeCall = refund): StripeCallIntended => ({
  type: 'StripeCallIntended',
  data: { orderId: ORDER, callId, call, reason: 'operator', noteId: null, intendedAt: AT },
});
const started = (attempt: number, idempotencyKey: string, callId = 'one'): StripeCallStarted => ({
  type: 'StripeCallStarted',
  data: { orderId: ORDER, callId, attempt, idempotencyKey, callDeadlineAt: DEADLINE },
});
const settled = (callId = 'one', objectId = 're_1'): StripeCallSettled => ({
  type: 'StripeCallSettled',
  data: { orderId: ORDER, callId, attempt: 1, objectId, status: 'succeeded', settledAt: AT },
});
const failed = (retryAt: string | null, keySpent = false): StripeCallFailed => ({
  type: 'StripeCallFailed',
  data: { orderId: ORDER, callId: 'one', attempt: 1, code: 'api_error', keySpent, failedAt: AT, retryAt },
});
const claim = (at: string) => claimCall({ callId: 'one', at, callDeadlineAt: DEADLINE, newKey: 'new' });

describe('a wish toward Stripe', () => {
  it('is recorded', () =>
    void given()
      .when(intendCall(intended('one').data))
      .then(intended('one')));
  it('is silence the second time', () =>
    void given(intended('one'))
      .when(intendCall(intended('one').data))
      .thenNothing());
  it('is another wish under another id', () =>
    void given(intended('one'))
      .when(intendCall(intended('two').data))
      .then(intended('two')));
  it('ends the billing of a subscription once', () =>
    void given(intended('one', end))
      .when(intendCall(intended('two', end).data))
      .thenNothing());
});

describe('a claim', () => {
  it('takes the new key the first time', () => void given(intended('one')).when(claim(AT)).then(started(1, 'new')));
  it('is refused while another stands', () => void given(intended('one'), started(1, 'one')).when(claim(AT)).thenRefused('CALL_NOT_DUE'));
  it('keeps the key of an attempt that was never answered', () =>
    void given(intended('one'), started(1, 'one')).when(claim(DEADLINE)).then(started(2, 'one')));
  it('waits for its time after a failure', () =>
    void given(intended('one'), started(1, 'one'), failed(RETRY)).when(claim(AT)).thenRefused('CALL_NOT_DUE'));
  it('keeps the key after a failure of which the outcome is unknown', () =>
    void given(intended('one'), started(1, 'one'), failed(RETRY)).when(claim(RETRY)).then(started(2, 'one')));
  it('takes a new key once Stripe has stored the failure under the old one', () =>
    void given(intended('one'), started(1, 'one'), failed(RETRY, true)).when(claim(RETRY)).then(started(2, 'new')));
  it('is refused once Stripe has refused, or has done it', () => {
    given(intended('one'), started(1, 'one'), failed(null)).when(claim(DEADLINE)).thenRefused('CALL_NOT_DUE');
    given(intended('one'), started(1, 'one'), settled()).when(claim(DEADLINE)).thenRefused('CALL_NOT_DUE');
    given().when(claim(DEADLINE)).thenRefused('CALL_NOT_DUE');
  });
});

describe('an outcome', () => {
  const done = { callId: 'one', objectId: 're_1', status: 'succeeded', settledAt: AT };
  const failure = { callId: 'one', attempt: 1, code: 'api_error', keySpent: false, failedAt: AT, retryAt: RETRY };
  it('is recorded once', () => {
    given(intended('one'), started(1, 'one')).when(settleCall(done)).then(settled());
    given(intended('one'), started(1, 'one'), settled()).when(settleCall(done)).thenNothing();
  });
  it('is no news after another', () => void given(intended('one'), started(1, 'one'), settled()).when(failCall(failure)).thenNothing());
  it('that comes late is no failure of the attempt that follows, but may be its success', () => {
    const past = [intended('one'), started(1, 'one'), started(2, 'one')] as const;
    given(...past)
      .when(failCall(failure))
      .thenNothing();
    const { data } = settled();
    given(...past)
      .when(settleCall(done))
      .then({ type: 'StripeCallSettled', data: { ...data, attempt: 2 } });
  });
  it('may be a failure', () => void given(intended('one'), started(1, 'one')).when(failCall(failure)).then(failed(RETRY)));
});

describe('the next call', () => {
  it.each([
    ['none', [], AT, { do: 'nothing' }],
    ['at once', [intended('one')], AT, { do: 'call', callId: 'one', lookFirst: false }],
    ['after the claim that stands', [intended('one'), started(1, 'one')], AT, { do: 'wait', until: DEADLINE }],
    [
      'with a look first once that has run out',
      [intended('one'), started(1, 'one')],
      DEADLINE,
      { do: 'call', callId: 'one', lookFirst: true },
    ],
    [
      'with a look first after a failure',
      [intended('one'), started(1, 'one'), failed(RETRY)],
      RETRY,
      { do: 'call', callId: 'one', lookFirst: true },
    ],
    ['none once it is refused', [intended('one'), started(1, 'one'), failed(null)], DEADLINE, { do: 'nothing' }],
    ['the other one first', [intended('one'), started(1, 'one'), intended('two')], AT, { do: 'call', callId: 'two', lookFirst: false }],
  ] as const)('is %s', (...[, events, now, step]) => {
    expect(nextCallStep(given(...events).state.calls, now)).toStrictEqual(step);
  });
  it('waits twice as long each time, an hour at most', () => {
    expect([1, 2, 3, 12, 40].map(callBackOffMs)).toStrictEqual([2_000, 4_000, 8_000, 3_600_000, 3_600_000]);
  });
});
