/** Another price for a running subscription: what the unused time is worth, what the rest costs, and when the change counts. */
import type { InvoiceLine, PendingLine, Period, Subscription, SubscriptionItem } from './billing-records.js';
import { shareLeft } from './calendar.js';
import type { Change } from './change.js';
import { consequences, takeMoney } from './collection.js';
import { cardError, invalidRequest, missingParameter } from './errors.js';
import { newId } from './ids.js';
import { newLine } from './invoice-objects.js';
import { draft, finalize, invoicesOf } from './invoicing.js';
import { declineError } from './payments.js';
import { awaitMoney } from './pending-update.js';
import type { Price } from './records.js';
import { nextPeriod, periodLine } from './renewal.js';
import { find } from './route.js';
import { firstPeriod, newItem } from './subscription-objects.js';

export interface ItemChange {
  readonly id?: string | undefined;
  readonly price?: string | undefined;
  readonly quantity?: number | undefined;
}

export interface PlanChange {
  readonly items: readonly ItemChange[];
  readonly proration: 'create_prorations' | 'always_invoice' | 'none';
  readonly payment: 'allow_incomplete' | 'pending_if_incomplete' | 'error_if_incomplete';
  /** Unix seconds; now, when absent. */
  readonly prorationDate?: number | undefined;
  /** A new period begins now. */
  readonly anchorNow: boolean;
}

/** The change worked out, with nothing changed yet. */
export interface Worked {
  readonly next: Subscription;
  readonly prorations: readonly InvoiceLine[];
  /** Lines of the period that begins now, when one does. */
  readonly periods: readonly InvoiceLine[];
  readonly at: number;
}

const periodOf = ({ current_period_start: start, current_period_end: end }: SubscriptionItem): Period => ({ start, end });
const worth = (item: SubscriptionItem, at: number): number =>
  Math.round(item.price.unit_amount * item.quantity * shareLeft(periodOf(item), at));

/** A price that a subscription may hold. Throws a 400 otherwise. */
export function recurringPrice(change: Change, id: string | undefined, { param, currency }: { param: string; currency?: string }): Price {
  if (id === undefined) throw missingParameter(param);
  const price = find(change, 'price', { id, param });
  if (!price.recurring) {
    throw invalidRequest({
      message: 'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      param,
    });
  }
  if ((currency ?? price.currency) !== price.currency) {
    throw invalidRequest({ message: `The price is in ${price.currency} but the subscription is in ${currency ?? ''}.`, param });
  }
  return price;
}

function namedItem({ items }: Subscription, id: string | undefined, param: string): SubscriptionItem | undefined {
  const found = items.data.find((item) => item.id === id);
  if (id === undefined || found) return found;
  throw invalidRequest({ code: 'resource_missing', message: `No such subscription item: '${id}'`, param });
}

const quantityOf = (asked: ItemChange, old: SubscriptionItem | undefined): number => asked.quantity ?? old?.quantity ?? 1;

/** The item as it will be; without an id it is one more, with the period of the others. */
function changedItem(change: Change, subscription: Subscription, { asked, index }: { asked: ItemChange; index: number }): SubscriptionItem {
  const param = `items[${index}]`;
  const old = namedItem(subscription, asked.id, `${param}[id]`);
  const price =
    old && asked.price === undefined
      ? old.price
      : recurringPrice(change, asked.price, { param: `${param}[price]`, currency: subscription.currency });
  const [like] = old ? [old] : subscription.items.data;
  const period = like ? periodOf(like) : firstPeriod(change.now, price);
  const facts = { now: change.now, period, id: old?.id ?? newId('si') };
  return newItem(subscription.id, { price, quantity: quantityOf(asked, old) }, facts);
}

/** The invoice line that paid for what is now credited. */
function creditedBy(
  change: Change,
  subscription: Subscription,
  item: SubscriptionItem,
): { invoice: string; invoice_line_items: string[] } | null {
  const paidFor = ({ parent, amount }: InvoiceLine): boolean =>
    parent.subscription_item_details?.subscription_item === item.id && amount > 0;
  for (const invoice of invoicesOf(change, subscription.id).reverse()) {
    const lines = invoice.status === 'paid' ? invoice.lines.data.filter(paidFor) : [];
    if (lines.length > 0) return { invoice: invoice.id, invoice_line_items: lines.map(({ id }) => id) };
  }
  return null;
}

const dayOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

