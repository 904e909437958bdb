/** Subscriptions, invoices, refunds and disputes of one order: every fact once, in whatever order it is told. Pure. */
import type { Money } from '../orders/order.events.js';
import type {
  BillingEvent,
  DisputeClosed,
  DisputeFundsMoved,
  DisputeOpened,
  DisputeUpdated,
  InvoiceActionNeeded,
  InvoiceBlocked,
  InvoicePaymentFailed,
  InvoicePurpose,
  InvoiceWrittenOff,
  RefundFailed,
  RefundPending,
  RefundSettled,
  SubscriptionChangeExpired,
  SubscriptionChanged,
  SubscriptionEnded,
  SubscriptionFacts,
  SubscriptionPart,
} from './billing.events.js';
import type { MoneyEvent, ToldFact } from './payment.events.js';

export interface KnownInvoice {
  readonly subscriptionId: string | null;
  readonly purpose: InvoicePurpose;
  readonly status: 'failing' | 'writtenOff';
  readonly attempt: number;
  /** By Stripe's clock, of the first failure we know of. */
  readonly failingSince: string;
  /** Null: Stripe will not try again. */
  readonly nextAttemptAt: string | null;
}
export interface KnownSubscription {
  readonly facts: SubscriptionFacts | null;
  readonly ended: { readonly reason: string | null; readonly endedAt: string } | null;
}
export interface KnownRefund {
  readonly paymentId: string | null;
  readonly callId: string | null;
  readonly amount: Money;
  readonly status: 'pending' | 'settled' | 'failed';
}
export interface KnownDispute {
  readonly paymentId: string | null;
  readonly status: 'inquiry' | 'open' | 'won' | 'lost' | 'inquiryClosed';
}

/** By Stripe's ids. */
export interface Billing {
  readonly invoices: Readonly<Record<string, KnownInvoice>>;
  readonly subscriptions: Readonly<Record<string, KnownSubscription>>;
  readonly refunds: Readonly<Record<string, KnownRefund>>;
  readonly disputes: Readonly<Record<string, KnownDispute>>;
}
export const noBilling: Billing = { invoices: {}, subscriptions: {}, refunds: {}, disputes: {} };

type Keyed = { readonly keys: readonly string[]; readonly billing: Billing };
type Told = (state: Keyed) => readonly BillingEvent[];
type BillingFact = Exclude<ToldFact, MoneyEvent>;

/** Under which a fact is recorded once, however often and under however many event ids Stripe tells it; null: by what is known already. */
export const billingKeyOf = ({ type, data }: BillingEvent): string | null => {
  switch (type) {
    case 'InvoicePaymentFailed':
      return `inv:${data.invoiceId}:fail:${data.attempt}`;
    case 'InvoiceActionNeeded':
      return `inv:${data.invoiceId}:action`;
    case 'InvoiceBlocked':
      return `inv:${data.invoiceId}:finfail`;
    case 'InvoiceWrittenOff':
      return `inv:${data.invoiceId}:${data.status}`;
    case 'SubscriptionEnded':
      return `sub:${data.subscriptionId}:ended`;
    case 'RefundPending':
    case 'RefundSettled':
    case 'RefundFailed':
      return `re:${data.refundId}:${REFUND_STATUS[type]}`;
    case 'DisputeOpened':
      return `du:${data.disputeId}:opened`;
    case 'DisputeFundsMoved':
      return `du:${data.disputeId}:${data.transactionId}`;
    case 'DisputeClosed':
      return `du:${data.disputeId}:closed`;
    case 'DisputeUpdated':
      return `du:${data.disputeId}:${data.status}`;
    case 'SubscriptionChangeExpired':
      return `sub:${data.subscriptionId}:expired:${data.expiredAt}`;
    case 'SubscriptionChanged':
      return null;
  }
};

const once =
  (event: BillingEvent): Told =>
  ({ keys }) =>
    keys.includes(billingKeyOf(event) ?? '') ? [] : [event];

