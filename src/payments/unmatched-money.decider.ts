/** Money that names no order of ours: kept in a stream of its own so that it can be assigned or refunded, never both. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { ArrivedMoney } from './payment.events.js';
import type {
  UnmatchedMoneyEvent,
  UnmatchedMoneyReceived,
  UnmatchedMoneyRefundFailed,
  UnmatchedMoneyRefundStarted,
} from './unmatched-money.events.js';

interface Known {
  readonly received: UnmatchedMoneyReceived['data'];
}
interface Refunding extends Known {
  readonly status: 'refunding';
  readonly refundKey: string;
  readonly attempts: number;
  /** Null while no attempt is under way. */
  readonly callDeadlineAt: string | null;
  /** Null before the first attempt, and after Stripe has stored a failure under the last one. */
  readonly idempotencyKey: string | null;
}
export type UnmatchedMoney =
  | { readonly status: 'none' }
  | (Known & ({ readonly status: 'received' } | { readonly status: 'assigned'; readonly orderId: string }))
  | (Known & { readonly status: 'refunded'; readonly refundId: string })
  | Refunding;

type Rule = (money: UnmatchedMoney) => Decision<UnmatchedMoneyEvent>;

/** One Stripe object is one piece of money; told again, it is silence. */
export const receiveUnmatched =
  (data: UnmatchedMoneyReceived['data']): Rule =>
  (money) =>
    money.status === 'none' ? [{ type: 'UnmatchedMoneyReceived', data }] : [];

/** Of money received before its details were kept, only the amount is known. */
const paymentOf = ({ objectId, amount, payment, receivedAt }: UnmatchedMoneyReceived['data']): ArrivedMoney =>
  payment ?? {
    ...{ paymentId: objectId, kind: 'initial', total: amount, subtotal: amount, sessionId: null, subscriptionId: null },
    ...{ paidThrough: null, receivedAt },
  };

/** @param wish `reason` is a code */
export const assignUnmatched =
  (wish: { orderId: string; reason: string; at: string }): Rule =>
  (money) => {
    const { orderId, reason, at } = wish;
    if (money.status === 'assigned' && money.orderId === orderId) return [];
    if (money.status === 'none') return refuse('MONEY_UNKNOWN', 404, 'There is no such money.');
    if (money.status !== 'received') return refuse('MONEY_NOT_WAITING', 409, 'It is assigned or refunded already.');
    const { received } = money;
    const data = { objectId: received.objectId, orderId, reason, payment: paymentOf(received), assignedAt: at };
    return [{ type: 'UnmatchedMoneyAssigned', data }];
  };

/** Quiet when it goes back already. @param wish `reason` is a code */
export const refundUnmatched =
  (wish: { refundKey: string; reason: string; at: string }): Rule =>
  (money) => {
    if (money.status === 'none') return refuse('MONEY_UNKNOWN', 404, 'There is no such money.');
    if (money.status === 'assigned') return refuse('MONEY_NOT_WAITING', 409, 'It is assigned to an order: refund it there.');
    if (money.status !== 'received') return [];
    const { objectId, amount } = money.received;
    const { refundKey, reason, at } = wish;
    return [{ type: 'UnmatchedMoneyRefundIntended', data: { objectId, refundKey, amount, reason, intendedAt: at } }];
  };

/** Claims one attempt. */
export const claimUnmatchedRefund =
  (claim: Pick<UnmatchedMoneyRefundStarted['data'], 'callDeadlineAt'> & { at: string }): Rule =>
  (money) => {
    const isDue = money.status === 'refunding' && (money.callDeadlineAt === null || claim.at >= money.callDeadlineAt);
    if (!isDue) return refuse('CALL_NOT_DUE');
    const { received, attempts, refundKey } = money;
    const newKey = attempts === 0 ? refundKey : `${refundKey}:${attempts + 1}`;
    const data = {
      ...{ objectId: received.objectId, attempt: attempts + 1, idempotencyKey: money.idempotencyKey ?? newKey },
      callDeadlineAt: claim.callDeadlineAt,
    };
    return [{ type: 'UnmatchedMoneyRefundStarted', data }];
  };

/** Also what Stripe's dashboard gave back is given back; what went to an order is that order's. */
export const settleUnmatchedRefund =
  (outcome: { refundId: string; status: string | null; at: string }): Rule =>
  (money) => {
    if (money.status !== 'received' && money.status !== 'refunding') return [];
    const { refundId, status, at } = outcome;
    return [{ type: 'UnmatchedMoneyRefundSettled', data: { objectId: money.received.objectId, refundId, status, settledAt: at } }];
  };

/** An attempt under way came to nothing. */
export const failUnmatchedRefund =
  (failure: Pick<UnmatchedMoneyRefundFailed['data'], 'code' | 'final' | 'keySpent'> & { at: string }): Rule =>
  (money) => {
    if (money.status !== 'refunding' || money.callDeadlineAt === null) return [];
    const { at: failedAt, ...rest } = failure;
    return [{ type: 'UnmatchedMoneyRefundFailed', data: { objectId: money.received.objectId, ...rest, failedAt } }];
  };

/** The bank would not take it: it is here again. */
export const returnUnmatchedRefund =
  (failure: { refundId: string; code: string; at: string }): Rule =>
  (money) => {
    if (money.status !== 'refunded' || money.refundId !== failure.refundId) return [];
    const { code, at } = failure;
    const data = { objectId: money.received.objectId, code, final: true, keySpent: true, failedAt: at };
    return [{ type: 'UnmatchedMoneyRefundFailed', data }];
  };

type Later = Exclude<UnmatchedMoneyEvent, UnmatchedMoneyReceived>;

const failed = (money: Exclude<UnmatchedMoney, { status: 'none' }>, { data }: UnmatchedMoneyRefundFailed): UnmatchedMoney => {
  const { received } = money;
  if (data.final || money.status !== 'refunding') return { status: 'received', received };
  return { ...money, callDeadlineAt: null, idempotencyKey: data.keySpent ? null : money.idempotencyKey };
};

const next = (money: Exclude<UnmatchedMoney, { status: 'none' }>, event: Later): UnmatchedMoney => {
  const { received } = money;
  switch (event.type) {
    case 'UnmatchedMoneyAssigned':
      return { status: 'assigned', received, orderId: event.data.orderId };
    case 'UnmatchedMoneyRefundIntended':
      return { status: 'refunding', received, refundKey: event.data.refundKey, attempts: 0, callDeadlineAt: null, idempotencyKey: null };
    case 'UnmatchedMoneyRefundStarted': {
      if (money.status !== 'refunding') return money;
      const { attempt, callDeadlineAt, idempotencyKey } = event.data;
      return { ...money, attempts: attempt, callDeadlineAt, idempotencyKey };
    }
    case 'UnmatchedMoneyRefundSettled':
      return { status: 'refunded', received, refundId: event.data.refundId };
    case 'UnmatchedMoneyRefundFailed':
      return failed(money, event);
  }
};

const evolve = (money: UnmatchedMoney, event: UnmatchedMoneyEvent): UnmatchedMoney => {
  if (event.type === 'UnmatchedMoneyReceived') return { status: 'received', received: event.data };
  return money.status === 'none' ? money : next(money, event);
};

export const unmatchedMoneyDecider: Decider<UnmatchedMoney, UnmatchedMoneyEvent> = {
  category: 'unmatchedMoney',
  initial: { status: 'none' },
  evolve,
};
