/** What refunds and disputes mean. Pure. */
import type { ToldFact } from '../payments/payment.events.js';
import { detailOf, isoOrNull, moneyOf, type Subject, type Told } from './told.js';

/** A refund that was cancelled has not reached the customer any more than one that failed. */
export const refundFacts = ({ object, receivedAt }: Told, { about, paymentId }: Subject): readonly ToldFact[] => {
  const { amountMinor = 0, callId = null, failureReason = null } = detailOf(object, 'refund') ?? {};
  const data = { ...about, refundId: object.id, callId, paymentId, amount: moneyOf(amountMinor, object), receivedAt };
  const status = object.status ?? '';
  switch (status) {
    case 'pending':
    case 'requires_action':
      return [{ type: 'RefundPending', data }];
    case 'succeeded':
      return [{ type: 'RefundSettled', data }];
    case 'failed':
    case 'canceled':
      return [{ type: 'RefundFailed', data: { ...data, code: failureReason ?? status } }];
    default:
      return [];
  }
};

/** The bank only asks, no money has moved. */
const isInquiry = (status: string | null): boolean => status?.startsWith('warning_') ?? false;

const OUTCOMES = { won: 'won', lost: 'lost', warning_closed: 'inquiryClosed' } as const;
const outcomeOf = (status: string): 'won' | 'lost' | 'inquiryClosed' | undefined =>
  Object.hasOwn(OUTCOMES, status) ? OUTCOMES[status as keyof typeof OUTCOMES] : undefined;

const base = ({ object, receivedAt }: Told, { about, paymentId }: Subject) => ({ ...about, disputeId: object.id, paymentId, receivedAt });

const opened = (told: Told, subject: Subject): ToldFact => {
  const { object } = told;
  const { amountMinor = 0, reason = null, evidenceDueBy = null } = detailOf(object, 'dispute') ?? {};
  return {
    type: 'DisputeOpened',
    data: {
      ...base(told, subject),
      amount: moneyOf(amountMinor, object),
      inquiry: isInquiry(object.status),
      reason: reason ?? 'unknown',
      evidenceDueBy: isoOrNull(evidenceDueBy),
    },
  };
};

/** A dispute that is decided tells its end; any other status is only passing. */
const standing = (told: Told, subject: Subject): ToldFact => {
  const status = told.object.status ?? '';
  const outcome = outcomeOf(status);
  if (outcome) return { type: 'DisputeClosed', data: { ...base(told, subject), outcome, status } };
  return { type: 'DisputeUpdated', data: { ...base(told, subject), status, inquiry: isInquiry(status) } };
};

/** Each movement has a transaction of its own, and the dispute shows all so far. */
const moved = (told: Told, subject: Subject): readonly ToldFact[] =>
  (detailOf(told.object, 'dispute')?.transactions ?? []).map(({ id, amountMinor, feeMinor, currency }) => ({
    type: 'DisputeFundsMoved',
    data: {
      ...base(told, subject),
      direction: amountMinor < 0 ? 'withdrawn' : 'reinstated',
      transactionId: id,
      amount: { amountMinor: Math.abs(amountMinor), currency },
      feeMinor,
    },
  }));

export const disputeFacts = (told: Told, subject: Subject): readonly ToldFact[] => {
  switch (told.type) {
    case 'charge.dispute.created':
      return [opened(told, subject)];
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return moved(told, subject);
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
      return [standing(told, subject)];
    default:
      return [];
  }
};
