/** Taking an intent's money with one way to pay: at once, declined, after the bank asked, or after days. */
import type { Change } from './change.js';
import { DAY_SECONDS } from './calendar.js';
import { openDispute, warnOfFraud } from './disputes.js';
import { newCharge } from './money-objects.js';
import type { ChargeOutcome } from './money-objects.js';
import { behaviourOf, newPaymentMethod } from './payment-methods.js';
import type { Charge, PaymentIntent, PaymentMethod } from './records.js';
import { decideLater, isDecided } from './settlements.js';

/** Stripe's words for a decline, on the intent and in the error of a call that pays. */
export const declineError = (declineCode: string): Record<string, unknown> => ({
  type: 'card_error',
  code: 'card_declined',
  decline_code: declineCode,
  message: declineCode === 'insufficient_funds' ? 'Your card has insufficient funds.' : 'Your card was declined.',
  doc_url: 'https://stripe.com/docs/error-codes/card-declined',
});

const charged = (change: Change, intent: PaymentIntent, facts: ChargeOutcome & { method: PaymentMethod }): Charge =>
  change.emit(`charge.${facts.status}`, newCharge(change.now, intent, facts));

function succeeded(change: Change, intent: PaymentIntent, charge: Charge): PaymentIntent {
  return change.emit('payment_intent.succeeded', {
    ...intent,
    status: 'succeeded',
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    processing: null,
  });
}

function failed(change: Change, intent: PaymentIntent, facts: { charge: Charge; error: Record<string, unknown> }): PaymentIntent {
  return change.emit('payment_intent.payment_failed', {
    ...intent,
    status: 'requires_payment_method',
    last_payment_error: { ...facts.error, charge: facts.charge.id },
    latest_charge: facts.charge.id,
    payment_method: null,
    processing: null,
  });
}

/** What some cards bring with their money. */
function aftermath(change: Change, charge: Charge, method: PaymentMethod): void {
  const { dispute, fraudWarning } = behaviourOf(method);
  if (dispute === 'inquiry') openDispute(change, charge, { reason: 'fraudulent', inquiry: true });
  else if (dispute) openDispute(change, charge, { reason: dispute, inquiry: false });
  if (fraudWarning) warnOfFraud(change, charge);
}

/** Tries to take the money; the answer's `status` tells how it went. `present`: the customer is there to answer the bank. */
export function attempt(change: Change, asked: PaymentIntent, how: { method: PaymentMethod; present: boolean }): PaymentIntent {
  const { method, present } = how;
  const intent: PaymentIntent = { ...asked, payment_method: method.id, payment_method_types: [method.type] };
  const { charge, declineCode = 'generic_decline' } = behaviourOf(method);
  if (charge === 'declined') {
    return failed(change, intent, {
      charge: charged(change, intent, { status: 'failed', declineCode, method }),
      error: declineError(declineCode),
    });
  }
  if (charge === 'needsAction' && !present) {
    return change.emit('payment_intent.requires_action', { ...intent, status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
  }
  if (charge === 'settles' || charge === 'settlesNot') {
    const at = change.now + change.policy.delayedDays * DAY_SECONDS;
    decideLater(change, { of: 'payment_intent', subject: intent.id, at, succeeds: charge === 'settles' });
    const pending = charged(change, intent, { status: 'pending', method });
    return change.emit('payment_intent.processing', { ...intent, status: 'processing', latest_charge: pending.id });
  }
  const taken = charged(change, intent, { status: 'succeeded', method });
  const done = succeeded(change, intent, taken);
  aftermath(change, taken, method);
  return done;
}

/** Decides a payment on its way; undefined when there is none. */
export function decide(change: Change, intentId: string, succeeds: boolean): PaymentIntent | undefined {
  const intent = change.get('payment_intent', intentId);
  const charge = intent?.status === 'processing' && intent.latest_charge ? change.get('charge', intent.latest_charge) : undefined;
  if (!intent || !charge) return undefined;
  isDecided(change, intentId);
  if (succeeds) {
    return succeeded(change, intent, change.emit('charge.succeeded', { ...charge, status: 'succeeded' }));
  }
  const error = { type: 'card_error', code: 'payment_intent_payment_attempt_failed', message: 'The payment failed.' };
  return failed(change, intent, { charge: change.emit('charge.failed', { ...charge, status: 'failed', paid: false }), error });
}

/** Ends an intent that nobody may pay any more. */
export function cancelIntent(change: Change, intentId: string): void {
  const intent = change.get('payment_intent', intentId);
  if (!intent || intent.status === 'succeeded' || intent.status === 'canceled') return;
  isDecided(change, intentId);
  change.emit('payment_intent.canceled', { ...intent, status: 'canceled', canceled_at: change.now, cancellation_reason: 'void_invoice' });
}

/** The method itself, or a new one when a test token is named; undefined when neither is known. */
export function methodNamed(change: Change, name: string, customer: string | null): PaymentMethod | undefined {
  const known = change.get('payment_method', name);
  if (known) return known;
  const made = newPaymentMethod(change.now, name, customer);
  return made && change.put(made);
}
