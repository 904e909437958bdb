/** Which facts customers are told of. Pure. */
import type { LedgerEvent } from '../ledger.events.js';
import type { Notice } from './notification.events.js';

export interface Told {
  readonly notice: Notice;
  /** ISO-8601: not before this; absent: at once. */
  readonly dueAt?: string;
}

const later = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();

/** Ends that the customer is not waiting to hear of: they turned away themselves, or stood before the answer. */
const UNTOLD_ENDS: readonly string[] = ['abandoned', 'noCapacity', 'checkoutRefused'];

/** What is to be told of a fact; null: nothing. @param promiseMs how long after payment a server of this game is late */
export const noticeOf = (event: LedgerEvent, promiseMs: (gameId: string) => number): Told | null => {
  switch (event.type) {
    case 'OrderPaid': {
      const { paidAt, gameId } = event.data;
      return { notice: { kind: 'late', paidAt }, dueAt: later(paidAt, promiseMs(gameId)) };
    }
    case 'OrderDelivered':
      return { notice: { kind: 'ready', identifier: event.data.identifier, paidThrough: event.data.paidThrough } };
    case 'InvoicePaymentFailed': {
      const { remaining, nextAttemptAt, purpose } = event.data;
      return purpose === 'initial' ? null : { notice: { kind: 'paymentFailed', remaining, nextAttemptAt } };
    }
    case 'OrderReminderRaised':
      return { notice: { kind: 'reminder', daysBefore: event.data.daysBefore, paidThrough: event.data.paidThrough } };
    case 'OrderGraceStarted':
      return { notice: { kind: 'grace', graceUntil: event.data.graceUntil } };
    case 'OrderSuspended':
      return { notice: { kind: 'suspended', reason: event.data.reason, deleteAt: event.data.deleteAt } };
    case 'OrderResumed':
      return event.data.runsAgain ? { notice: { kind: 'resumed' } } : null;
    case 'RefundSettled':
      return { notice: { kind: 'refunded', amount: event.data.amount } };
    case 'OrderCancellationScheduled':
      return { notice: { kind: 'cancellationScheduled', endAt: event.data.endAt } };
    case 'OrderEnded':
      return UNTOLD_ENDS.includes(event.data.reason) ? null : { notice: { kind: 'ended', reason: event.data.reason } };
    default:
      return null;
  }
};