const PARTS: readonly (readonly [SubscriptionPart, (facts: SubscriptionFacts) => unknown])[] = [
  ['status', ({ status }) => status],
  ['plan', ({ itemId, priceId, quantity }) => `${itemId} ${priceId} ${quantity}`],
  ['period', ({ periodEnd }) => periodEnd],
  ['cancellation', ({ cancelAt }) => cancelAt],
  ['collection', ({ collectionPaused }) => collectionPaused],
  ['pendingChange', ({ pendingUntil }) => pendingUntil],
];

/** Only a difference is news. What has ended stays ended: a late word never revives it. */
const observeSubscription =
  (seen: Omit<SubscriptionChanged['data'], 'changed'>): Told =>
  ({ billing }) => {
    const known = billing.subscriptions[seen.subscriptionId];
    if (known?.ended) return [];
    const before = known?.facts;
    const changed = PARTS.filter(([, part]) => !before || part(before) !== part(seen.facts)).map(([name]) => name);
    return changed.length === 0 ? [] : [{ type: 'SubscriptionChanged', data: { ...seen, changed } }];
  };

const REFUND_STATUS = { RefundPending: 'pending', RefundSettled: 'settled', RefundFailed: 'failed' } as const;
/** A refund may fail after it was settled, never the reverse. */
const RANK = { pending: 0, settled: 1, failed: 2 } as const;

/** A state that a later one has overtaken is no news. */
const recordRefund =
  (event: RefundPending | RefundSettled | RefundFailed): Told =>
  ({ billing }) => {
    const known = billing.refunds[event.data.refundId];
    return known && RANK[known.status] >= RANK[REFUND_STATUS[event.type]] ? [] : [event];
  };

/** Quiet once the dispute is closed: nothing is open any more that somebody could be asked to answer. */
const recordOpenDispute =
  (event: DisputeOpened | DisputeUpdated): Told =>
  (state) =>
    state.keys.includes(`du:${event.data.disputeId}:closed`) ? [] : once(event)(state);

/** Quiet once the invoice is paid or written off: what stood in its way does so no more. */
const recordObstacle =
  (event: InvoiceActionNeeded | InvoiceBlocked): Told =>
  (state) => {
    const { invoiceId } = event.data;
    const isOver = [`pay:${invoiceId}`, `inv:${invoiceId}:void`, `inv:${invoiceId}:uncollectible`].some((key) => state.keys.includes(key));
    return isOver ? [] : once(event)(state);
  };

/** Each fact once, in whatever order and however often it is told. */
export const recordBilling = (fact: BillingFact): Told => {
  switch (fact.type) {
    case 'SubscriptionObserved':
      return observeSubscription(fact.data);
    case 'RefundPending':
    case 'RefundSettled':
    case 'RefundFailed':
      return recordRefund(fact);
    case 'DisputeOpened':
    case 'DisputeUpdated':
      return recordOpenDispute(fact);
    case 'InvoiceActionNeeded':
    case 'InvoiceBlocked':
      return recordObstacle(fact);
    case 'InvoicePaymentFailed':
    case 'InvoiceWrittenOff':
    case 'SubscriptionChangeExpired':
    case 'SubscriptionEnded':
    case 'DisputeFundsMoved':
    case 'DisputeClosed':
      return once(fact);
  }
};

const failing = (known: KnownInvoice | undefined, { data }: InvoicePaymentFailed): KnownInvoice => {
  const { purpose, attempt, failedAt, nextAttemptAt, subscriptionId } = data;
  if (!known) return { subscriptionId, purpose, status: 'failing', attempt, failingSince: failedAt, nextAttemptAt };
  const latest = attempt > known.attempt ? { attempt, nextAttemptAt } : {};
  return { ...known, purpose, ...latest, failingSince: failedAt < known.failingSince ? failedAt : known.failingSince };
};

