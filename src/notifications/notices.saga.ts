/** Which facts customers are told of. Pure. */
import type { LedgerEvent } from '../ledger.events.js';
import type { Notice } from './notification.events.js';

export interface Told {
  readonly notice: Notice;
  /** ISO-8601: not before this; absent: at once. */
  readonly dueAt?: string;
}

/** How long after payment a server of this game is late, in milliseconds. */
type PromiseMs = (gameId: string) => number;
type Telling = {
  readonly [T in LedgerEvent['type']]?: (data: Extract<LedgerEvent, { type: T }>['data'], promiseMs: PromiseMs) => Told | null;
};

/** Ends that the customer is not waiting to hear of: they turned away themselves, or stood before the answer. */
const UNTOLD_ENDS: readonly string[] = ['abandoned', 'noCapacity', 'checkoutRefused'];

const TELLING: Telling = {
  OrderPaid: ({ paidAt, gameId }, promiseMs) => ({
    notice: { kind: 'late', paidAt },
    dueAt: new Date(Date.parse(paidAt) + promiseMs(gameId)).toISOString(),
  }),
  OrderDelivered: ({ identifier, paidThrough }) => ({ notice: { kind: 'ready', identifier, paidThrough } }),
  InvoicePaymentFailed: ({ purpose, remaining, nextAttemptAt }) =>
    purpose === 'initial' ? null : { notice: { kind: 'paymentFailed', remaining, nextAttemptAt } },
  OrderReminderRaised: ({ daysBefore, paidThrough }) => ({ notice: { kind: 'reminder', daysBefore, paidThrough } }),
  OrderGraceStarted: ({ graceUntil }) => ({ notice: { kind: 'grace', graceUntil } }),
  OrderSuspended: ({ reason, deleteAt }) => ({ notice: { kind: 'suspended', reason, deleteAt } }),
  OrderResumed: ({ runsAgain }) => (runsAgain ? { notice: { kind: 'resumed' } } : null),
  RefundSettled: ({ amount }) => ({ notice: { kind: 'refunded', amount } }),
  OrderCancellationScheduled: ({ endAt }) => ({ notice: { kind: 'cancellationScheduled', endAt } }),
  CustomerEmailChanged: ({ changeId }) => ({ notice: { kind: 'emailChanged', changeId } }),
  OrderEnded: ({ reason }) => (UNTOLD_ENDS.includes(reason) ? null : { notice: { kind: 'ended', reason } }),
};

/** What is to be told of a fact; null: nothing. */
export const noticeOf = ({ type, data }: LedgerEvent, promiseMs: PromiseMs): Told | null => {
  const tell = TELLING[type] as ((data: LedgerEvent['data'], promiseMs: PromiseMs) => Told | null) | undefined;
  return tell ? tell(data, promiseMs) : null;
};
