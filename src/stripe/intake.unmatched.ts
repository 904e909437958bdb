/** What refunds and disputes mean for money that names no order: the same as for an order's, told to the money itself. Pure. */
import type { AboutOrder } from '../payments/billing.events.js';
import type { ToldFact } from '../payments/payment.events.js';
import type { UnmatchedWord } from '../payments/unmatched-money.events.js';
import { disputeFacts, refundFacts } from './intake.money-back.js';
import { detailOf, isoOrNull, moneyOf, type Told } from './told.js';

const NOBODY: AboutOrder = { orderId: '', customerId: '', planId: '', region: '', term: 'monthly' };
const REFUND_STATUS = { RefundPending: 'pending', RefundSettled: 'succeeded', RefundFailed: 'failed' } as const;

const isRefund = (fact: ToldFact): fact is Extract<ToldFact, { type: keyof typeof REFUND_STATUS }> =>
  Object.hasOwn(REFUND_STATUS, fact.type);

const disputeWord = ({ object, receivedAt }: Told, objectId: string): UnmatchedWord => {
  const { amountMinor = 0, evidenceDueBy = null } = detailOf(object, 'dispute') ?? {};
  return {
    is: 'disputed',
    dispute: {
      ...{ objectId, disputeId: object.id, status: object.status ?? 'unknown', amount: moneyOf(amountMinor, object) },
      ...{ evidenceDueBy: isoOrNull(evidenceDueBy), toldAt: receivedAt },
    },
  };
};

const wordOf = (fact: ToldFact, told: Told, objectId: string): UnmatchedWord => {
  const movedAt = told.receivedAt;
  if (isRefund(fact)) {
    const { refundId: byId, amount } = fact.data;
    const refund = { by: 'refund', byId, transactionId: null, direction: 'withdrawn', feeMinor: 0 } as const;
    const code = fact.type === 'RefundFailed' ? fact.data.code : null;
    return { is: 'moved', movement: { objectId, ...refund, amount, status: REFUND_STATUS[fact.type], movedAt }, code };
  }
  if (fact.type !== 'DisputeFundsMoved') return disputeWord(told, objectId);
  const { disputeId: byId, transactionId, direction, amount, feeMinor } = fact.data;
  const movement = { objectId, by: 'dispute', byId, transactionId, direction, amount, feeMinor, status: 'succeeded', movedAt } as const;
  return { is: 'moved', movement, code: null };
};

/** @param objectId under which the money is kept */
export const unmatchedWords = (told: Told, objectId: string): readonly UnmatchedWord[] => {
  const subject = { about: NOBODY, paymentId: objectId };
  const facts = told.object.object === 'refund' ? refundFacts(told, subject) : disputeFacts(told, subject);
  return facts.map((fact) => wordOf(fact, told, objectId));
};