const foldedInvoice = (known: KnownInvoice | undefined, event: InvoicePaymentFailed | InvoiceWrittenOff): KnownInvoice => {
  if (event.type === 'InvoicePaymentFailed') return failing(known, event);
  const { subscriptionId, receivedAt } = event.data;
  const unknown = { subscriptionId, purpose: 'other', attempt: 0, failingSince: receivedAt } as const;
  return { ...(known ?? unknown), status: 'writtenOff', nextAttemptAt: null };
};

type SubscriptionEvent = SubscriptionChanged | SubscriptionChangeExpired | SubscriptionEnded;
const foldedSubscription = (known: KnownSubscription | undefined, event: SubscriptionEvent): KnownSubscription => {
  const before = known ?? { facts: null, ended: null };
  switch (event.type) {
    case 'SubscriptionChanged':
      return { ...before, facts: event.data.facts };
    case 'SubscriptionChangeExpired':
      return { ...before, facts: before.facts && { ...before.facts, pendingUntil: null } };
    case 'SubscriptionEnded':
      return { ...before, ended: { reason: event.data.reason, endedAt: event.data.endedAt } };
  }
};

type DisputeEvent = DisputeOpened | DisputeClosed | DisputeUpdated | DisputeFundsMoved;
const foldedDispute = (known: KnownDispute | undefined, event: DisputeEvent): KnownDispute => {
  const paymentId = event.data.paymentId ?? known?.paymentId ?? null;
  return { paymentId, status: event.type === 'DisputeClosed' ? event.data.outcome : openStatus(known, event) };
};

/** What is over stays over. An inquiry may become a dispute, never the reverse; money moves only in a dispute. */
const openStatus = (known: KnownDispute | undefined, event: Exclude<DisputeEvent, DisputeClosed>): KnownDispute['status'] => {
  if (known && known.status !== 'inquiry') return known.status;
  return event.type !== 'DisputeFundsMoved' && event.data.inquiry ? 'inquiry' : 'open';
};

const folded = <T>(known: Readonly<Record<string, T>>, id: string, fold: (one: T | undefined) => T): Readonly<Record<string, T>> => ({
  ...known,
  [id]: fold(known[id]),
});

/** The state with one more fact. */
export const withBilling = (billing: Billing, event: BillingEvent): Billing => {
  if (isMoneyBack(event)) return withMoneyBack(billing, event);
  switch (event.type) {
    case 'InvoicePaymentFailed':
    case 'InvoiceWrittenOff':
      return { ...billing, invoices: folded(billing.invoices, event.data.invoiceId, (known) => foldedInvoice(known, event)) };
    case 'SubscriptionChanged':
    case 'SubscriptionChangeExpired':
    case 'SubscriptionEnded': {
      const subscriptions = folded(billing.subscriptions, event.data.subscriptionId, (known) => foldedSubscription(known, event));
      return { ...billing, subscriptions };
    }
    case 'InvoiceActionNeeded':
    case 'InvoiceBlocked':
      return billing;
  }
};

type MoneyBack = Extract<BillingEvent, { type: `Refund${string}` | `Dispute${string}` }>;
const isMoneyBack = (event: BillingEvent): event is MoneyBack => /^(Refund|Dispute)/.test(event.type);
const withMoneyBack = (billing: Billing, event: MoneyBack): Billing => {
  switch (event.type) {
    case 'RefundPending':
    case 'RefundSettled':
    case 'RefundFailed':
      return { ...billing, refunds: folded(billing.refunds, event.data.refundId, () => refundOf(event)) };
    case 'DisputeOpened':
    case 'DisputeClosed':
    case 'DisputeUpdated':
    case 'DisputeFundsMoved':
      return { ...billing, disputes: folded(billing.disputes, event.data.disputeId, (known) => foldedDispute(known, event)) };
  }
};

const refundOf = ({ type, data }: RefundPending | RefundSettled | RefundFailed): KnownRefund => {
  const { paymentId, callId, amount } = data;
  return { paymentId, callId, amount, status: REFUND_STATUS[type] };
};
