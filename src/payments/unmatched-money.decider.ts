/** Money that names no order of ours: kept in a stream of its own so that it can be assigned or refunded, never both. Pure. */
import { inTurn, type Decider, type Decision } from '../platform/decider.js';
import type { Money } from '../orders/order.events.js';
import { refuse } from '../platform/refusal.js';
import type { ArrivedMoney } from './payment.events.js';
import type {
  UnmatchedMoneyDisputed,
  UnmatchedMoneyEvent,
  UnmatchedMoneyMoved,
  UnmatchedMoneyReceived,
  UnmatchedMoneyRefundFailed,
  UnmatchedMoneyRefundStarted,
  UnmatchedWord,
} from './unmatched-money.events.js';

type Movement = UnmatchedMoneyMoved['data'];
type Dispute = UnmatchedMoneyDisputed['data'];
interface Known {
  readonly received: UnmatchedMoneyReceived['data'];
  /** What went of it without going all at once, by refund or dispute and transaction. */
  readonly moved: Readonly<Record<string, Movement>>;
  /** Status by dispute. */
  readonly disputes: Readonly<Record<string, string>>;
}
interface Refunding extends Known {
  readonly status: 'refunding';
  readonly refundKey: string;
  readonly amount: Money;
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

const movementKey = ({ byId, transactionId }: Pick<Movement, 'byId' | 'transactionId'>): string => `${byId} ${transactionId ?? ''}`;

/** In minor units; a refund that is on its way counts, because Stripe gives no more back than is left. */
const goneMinor = ({ moved }: Pick<Known, 'moved'>): number =>
  Object.values(moved)
    .filter(({ status }) => status !== 'failed')
    .reduce((sum, { direction, amount }) => sum + (direction === 'withdrawn' ? amount.amountMinor : -amount.amountMinor), 0);

const leftMinor = (known: Known): number => known.received.amount.amountMinor - goneMinor(known);

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

/** What is left of it goes back. Quiet when it does already. @param wish `reason` is a code */
export const refundUnmatched =
  (wish: { refundKey: string; reason: string; at: string }): Rule =>
  (money) => {
    if (money.status === 'none') return refuse('MONEY_UNKNOWN', 404, 'There is no such money.');
    if (money.status === 'assigned') return refuse('MONEY_NOT_WAITING', 409, 'It is assigned to an order: refund it there.');
    if (money.status !== 'received') return [];
    const amountMinor = leftMinor(money);
    if (amountMinor <= 0) return refuse('MONEY_NOT_WAITING', 409, 'Nothing of it is left.');
    const { objectId } = money.received;
    const amount = { ...money.received.amount, amountMinor };
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
    return [settled(money, outcome)];
  };

const settled = (known: Known, { refundId, status, at }: { refundId: string; status: string | null; at: string }): UnmatchedMoneyEvent => {
  const { objectId } = known.received;
  const inParts = Object.keys(known.moved).length > 0 ? { inParts: true as const } : {};
  return { type: 'UnmatchedMoneyRefundSettled', data: { objectId, refundId, status, ...inParts, settledAt: at } };
};

const RANKS = { pending: 0, succeeded: 1, failed: 2 } as const;

/** Told in any order and more than once: a state that was overtaken is no news. */
export const tellUnmatched = (words: readonly UnmatchedWord[]): Rule =>
  words.map(told).reduce(
    (first, second) => inTurn(unmatchedMoneyDecider, first, second),
    () => [],
  );

const told = (word: UnmatchedWord): Rule => (word.is === 'moved' ? moved(word) : disputed(word.dispute));

/** One refund of all of it is told as that; anything else as a part. */
const moved =
  ({ movement, code }: Extract<UnmatchedWord, { is: 'moved' }>): Rule =>
  (money) => {
    if (money.status === 'none') return [];
    const { byId: refundId, status, movedAt: at } = movement;
    if (isWhole(money, movement))
      return code === null ? settleUnmatchedRefund({ refundId, status, at })(money) : returnUnmatchedRefund({ refundId, code, at })(money);
    const known = money.moved[movementKey(movement)];
    if (known && RANKS[known.status] >= RANKS[status]) return [];
    const event: UnmatchedMoneyEvent = { type: 'UnmatchedMoneyMoved', data: movement };
    return [event, ...afterwards(next(money, event), movement, code)];
  };

const isWhole = ({ received, moved: parts }: Known, { by, amount }: Movement): boolean =>
  by === 'refund' && Object.keys(parts).length === 0 && amount.amountMinor >= received.amount.amountMinor;

/** With the last part all of it is back, and with one that failed some is here again; a dispute that is lost takes it for good. */
const afterwards = (money: Told, { byId, status, by, movedAt: at }: Movement, code: string | null): readonly UnmatchedMoneyEvent[] => {
  if (money.status === 'refunded') return code === null ? [] : [refundFailed(money, { code, final: true, keySpent: true, at })];
  const isForGood = by === 'refund' || Object.values(money.disputes).includes('lost');
  const isGone = status === 'succeeded' && isForGood && leftMinor(money) <= 0;
  return isGone && money.status !== 'assigned' ? [settled(money, { refundId: byId, status, at })] : [];
};

const DECIDED: readonly (string | undefined)[] = ['won', 'lost', 'warning_closed', 'prevented'];

const disputed =
  (dispute: Dispute): Rule =>
  (money) => {
    if (money.status === 'none') return [];
    const { disputeId: refundId, status, toldAt: at } = dispute;
    const before = money.disputes[refundId];
    if (before === status || DECIDED.includes(before)) return [];
    const event: UnmatchedMoneyEvent = { type: 'UnmatchedMoneyDisputed', data: dispute };
    const isGone = status === 'lost' && money.status === 'received' && leftMinor(money) <= 0;
    return isGone ? [event, settled(money, { refundId, status, at })] : [event];
  };

/** The attempt under way came to nothing. */
export const failUnmatchedRefund =
  ({ attempt, ...failure }: Failure & { attempt: number }): Rule =>
  (money) => {
    if (money.status !== 'refunding' || money.callDeadlineAt === null || money.attempts !== attempt) return [];
    return [refundFailed(money, failure)];
  };

type Failure = Pick<UnmatchedMoneyRefundFailed['data'], 'code' | 'final' | 'keySpent'> & { at: string };
const refundFailed = ({ received: { objectId } }: Known, { at: failedAt, ...failure }: Failure): UnmatchedMoneyRefundFailed => ({
  type: 'UnmatchedMoneyRefundFailed',
  data: { objectId, ...failure, failedAt },
});

/** The bank would not take it: it is here again. */
export const returnUnmatchedRefund =
  (failure: { refundId: string; code: string; at: string }): Rule =>
  (money) => {
    if (money.status !== 'refunded' || money.refundId !== failure.refundId) return [];
    const { code, at } = failure;
    return [refundFailed(money, { code, final: true, keySpent: true, at })];
  };

type Told = Exclude<UnmatchedMoney, { status: 'none' }>;
type Later = Exclude<UnmatchedMoneyEvent, UnmatchedMoneyReceived>;

const failed = (money: Told, { data }: UnmatchedMoneyRefundFailed): Told => {
  const { received, moved, disputes } = money;
  if (data.final || money.status !== 'refunding') return { status: 'received', received, moved, disputes };
  return { ...money, callDeadlineAt: null, idempotencyKey: data.keySpent ? null : money.idempotencyKey };
};

const next = (money: Told, event: Later): Told => {
  const { received, moved, disputes } = money;
  const known = { received, moved, disputes };
  switch (event.type) {
    case 'UnmatchedMoneyAssigned':
      return { ...known, status: 'assigned', orderId: event.data.orderId };
    case 'UnmatchedMoneyRefundIntended': {
      const { refundKey, amount } = event.data;
      return { ...known, status: 'refunding', refundKey, amount, attempts: 0, callDeadlineAt: null, idempotencyKey: null };
    }
    case 'UnmatchedMoneyRefundStarted': {
      if (money.status !== 'refunding') return money;
      const { attempt, callDeadlineAt, idempotencyKey } = event.data;
      return { ...money, attempts: attempt, callDeadlineAt, idempotencyKey };
    }
    case 'UnmatchedMoneyRefundSettled':
      return { ...known, status: 'refunded', refundId: event.data.refundId };
    case 'UnmatchedMoneyRefundFailed':
      return failed(money, event);
    case 'UnmatchedMoneyMoved':
      return { ...money, moved: { ...moved, [movementKey(event.data)]: event.data } };
    case 'UnmatchedMoneyDisputed':
      return { ...money, disputes: { ...disputes, [event.data.disputeId]: event.data.status } };
  }
};

const evolve = (money: UnmatchedMoney, event: UnmatchedMoneyEvent): UnmatchedMoney => {
  if (event.type === 'UnmatchedMoneyReceived') return { status: 'received', received: event.data, moved: {}, disputes: {} };
  return money.status === 'none' ? money : next(money, event);
};

export const unmatchedMoneyDecider: Decider<UnmatchedMoney, UnmatchedMoneyEvent> = {
  category: 'unmatchedMoney',
  initial: { status: 'none' },
  evolve,
};
