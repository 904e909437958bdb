import { describe, it } from '@jest/globals';
import { AT, ORDER } from '../../test/support/samples.js';
import { specification } from '../../test/support/specification.js';
import {
  assignUnmatched,
  claimUnmatchedRefund,
  failUnmatchedRefund,
  receiveUnmatched,
  refundUnmatched,
  returnUnmatchedRefund,
  settleUnmatchedRefund,
  unmatchedMoneyDecider,
} from './unmatched-money.decider.js';
import type { ArrivedMoney } from './payment.events.js';
import type { UnmatchedMoneyEvent } from './unmatched-money.events.js';

const given = specification(unmatchedMoneyDecider);
const objectId = 'pi_9';
const amount = { amountMinor: 999, currency: 'eur' };
const LATER = '2026-11-01T10:02:00.000Z';
const payment: ArrivedMoney = {
  ...{ paymentId: objectId, kind: 'renewal', total: amount, subtotal: amount, sessionId: null, subscriptionId: 'sub_1' },
  ...{ paidThrough: null, receivedAt: AT },
};
const received = {
  type: 'UnmatchedMoneyReceived',
  data: { objectId, amount, reason: 'noOrderId', stripeEventId: 'evt_1', payment, receivedAt: AT },
} as const;
const assigned: UnmatchedMoneyEvent = {
  type: 'UnmatchedMoneyAssigned',
  data: { objectId, orderId: ORDER, reason: 'known', payment, assignedAt: AT },
};
const intended: UnmatchedMoneyEvent = {
  type: 'UnmatchedMoneyRefundIntended',
  data: { objectId, refundKey: 'key', amount, reason: 'mistake', intendedAt: AT },
};
const started = (attempt: number, idempotencyKey: string): UnmatchedMoneyEvent => ({
  type: 'UnmatchedMoneyRefundStarted',
  data: { objectId, attempt, idempotencyKey, callDeadlineAt: LATER },
});
const settled: UnmatchedMoneyEvent = {
  type: 'UnmatchedMoneyRefundSettled',
  data: { objectId, refundId: 're_1', status: 'succeeded', settledAt: AT },
};
const failed = (final: boolean, keySpent: boolean): UnmatchedMoneyEvent => ({
  type: 'UnmatchedMoneyRefundFailed',
  data: { objectId, code: 'api_error', final, keySpent, failedAt: AT },
});

const assign = assignUnmatched({ orderId: ORDER, reason: 'known', at: AT });
const refund = refundUnmatched({ refundKey: 'key', reason: 'mistake', at: AT });
const claim = claimUnmatchedRefund({ at: AT, callDeadlineAt: LATER });
const settle = settleUnmatchedRefund({ refundId: 're_1', status: 'succeeded', at: AT });
const fail = (final: boolean, keySpent: boolean) => failUnmatchedRefund({ code: 'api_error', final, keySpent, at: AT });

describe('money that names no order', () => {
  it('is kept once', () => {
    given().when(receiveUnmatched(received.data)).then(received);
    given(received).when(receiveUnmatched(received.data)).thenNothing();
  });

  it('is assigned once, with what the order will be told', () => {
    given(received).when(assign).then(assigned);
    given(received, assigned).when(assign).thenNothing();
    given().when(assign).thenRefused('MONEY_UNKNOWN');
    given(received, assigned)
      .when(assignUnmatched({ orderId: 'other', reason: 'x', at: AT }))
      .thenRefused('MONEY_NOT_WAITING');
  });

  it('of which only the amount is known is assigned as a first payment', () => {
    const { payment: _kept, ...bare } = received.data;
    const first: ArrivedMoney = { ...payment, kind: 'initial', subscriptionId: null };
    given({ type: 'UnmatchedMoneyReceived', data: bare })
      .when(assign)
      .then({ ...assigned, data: { ...assigned.data, payment: first } });
  });

  it('goes back or to an order, never both', () => {
    given(received).when(refund).then(intended);
    given(received, intended).when(refund).thenNothing();
    given(received, intended).when(assign).thenRefused('MONEY_NOT_WAITING');
    given(received, assigned).when(refund).thenRefused('MONEY_NOT_WAITING');
    given(received, intended, settled).when(assign).thenRefused('MONEY_NOT_WAITING');
    given().when(refund).thenRefused('MONEY_UNKNOWN');
  });

  it('is given back by one call at a time', () => {
    given(received, intended).when(claim).then(started(1, 'key'));
    given(received, intended, started(1, 'key')).when(claim).thenRefused('CALL_NOT_DUE');
    given(received, intended, started(1, 'key'))
      .when(claimUnmatchedRefund({ at: LATER, callDeadlineAt: LATER }))
      .then(started(2, 'key'));
    given(received).when(claim).thenRefused('CALL_NOT_DUE');
  });

  it('is asked for again under the same key, unless Stripe keeps a failure under it', () => {
    const past = [received, intended, started(1, 'key')] as const;
    given(...past)
      .when(fail(false, false))
      .then(failed(false, false));
    given(...past, failed(false, false))
      .when(claim)
      .then(started(2, 'key'));
    given(...past, failed(false, true))
      .when(claim)
      .then(started(2, 'key:2'));
    given(...past, failed(false, true))
      .when(fail(false, true))
      .thenNothing();
  });

  it('that Stripe will not give back waits for a person again', () => {
    const past = [received, intended, started(1, 'key'), failed(true, true)] as const;
    given(...past)
      .when(claim)
      .thenRefused('CALL_NOT_DUE');
    given(...past)
      .when(assign)
      .then(assigned);
    given(...past)
      .when(refund)
      .then(intended);
  });

  it('is back once Stripe says so, whoever asked, and here again when the bank would not take it', () => {
    given(received, intended, started(1, 'key')).when(settle).then(settled);
    given(received).when(settle).then(settled);
    given(received, settled).when(settle).thenNothing();
    given(received, assigned).when(settle).thenNothing();
    const back = (refundId: string) => returnUnmatchedRefund({ refundId, code: 'api_error', at: AT });
    given(received, settled).when(back('re_1')).then(failed(true, true));
    given(received, settled).when(back('re_other')).thenNothing();
    given(received, settled, failed(true, true)).when(refund).then(intended);
  });
});
