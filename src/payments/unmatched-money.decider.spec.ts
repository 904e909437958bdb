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
  tellUnmatched,
  unmatchedMoneyDecider,
} from './unmatched-money.decider.js';
import type { ArrivedMoney } from './payment.events.js';
import type { UnmatchedMoneyDisputed, UnmatchedMoneyEvent, UnmatchedMoneyMoved } from './unmatched-money.events.js';

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
const intendedOf = (amountMinor: number): UnmatchedMoneyEvent => ({
  type: 'UnmatchedMoneyRefundIntended',
  data: { objectId, refundKey: 'key', amount: { ...amount, amountMinor }, reason: 'mistake', intendedAt: AT },
});
const intended = intendedOf(999);
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
const fail = (final: boolean, keySpent: boolean) => failUnmatchedRefund({ attempt: 1, code: 'api_error', final, keySpent, at: AT });

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
    given(...past, started(2, 'key'))
      .when(fail(false, false))
      .thenNothing();
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

const part = (byId: string, amountMinor: number, over: Partial<UnmatchedMoneyMoved['data']> = {}): UnmatchedMoneyMoved => ({
  type: 'UnmatchedMoneyMoved',
  data: {
    ...{ objectId, by: 'refund', byId, transactionId: null, direction: 'withdrawn', amount: { ...amount, amountMinor } },
    ...{ feeMinor: 0, status: 'succeeded', movedAt: AT, ...over },
  },
});
const withdrawn = part('du_1', 999, { by: 'dispute', transactionId: 'txn_1' });
const disputed = (status: string): UnmatchedMoneyDisputed => ({
  type: 'UnmatchedMoneyDisputed',
  data: { objectId, disputeId: 'du_1', status, amount, evidenceDueBy: null, toldAt: AT },
});
const tell = (fact: UnmatchedMoneyMoved | UnmatchedMoneyDisputed, code: string | null = null) =>
  tellUnmatched([
    fact.type === 'UnmatchedMoneyMoved' ? { is: 'moved', movement: fact.data, code } : { is: 'disputed', dispute: fact.data },
  ]);
const settledBy = (refundId: string, status = 'succeeded'): UnmatchedMoneyEvent => ({
  type: 'UnmatchedMoneyRefundSettled',
  data: { objectId, refundId, status, inParts: true, settledAt: AT },
});

describe('money that names no order and is not all there any more', () => {
  it('keeps what went back in part, each state of it once, and gives back what is left', () => {
    const pending = part('re_1', 100, { status: 'pending' });
    given(received).when(tell(pending)).then(pending);
    given(received, pending)
      .when(tell(part('re_1', 100)))
      .then(part('re_1', 100));
    given(received, part('re_1', 100)).when(tell(pending)).thenNothing();
    given(received, part('re_1', 100)).when(refund).then(intendedOf(899));
    given().when(tell(pending)).thenNothing();
  });

  it('is back with its last part, and here again when one of them fails', () => {
    given(received, part('re_1', 100))
      .when(tell(part('re_2', 899)))
      .then(part('re_2', 899), settledBy('re_2'));
    const gone = [received, part('re_1', 100), part('re_2', 899), settledBy('re_2')] as const;
    given(...gone)
      .when(refund)
      .thenNothing();
    const back = part('re_1', 100, { status: 'failed' });
    given(...gone)
      .when(tell(back, 'api_error'))
      .then(back, failed(true, true));
    given(...gone, back, failed(true, true))
      .when(refund)
      .then(intendedOf(100));
  });

  it('of which one refund gives back everything has no parts', () => {
    given(received)
      .when(tell(part('re_1', 999)))
      .then(settled);
    given(received, settled)
      .when(tell(part('re_1', 999, { status: 'failed' }), 'api_error'))
      .then(failed(true, true));
  });

  it('says how a dispute of it stands, once, and not what is over; what the bank took cannot go back', () => {
    given(received)
      .when(tell(disputed('needs_response')))
      .then(disputed('needs_response'));
    given(received, disputed('needs_response'))
      .when(tell(disputed('needs_response')))
      .thenNothing();
    given(received, disputed('won'))
      .when(tell(disputed('needs_response')))
      .thenNothing();
    given(received).when(tell(withdrawn)).then(withdrawn);
    given(received, withdrawn).when(refund).thenRefused('MONEY_NOT_WAITING');
    const reinstated = part('du_1', 999, { by: 'dispute', transactionId: 'txn_2', direction: 'reinstated' });
    given(received, withdrawn, reinstated).when(refund).then(intended);
  });

  it('waits for nobody any more once a dispute is lost, in whichever order that is told', () => {
    given(received, withdrawn)
      .when(tell(disputed('lost')))
      .then(disputed('lost'), settledBy('du_1', 'lost'));
    given(received, disputed('lost')).when(tell(withdrawn)).then(withdrawn, settledBy('du_1'));
  });
});
