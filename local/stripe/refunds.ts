/** Money given back: at once, pending, or failed after all. */
import { DAY_SECONDS } from './calendar.js';
import type { Change } from './change.js';
import { invalidRequest, wrongState } from './errors.js';
import { newId } from './ids.js';
import { newRefund } from './money-objects.js';
import { behaviourOf } from './payment-methods.js';
import type { Behaviour } from './payment-methods.js';
import type { Charge, Metadata, Refund } from './records.js';
import { find } from './route.js';
import { decideLater, isDecided } from './settlements.js';

export interface AskedRefund {
  readonly charge?: string | undefined;
  readonly payment_intent?: string | undefined;
  readonly amount?: number | undefined;
  readonly reason?: string | undefined;
  readonly metadata?: Metadata | undefined;
}

function chargeToRefund(change: Change, named: AskedRefund): Charge {
  if (named.charge !== undefined) return find(change, 'charge', { id: named.charge, param: 'charge' });
  if (named.payment_intent === undefined) {
    throw invalidRequest({
      code: 'parameter_missing',
      message: 'One of the following params should be provided for this request: payment_intent or charge.',
    });
  }
  const intent = find(change, 'payment_intent', { id: named.payment_intent, param: 'payment_intent' });
  const charge = intent.latest_charge === null ? undefined : change.get('charge', intent.latest_charge);
  if (charge?.status === 'succeeded') return charge;
  throw wrongState({ message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, param: 'payment_intent' });
}

/** A chargeback has the money already. */
function checkUndisputed(change: Change, charge: Charge): void {
  const holds = change
    .list('dispute')
    .some((dispute) => dispute.charge === charge.id && !dispute.is_charge_refundable && keeps(dispute.status));
  if (!holds) return;
  throw wrongState({ code: 'charge_disputed', message: `Charge ${charge.id} has been charged back; cannot issue a refund.` });
}
const keeps = (status: string): boolean => status === 'needs_response' || status === 'under_review' || status === 'lost';

/** What is to be given back, in minor units; the rest when no amount is named. */
function refundAmount(charge: Charge, asked: number | undefined): number {
  const rest = charge.amount - charge.amount_refunded;
  if (rest === 0) throw wrongState({ code: 'charge_already_refunded', message: `Charge ${charge.id} has already been refunded.` });
  const amount = asked ?? rest;
  if (amount < 1)
    throw invalidRequest({ code: 'parameter_invalid_integer', message: 'This value must be greater than or equal to 1.', param: 'amount' });
  if (amount > rest) {
    throw wrongState({ message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${rest})`, param: 'amount' });
  }
  return amount;
}

function behaviourFor(change: Change, charge: Charge): Behaviour {
  const method = charge.payment_method === null ? undefined : change.get('payment_method', charge.payment_method);
  return method ? behaviourOf(method) : { charge: 'succeeds' };
}

/** The charge after `amount` more, or less, of it is refunded. */
function refundedBy(charge: Charge, amount: number): Charge {
  const refunded = charge.amount_refunded + amount;
  return { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount };
}

/** Gives money back. Throws the 400 that Stripe answers when there is none left, or when the bank has it. */
export function refund(change: Change, asked: AskedRefund): Refund {
  const charge = chargeToRefund(change, asked);
  checkUndisputed(change, charge);
  const amount = refundAmount(charge, asked.amount);
  const { refund: outcome, charge: pays } = behaviourFor(change, charge);
  const slow = outcome === 'pending' || pays === 'settles';
  const made = newRefund(change.now, charge, { amount, reason: asked.reason ?? null, metadata: asked.metadata ?? {}, pending: slow });
  change.emit('refund.created', made);
  change.emit('charge.refunded', refundedBy(charge, amount));
  if (slow || outcome === 'fails') {
    const at = change.now + change.policy.refundDays * DAY_SECONDS;
    decideLater(change, { of: 'refund', subject: made.id, at, succeeds: outcome !== 'fails' });
  }
  return made;
}

/** A pending refund has arrived. Throws when it is not pending. */
export function settleRefund(change: Change, made: Refund): Refund {
  if (made.status !== 'pending') throw wrongState({ message: `This refund is ${made.status}.` });
  isDecided(change, made.id);
  return change.emit('refund.updated', { ...made, status: 'succeeded' });
}

/** The money came back to us: also a refund that had succeeded may fail. Throws when it has failed before. */
export function failRefund(change: Change, made: Refund, reason = 'expired_or_canceled_card'): Refund {
  if (made.status === 'failed' || made.status === 'canceled') throw wrongState({ message: `This refund is ${made.status}.` });
  isDecided(change, made.id);
  const charge = find(change, 'charge', { id: made.charge });
  change.emit('charge.updated', refundedBy(charge, -made.amount));
  const failed: Refund = { ...made, status: 'failed', failure_reason: reason, failure_balance_transaction: newId('txn') };
  change.emit('refund.updated', failed);
  return change.emit('refund.failed', failed);
}