function proration(
  change: Change,
  subscription: Subscription,
  facts: { item: SubscriptionItem; at: number; credit: boolean },
): InvoiceLine {
  const { item, at, credit } = facts;
  const name = change.get('product', item.price.product)?.name ?? item.price.product;
  return newLine({
    price: item.price,
    quantity: item.quantity,
    amount: credit ? -worth(item, at) : worth(item, at),
    description: `${credit ? 'Unused' : 'Remaining'} time on ${name} after ${dayOf(at)}`,
    period: { start: at, end: item.current_period_end },
    metadata: subscription.metadata,
    subscription: subscription.id,
    item: item.id,
    proration: { credited: credit ? creditedBy(change, subscription, item) : null },
  });
}

const rhythmOf = ({ price: { recurring } }: SubscriptionItem): string => `${recurring?.interval} ${recurring?.interval_count}`;

function dateOf(change: Change, subscription: Subscription, asked: number | undefined): number {
  const at = asked ?? change.now;
  const [first] = subscription.items.data;
  if (first && at >= first.current_period_start && at <= first.current_period_end) return at;
  throw invalidRequest({ message: 'Invalid proration date: it must be within the current billing period.', param: 'proration_date' });
}

/** Works the change out. Throws a 400 for what does not exist or does not fit. */
export function work(change: Change, subscription: Subscription, asked: PlanChange): Worked {
  const at = dateOf(change, subscription, asked.prorationDate);
  const changed = asked.items.map((item, index) => changedItem(change, subscription, { asked: item, index }));
  const before = (item: SubscriptionItem): SubscriptionItem | undefined => subscription.items.data.find(({ id }) => id === item.id);
  const kept = subscription.items.data.filter(({ id }) => !changed.some((item) => item.id === id));
  const restarts = asked.anchorNow || changed.some((item) => before(item) && rhythmOf(item) !== rhythmOf(before(item) ?? item));
  const all = [...kept, ...changed].sort((a, b) => order(subscription, a) - order(subscription, b));
  const anchored: Subscription = restarts ? { ...subscription, billing_cycle_anchor: at } : subscription;
  const data = restarts ? all.map((item) => nextPeriod(anchored, { ...item, current_period_end: at })) : all;
  const credited = (restarts ? subscription.items.data : changed.map(before)).filter((item) => item !== undefined);
  const charged = restarts ? [] : changed;
  const prorated = [
    ...credited.map((item) => proration(change, subscription, { item, at, credit: true })),
    ...charged.map((item) => proration(change, subscription, { item, at, credit: false })),
  ];
  const next: Subscription = { ...anchored, items: { ...subscription.items, data } };
  return {
    next,
    prorations: asked.proration === 'none' ? [] : prorated,
    periods: restarts ? data.map((item) => periodLine(change, next, item)) : [],
    at,
  };
}

/** Items keep their places; new ones come last. */
const order = (subscription: Subscription, { id }: SubscriptionItem): number => {
  const index = subscription.items.data.findIndex((item) => item.id === id);
  return index < 0 ? subscription.items.data.length : index;
};

/** The change is asked for at once, by an invoice of its own. */
function changeNow(
  change: Change,
  subscription: Subscription,
  { worked, payment }: { worked: Worked; payment: PlanChange['payment'] },
): void {
  const waits = payment === 'pending_if_incomplete';
  const written = draft(change, worked.next, {
    reason: 'subscription_update',
    period: { start: change.now, end: change.now },
    lines: [...worked.prorations, ...worked.periods],
    prorationDate: worked.at,
    finalizesAt: null,
  });
  const invoice = finalize(change, waits ? { ...written, auto_advance: false } : written);
  const next: Subscription = { ...worked.next, latest_invoice: invoice.id };
  if (!waits) change.emit('customer.subscription.updated', next);
  const taken = takeMoney(change, invoice, { automatic: true });
  if (taken.outcome === 'failed' && payment === 'error_if_incomplete') throw cardError(declineError('generic_decline'));
  if (!waits) consequences(change, taken, true);
  else if (taken.outcome === 'paid') change.emit('customer.subscription.updated', next);
  else awaitMoney(change, subscription, next);
}

/** Changes the plan. Throws the card's 402 where the caller asked for an error instead of an unpaid invoice. */
export function changePlan(change: Change, subscription: Subscription, asked: PlanChange): Subscription {
  const worked = work(change, subscription, asked);
  const atOnce = worked.periods.length > 0 || (asked.proration === 'always_invoice' && worked.prorations.length > 0);
  if (atOnce) {
    changeNow(change, subscription, { worked, payment: asked.payment });
    return find(change, 'subscription', { id: subscription.id });
  }
  for (const line of worked.prorations) {
    change.put<PendingLine>({
      id: newId('ii'),
      object: 'pending_line',
      created: change.now,
      subscription: subscription.id,
      line,
      invoice: null,
    });
  }
  return change.emit('customer.subscription.updated', worked.next);
}
