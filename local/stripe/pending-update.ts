/** A plan change that waits for its money: applied when the invoice is paid, given up when it is not in time. */
import type { Subscription } from './billing-records.js';
import { HOUR_SECONDS } from './calendar.js';
import type { Change } from './change.js';
import { voidInvoice } from './invoicing.js';

const LIFE_SECONDS = 23 * HOUR_SECONDS;

/** The subscription stays as it is; what it would become is kept for 23 hours. */
export function awaitMoney(change: Change, subscription: Subscription, next: Pick<Subscription, 'items' | 'latest_invoice'>): Subscription {
  const pending = {
    billing_cycle_anchor: null,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: change.now + LIFE_SECONDS,
    metadata: null,
    subscription_items: next.items.data,
    trial_end: null,
    trial_from_plan: null,
  };
  return change.emit('customer.subscription.updated', { ...subscription, latest_invoice: next.latest_invoice, pending_update: pending });
}

/** The invoice of the change is paid. */
export function applyPending(change: Change, subscriptionId: string, invoiceId: string): void {
  const subscription = change.get('subscription', subscriptionId);
  if (!subscription?.pending_update || subscription.latest_invoice !== invoiceId) return;
  const items = { ...subscription.items, data: subscription.pending_update.subscription_items };
  const applied: Subscription = { ...subscription, items, pending_update: null };
  change.emit('customer.subscription.updated', applied);
  change.emit('customer.subscription.pending_update_applied', applied);
}

/** The money did not come in time: the change is forgotten and its invoice void. */
export function expirePending(change: Change, subscription: Subscription): void {
  const invoice = subscription.latest_invoice === null ? undefined : change.get('invoice', subscription.latest_invoice);
  if (invoice?.status === 'open') voidInvoice(change, invoice);
  forget(change, subscription);
}

/** The invoice of the change is no longer owed, so that the change is given up. */
export function dropPending(change: Change, subscriptionId: string, invoiceId: string): void {
  const subscription = change.get('subscription', subscriptionId);
  if (subscription?.pending_update && subscription.latest_invoice === invoiceId) forget(change, subscription);
}

function forget(change: Change, subscription: Subscription): void {
  const expired: Subscription = { ...subscription, pending_update: null };
  change.emit('customer.subscription.updated', expired);
  change.emit('customer.subscription.pending_update_expired', expired);
}
