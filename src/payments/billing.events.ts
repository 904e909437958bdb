/** Subscriptions, their invoices, refunds and disputes, as Stripe tells of them. Part of the streams `payment-<orderId>`. */
import type { Money, Term } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';

/** What every fact about money repeats of its order, so that a row of one fact can be summed by plan and region. */
export interface AboutOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly planId: string;
  readonly region: string;
  readonly term: Term;
}

/** What a subscription's invoice is for, by Stripe's billing reason. */
export type InvoicePurpose = 'initial' | 'renewal' | 'change' | 'other';

/** An attempt to collect an invoice failed. Stripe tries again at `nextAttemptAt`, or not at all. */
export type InvoicePaymentFailed = Fact<
  'InvoicePaymentFailed',
  AboutOrder & {
    readonly invoiceId: string;
    readonly subscriptionId: string | null;
    readonly purpose: InvoicePurpose;
    /** Stripe's count; a retry by hand does not raise it. */
    readonly attempt: number;
    readonly remaining: Money;
    readonly nextAttemptAt: string | null;
    /** By Stripe's clock: lateness is judged by it. */
    readonly failedAt: string;
    readonly receivedAt: string;
  }
>;
/** The customer must confirm the payment of an invoice with their bank. */
export type InvoiceActionNeeded = Fact<
  'InvoiceActionNeeded',
  AboutOrder & { readonly invoiceId: string; readonly subscriptionId: string | null; readonly receivedAt: string }
>;
/** Stripe could not finalize an invoice: the subscription stays active while nothing can be collected. */
export type InvoiceBlocked = Fact<
  'InvoiceBlocked',
  AboutOrder & { readonly invoiceId: string; readonly subscriptionId: string | null; readonly code: string; readonly receivedAt: string }
>;
/** Nobody will pay this invoice any more. */
export type InvoiceWrittenOff = Fact<
  'InvoiceWrittenOff',
  AboutOrder & {
    readonly invoiceId: string;
    readonly subscriptionId: string | null;
    readonly status: 'void' | 'uncollectible';
    readonly receivedAt: string;
  }
>;

/** A subscription as Stripe has it, as far as we act on it. Times are ISO-8601. */
export interface SubscriptionFacts {
  /** Stripe's word; unknown ones are kept as they are. */
  readonly status: string;
  readonly itemId: string | null;
  readonly priceId: string | null;
  readonly quantity: number | null;
  readonly periodEnd: string | null;
  /** When it is to end, however that was asked for: `cancel_at_period_end` or `cancel_at`. */
  readonly cancelAt: string | null;
  /** Collection is paused: invoices are made but not collected. */
  readonly collectionPaused: boolean;
  /** Until when an unpaid change of plan waits to be paid. */
  readonly pendingUntil: string | null;
}
export type SubscriptionPart = 'status' | 'plan' | 'period' | 'cancellation' | 'collection' | 'pendingChange';
/** The subscription is no longer as we knew it. */
export type SubscriptionChanged = Fact<
  'SubscriptionChanged',
  {
    readonly orderId: string;
    readonly subscriptionId: string;
    readonly facts: SubscriptionFacts;
    readonly changed: readonly SubscriptionPart[];
    readonly changedAt: string;
  }
>;
/** A change of plan was not paid in time, and Stripe has dropped it. */
export type SubscriptionChangeExpired = Fact<
  'SubscriptionChangeExpired',
  { readonly orderId: string; readonly subscriptionId: string; readonly expiredAt: string }
>;
/** The subscription is over for good; later news never revives it. */
export type SubscriptionEnded = Fact<
  'SubscriptionEnded',
  {
    readonly orderId: string;
    readonly subscriptionId: string;
    /** Stripe's: `cancellation_requested`, `payment_failed`, `payment_disputed`, …; null when it names none. */
    readonly reason: string | null;
    readonly endedAt: string;
  }
>;

/** Which money goes back, and how much of it. */
interface RefundData extends AboutOrder {
  /** Stripe's refund. */
  readonly refundId: string;
  /** Our own wish for it; null for a refund made elsewhere. */
  readonly callId: string | null;
  /** Under which the refunded money was booked; null where Stripe's objects do not lead to a payment of ours. */
  readonly paymentId: string | null;
  readonly amount: Money;
  readonly receivedAt: string;
}
/** A refund is on its way to the customer. */
export type RefundPending = Fact<'RefundPending', RefundData>;
/** The customer has the money back. */
export type RefundSettled = Fact<'RefundSettled', RefundData>;
/** The money did not reach the customer and is with us again. */
export type RefundFailed = Fact<'RefundFailed', RefundData & { readonly code: string }>;

interface DisputeData {
  readonly disputeId: string;
  /** Under which the disputed money was booked, where that is known. */
  readonly paymentId: string | null;
  readonly receivedAt: string;
}
/** A customer's bank asks for the money back, or, as an inquiry, only asks. */
export type DisputeOpened = Fact<
  'DisputeOpened',
  AboutOrder &
    DisputeData & { readonly amount: Money; readonly inquiry: boolean; readonly reason: string; readonly evidenceDueBy: string | null }
>;
/** The bank took the money (negative for us), or gave it back. Fees are apart: they are not the customer's money. */
export type DisputeFundsMoved = Fact<
  'DisputeFundsMoved',
  AboutOrder &
    DisputeData & {
      readonly direction: 'withdrawn' | 'reinstated';
      readonly transactionId: string;
      readonly amount: Money;
      readonly feeMinor: number;
    }
>;
/** The dispute is decided; an inquiry is only closed. */
export type DisputeClosed = Fact<
  'DisputeClosed',
  AboutOrder & DisputeData & { readonly outcome: 'won' | 'lost' | 'inquiryClosed'; readonly status: string }
>;
/** An open dispute has another status, for example that it is under review. */
export type DisputeUpdated = Fact<'DisputeUpdated', AboutOrder & DisputeData & { readonly status: string; readonly inquiry: boolean }>;

export type BillingEvent =
  | InvoicePaymentFailed
  | InvoiceActionNeeded
  | InvoiceBlocked
  | InvoiceWrittenOff
  | SubscriptionChanged
  | SubscriptionChangeExpired
  | SubscriptionEnded
  | RefundPending
  | RefundSettled
  | RefundFailed
  | DisputeOpened
  | DisputeFundsMoved
  | DisputeClosed
  | DisputeUpdated;
