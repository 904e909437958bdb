/** What time does to a subscription: a new period with its invoice an hour later, a scheduled end, a pause that is over. */
import type { Invoice, InvoiceLine, Subscription, SubscriptionItem } from './billing-records.js';
import { periodFrom } from './calendar.js';
import type { Change } from './change.js';
import { collect } from './collection.js';
import { newLine } from './invoice-objects.js';
import { draft, finalize, inOneHour, invoicesOf, markUncollectible, voidInvoice } from './invoicing.js';
import { expirePending } from './pending-update.js';
import { endSubscription, hasEnded } from './standing.js';

/** An incomplete subscription waits this long for its first payment. */
const INCOMPLETE_SECONDS = 23 * 3600;

export const periodEnd = ({ items }: Subscription): number => Math.min(...items.data.map(({ current_period_end: end }) => end));

/** The item in the period after its current one. */
export function nextPeriod(subscription: Subscription, item: SubscriptionItem): SubscriptionItem {
  const { recurring } = item.price;
  if (!recurring) return item;
  const { start, end } = periodFrom(subscription.billing_cycle_anchor, item.current_period_end, recurring);
  return { ...item, current_period_start: start, current_period_end: end };
}

/** A whole period of the item, to be paid in advance. */
export const periodLine = (change: Change, subscription: Subscription, item: SubscriptionItem): InvoiceLine =>
  newLine({
    price: item.price,
    quantity: item.quantity,
    amount: item.price.unit_amount * item.quantity,
    description: `${item.quantity} × ${change.get('product', item.price.product)?.name ?? item.price.product}`,
    period: { start: item.current_period_start, end: item.current_period_end },
    metadata: subscription.metadata,
    subscription: subscription.id,
    item: item.id,
  });

/** Collection is paused: the invoice is written and then comes to what the pause says. */
function underPause(change: Change, invoice: Invoice, behavior: NonNullable<Subscription['pause_collection']>['behavior']): void {
  if (behavior === 'keep_as_draft') return;
  const open = finalize(change, invoice);
  if (behavior === 'void') voidInvoice(change, open);
  else markUncollectible(change, open);
}

/** The next period begins: the items move on, and a draft is written that is finalized in an hour. */
export function renew(change: Change, subscription: Subscription): void {
  const [first] = subscription.items.data;
  const items = subscription.items.data.map((item) => nextPeriod(subscription, item));
  const moved: Subscription = { ...subscription, items: { ...subscription.items, data: items } };
  const asks = subscription.pause_collection === null && subscription.status !== 'unpaid';
  const invoice = draft(change, moved, {
    reason: 'subscription_cycle',
    period: { start: first?.current_period_start ?? change.now, end: first?.current_period_end ?? change.now },
    lines: items.map((item) => periodLine(change, moved, item)),
    finalizesAt: asks ? inOneHour(change) : null,
  });
  change.emit('customer.subscription.updated', { ...moved, latest_invoice: invoice.id });
  if (subscription.pause_collection) underPause(change, invoice, subscription.pause_collection.behavior);
}

/** When something happens to this subscription by itself, unix seconds; null when never. */
export function subscriptionDueAt(subscription: Subscription): number | null {
  if (hasEnded(subscription) || subscription.status === 'paused') return null;
  if (subscription.status === 'incomplete') return subscription.created + INCOMPLETE_SECONDS;
  const moments = [
    periodEnd(subscription),
    subscription.cancel_at ?? Infinity,
    subscription.pending_update?.expires_at ?? Infinity,
    subscription.pause_collection?.resumes_at ?? Infinity,
  ];
  return Math.min(...moments);
}

/** The first payment never came. */
function giveUpIncomplete(change: Change, subscription: Subscription): void {
  for (const invoice of invoicesOf(change, subscription.id)) if (invoice.status === 'open') voidInvoice(change, invoice);
  change.emit('customer.subscription.updated', { ...subscription, status: 'incomplete_expired', ended_at: change.now });
}

/** Does the earliest of what is due; what is due at the same moment is done in the next step. */
export function advanceSubscription(change: Change, subscription: Subscription): void {
  const { now } = change;
  if (subscription.status === 'incomplete') giveUpIncomplete(change, subscription);
  else if (subscription.cancel_at !== null && subscription.cancel_at <= now) endSubscription(change, subscription, {});
  else if (subscription.pending_update && subscription.pending_update.expires_at <= now) expirePending(change, subscription);
  else if (subscription.pause_collection?.resumes_at && subscription.pause_collection.resumes_at <= now) {
    change.emit('customer.subscription.updated', { ...subscription, pause_collection: null });
  } else renew(change, subscription);
}

/** When Stripe does the next thing with this invoice by itself, unix seconds; null when never. */
export function invoiceDueAt(invoice: Invoice): number | null {
  if (!invoice.auto_advance) return null;
  if (invoice.status === 'draft') return invoice.automatically_finalizes_at;
  return invoice.status === 'open' ? invoice.next_payment_attempt : null;
}

/** Finalizes a draft whose hour is over and asks for the money; or asks again. */
export function advanceInvoice(change: Change, invoice: Invoice): void {
  const open = invoice.status === 'draft' ? finalize(change, invoice) : invoice;
  collect(change, open, { automatic: true });
}
