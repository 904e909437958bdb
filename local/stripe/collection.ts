/** Taking the money of an open invoice: attempts, retries by the account's policy, and what failing means for the subscription. */
import type { Invoice, Subscription } from './billing-records.js';
import { subscriptionOf } from './billing-records.js';
import type { Change } from './change.js';
import { intentOf, markPaid } from './invoicing.js';
import { attempt } from './payments.js';
import { applyPending } from './pending-update.js';
import { nextAttemptAt } from './policy.js';
import type { PaymentIntent, PaymentMethod } from './records.js';
import { becomeUnpaid, endSubscription, fallBehind, settleStanding } from './standing.js';

export interface Asked {
  /** Instead of the one that the subscription or the customer uses. */
  readonly method?: PaymentMethod | undefined;
  /** The customer is there and can answer the bank. */
  readonly present?: boolean;
  /** By Stripe itself, so that it counts and the next one is planned; not by an API call or on a page. */
  readonly automatic?: boolean;
}

const ownerOf = (change: Change, invoice: Invoice): Subscription | undefined => {
  const id = subscriptionOf(invoice);
  return id === null ? undefined : change.get('subscription', id);
};

/** The way to pay that is used when nobody names another. */
export function defaultMethod(change: Change, invoice: Invoice): PaymentMethod | undefined {
  const own = ownerOf(change, invoice)?.default_payment_method;
  const id = own ?? change.get('customer', invoice.customer)?.invoice_settings.default_payment_method;
  return id ? change.get('payment_method', id) : undefined;
}

const counted = (invoice: Invoice, automatic: boolean): number =>
  automatic || invoice.attempt_count === 0 ? invoice.attempt_count + 1 : invoice.attempt_count;

/** When Stripe tries again by itself; what a person tries in between changes nothing. */
function nextOf(change: Change, invoice: Invoice, { automatic, count }: { automatic: boolean; count: number }): number | null {
  const owner = ownerOf(change, invoice);
  const retried = owner !== undefined && (owner.status === 'active' || owner.status === 'past_due') && owner.pending_update === null;
  if (!retried || !invoice.auto_advance) return null;
  if (!automatic && invoice.attempt_count > 0) return invoice.next_payment_attempt;
  return nextAttemptAt(change.policy, change.now, count);
}

type Outcome = 'paid' | 'onItsWay' | 'failed';
export interface Taken {
  readonly invoice: Invoice;
  readonly outcome: Outcome;
}

/** The money did not come: the invoice says so and when it is tried again. */
function refused(change: Change, invoice: Invoice, how: { automatic: boolean; needsAction?: boolean }): Taken {
  const count = counted(invoice, how.automatic);
  const next = nextOf(change, invoice, { automatic: how.automatic, count });
  const unpaid: Invoice = { ...invoice, attempt_count: count, attempted: true, next_payment_attempt: next };
  change.emit('invoice.payment_failed', unpaid);
  if (how.needsAction) change.emit('invoice.payment_action_required', unpaid);
  return { invoice: unpaid, outcome: 'failed' };
}

function giveUp(change: Change, subscription: Subscription): void {
  switch (change.policy.afterRetries) {
    case 'cancel':
      endSubscription(change, subscription, { reason: 'payment_failed' });
      return;
    case 'unpaid':
      becomeUnpaid(change, subscription);
      return;
    case 'past_due':
      return;
  }
}

function onItsWay(change: Change, invoice: Invoice): Taken {
  const waiting = { ...invoice, attempt_count: counted(invoice, true), attempted: true, next_payment_attempt: null };
  return { invoice: change.emit('invoice.updated', waiting), outcome: 'onItsWay' };
}

/** What the outcome of an attempt makes of the invoice; the subscription is not touched. */
export function concluded(change: Change, invoice: Invoice, how: { intent: PaymentIntent; automatic: boolean }): Taken {
  const { intent, automatic } = how;
  if (intent.status === 'processing') return onItsWay(change, invoice);
  if (intent.status === 'succeeded') {
    return { invoice: markPaid(change, { ...invoice, attempt_count: counted(invoice, automatic) }), outcome: 'paid' };
  }
  return refused(change, invoice, { automatic, needsAction: intent.status === 'requires_action' });
}

/** One attempt to have this open invoice paid. Nothing owed is paid at once; what is on its way is left alone. The subscription is not touched. */
export function takeMoney(change: Change, invoice: Invoice, { method, present = false, automatic = false }: Asked): Taken {
  if (invoice.amount_due === 0) return { invoice: markPaid(change, invoice), outcome: 'paid' };
  const intent = intentOf(change, invoice);
  if (intent.status === 'processing') return { invoice, outcome: 'onItsWay' };
  const chosen = method ?? defaultMethod(change, invoice);
  if (!chosen) return refused(change, invoice, { automatic });
  return concluded(change, invoice, { intent: attempt(change, intent, { method: chosen, present }), automatic });
}

/** What that means for the subscription. Answers the invoice. */
export function consequences(change: Change, { invoice, outcome }: Taken, automatic: boolean): Invoice {
  const owner = ownerOf(change, invoice);
  if (!owner || outcome === 'onItsWay') return invoice;
  if (outcome === 'paid') {
    applyPending(change, owner.id, invoice.id);
    settleStanding(change, owner.id);
    return invoice;
  }
  if (owner.pending_update !== null) return invoice;
  const behind = fallBehind(change, owner);
  if (automatic && invoice.next_payment_attempt === null && behind.status === 'past_due') giveUp(change, behind);
  return invoice;
}

/** One attempt, with what follows from it. */
export const collect = (change: Change, invoice: Invoice, asked: Asked = {}): Invoice =>
  consequences(change, takeMoney(change, invoice, asked), asked.automatic ?? false);

/** The money came from outside Stripe. */
export const paidOutOfBand = (change: Change, invoice: Invoice): Invoice =>
  consequences(change, { invoice: markPaid(change, invoice, { outOfBand: true }), outcome: 'paid' }, false);

/** A payment that was on its way has come, or has not. */
export function decided(change: Change, invoice: Invoice, succeeds: boolean): Invoice {
  const taken: Taken = succeeds
    ? { invoice: markPaid(change, invoice), outcome: 'paid' }
    : refused(change, { ...invoice, attempt_count: Math.max(0, invoice.attempt_count - 1) }, { automatic: true });
  return consequences(change, taken, true);
}
