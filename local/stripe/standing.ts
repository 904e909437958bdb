/** A subscription's status, as it follows from its invoices; and its end. */
import type { CancellationDetails, Invoice, Subscription, SubscriptionStatus } from './billing-records.js';
import type { Change } from './change.js';
import { invoicesOf } from './invoicing.js';

export const hasEnded = ({ status }: Subscription): boolean => status === 'canceled' || status === 'incomplete_expired';

function setStatus(change: Change, subscription: Subscription, status: SubscriptionStatus): Subscription {
  if (subscription.status === status) return subscription;
  return change.emit('customer.subscription.updated', { ...subscription, status });
}

/** The newest invoice that was ever asked of the customer and still counts decides. */
const newestAsked = (change: Change, subscriptionId: string): Invoice | undefined =>
  invoicesOf(change, subscriptionId).findLast(({ status }) => status !== 'draft' && status !== 'void');

/** An invoice was paid, voided or given up: the subscription may be in good standing again. */
export function settleStanding(change: Change, subscriptionId: string): void {
  const subscription = change.get('subscription', subscriptionId);
  if (!subscription || hasEnded(subscription)) return;
  const newest = newestAsked(change, subscriptionId);
  const settled = newest === undefined || newest.status === 'paid' || newest.status === 'uncollectible';
  if (settled && subscription.status !== 'paused') setStatus(change, subscription, 'active');
}

export function fallBehind(change: Change, subscription: Subscription): Subscription {
  return subscription.status === 'active' ? setStatus(change, subscription, 'past_due') : subscription;
}

export const becomeUnpaid = (change: Change, subscription: Subscription): Subscription => setStatus(change, subscription, 'unpaid');

/** Stripe stops asking for what is still open; the invoices stay as they are. */
function stopAsking(change: Change, subscriptionId: string): void {
  for (const invoice of invoicesOf(change, subscriptionId)) {
    if (!invoice.auto_advance || (invoice.status !== 'open' && invoice.status !== 'draft')) continue;
    change.emit('invoice.updated', { ...invoice, auto_advance: false, next_payment_attempt: null, automatically_finalizes_at: null });
  }
}

/** The end, now and for good. */
export function endSubscription(change: Change, subscription: Subscription, details: Partial<CancellationDetails>): Subscription {
  stopAsking(change, subscription.id);
  return change.emit('customer.subscription.deleted', {
    ...subscription,
    status: 'canceled',
    canceled_at: subscription.canceled_at ?? change.now,
    cancellation_details: { ...subscription.cancellation_details, ...details },
    ended_at: change.now,
    pending_update: null,
  });
}
