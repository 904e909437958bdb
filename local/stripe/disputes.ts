/** Disputes: opened as inquiry or chargeback, answered with evidence, closed; and what Radar hears before. */
import { DAY_SECONDS } from './calendar.js';
import type { Change } from './change.js';
import { wrongState } from './errors.js';
import { newId } from './ids.js';
import type { Charge, Dispute, DisputeStatus, FraudWarning } from './records.js';
import { decideLater, isDecided } from './settlements.js';

const RESPOND_DAYS = 9;
const INQUIRY_DAYS = 120;
/** What Stripe asks for a dispute, in minor units. */
const FEE = 2000;

export interface Opened {
  readonly reason: string;
  /** A warning before any money moves. */
  readonly inquiry: boolean;
  /** Minor units; the whole charge, when absent. */
  readonly amount?: number | undefined;
}

const transaction = (change: Change, dispute: Dispute, facts: { amount: number; fee: number }): Record<string, unknown> => ({
  id: newId('txn'),
  object: 'balance_transaction',
  amount: facts.amount,
  available_on: change.now,
  created: change.now,
  currency: dispute.currency,
  description: facts.amount < 0 ? `Chargeback withdrawal for ${dispute.charge}` : `Chargeback reversal for ${dispute.charge}`,
  fee: facts.fee,
  net: facts.amount - facts.fee,
  reporting_category: facts.amount < 0 ? 'dispute' : 'dispute_reversal',
  source: dispute.id,
  status: 'available',
  type: 'adjustment',
});

function withdraw(change: Change, dispute: Dispute): Dispute {
  const balance = [...dispute.balance_transactions, transaction(change, dispute, { amount: -dispute.amount, fee: FEE })];
  return change.emit('charge.dispute.funds_withdrawn', { ...dispute, balance_transactions: balance });
}

const isInquiry = ({ status }: Dispute): boolean => status.startsWith('warning_');
const isClosed = ({ status }: Dispute): boolean => status === 'won' || status === 'lost' || status === 'warning_closed';

/** The customer's bank asks, or takes the money back at once. */
export function openDispute(change: Change, charge: Charge, { reason, inquiry, amount = charge.amount }: Opened): Dispute {
  const status: DisputeStatus = inquiry ? 'warning_needs_response' : 'needs_response';
  const dispute: Dispute = {
    id: newId('du'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: change.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { product_description: null, uncategorized_text: null },
    evidence_details: {
      due_by: change.now + RESPOND_DAYS * DAY_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    network_reason_code: '10.4',
    payment_intent: charge.payment_intent,
    payment_method_details: {
      type: 'card',
      card: { brand: 'visa', case_type: inquiry ? 'inquiry' : 'chargeback', network_reason_code: '10.4' },
    },
    reason,
    status,
  };
  change.put<Charge>({ ...charge, disputed: true });
  change.emit('charge.dispute.created', dispute);
  return inquiry ? dispute : withdraw(change, dispute);
}

/** An inquiry becomes a chargeback, and the money goes. */
export function escalate(change: Change, dispute: Dispute): Dispute {
  if (!isInquiry(dispute) || isClosed(dispute)) throw wrongState({ message: 'Only an open inquiry can become a chargeback.' });
  const details = { ...dispute.payment_method_details, card: { ...dispute.payment_method_details.card, case_type: 'chargeback' as const } };
  const grown: Dispute = { ...dispute, status: 'needs_response', is_charge_refundable: false, payment_method_details: details };
  change.emit('charge.dispute.updated', grown);
  return withdraw(change, grown);
}

/** The end: won gives the money back, lost does not, and an inquiry just ends. Throws when it has ended before. */
export function closeDispute(change: Change, dispute: Dispute, won: boolean): Dispute {
  if (isClosed(dispute)) throw wrongState({ message: 'This dispute is already closed.' });
  isDecided(change, dispute.id);
  const outcome = won ? 'won' : 'lost';
  const closed: Dispute = { ...dispute, status: isInquiry(dispute) ? 'warning_closed' : outcome, is_charge_refundable: false };
  if (closed.status !== 'won') return change.emit('charge.dispute.closed', closed);
  const returned = transaction(change, dispute, { amount: dispute.amount, fee: -FEE });
  const reinstated: Dispute = { ...closed, balance_transactions: [...dispute.balance_transactions, returned] };
  change.emit('charge.dispute.closed', reinstated);
  return change.emit('charge.dispute.funds_reinstated', reinstated);
}

/** Evidence that Stripe's test mode takes as the bank's decision. */
const DECIDING: Readonly<Record<string, boolean>> = { winning_evidence: true, losing_evidence: false };

/** The merchant's answer; submitted, the bank decides over it. */
export function answerDispute(change: Change, dispute: Dispute, told: { evidence: Record<string, string>; submit: boolean }): Dispute {
  if (isClosed(dispute)) throw wrongState({ message: 'This dispute is already closed.' });
  const evidence = { ...dispute.evidence, ...told.evidence };
  const details = dispute.evidence_details;
  const count = details.submission_count + (told.submit ? 1 : 0);
  const reviewed: DisputeStatus = isInquiry(dispute) ? 'warning_under_review' : 'under_review';
  const answered: Dispute = {
    ...dispute,
    evidence,
    evidence_details: { ...details, has_evidence: true, submission_count: count },
    status: told.submit ? reviewed : dispute.status,
  };
  const decision = DECIDING[evidence['uncategorized_text'] ?? ''];
  if (told.submit && decision !== undefined)
    decideLater(change, { of: 'dispute', subject: dispute.id, at: change.now, succeeds: decision });
  return change.emit('charge.dispute.updated', answered);
}

/** When silence decides it, unix seconds; null when it waits for somebody. */
export function disputeDueAt(dispute: Dispute): number | null {
  if (isClosed(dispute) || dispute.status === 'under_review') return null;
  return isInquiry(dispute) ? dispute.created + INQUIRY_DAYS * DAY_SECONDS : dispute.evidence_details.due_by;
}

/** The card network reports fraud; a dispute may follow. */
export function warnOfFraud(change: Change, charge: Charge): FraudWarning {
  return change.emit<FraudWarning>('radar.early_fraud_warning.created', {
    id: newId('issfr'),
    object: 'radar.early_fraud_warning',
    actionable: !charge.refunded,
    charge: charge.id,
    created: change.now,
    fraud_type: 'made_with_stolen_card',
    livemode: false,
    payment_intent: charge.payment_intent,
  });
}
