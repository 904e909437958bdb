/** What is billed again and again: subscriptions, invoices, and what hangs on them. Fields that only Stripe shows ride along untyped. */
import type { Metadata, Price, StripeObject } from './stripe-object.js';

/** Unix seconds. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

export interface SubscriptionItem {
  id: string;
  object: 'subscription_item';
  price: Price;
  quantity: number;
  current_period_start: number;
  current_period_end: number;
  [field: string]: unknown;
}

export type SubscriptionStatus = 'active' | 'past_due' | 'unpaid' | 'canceled' | 'incomplete' | 'incomplete_expired' | 'paused';

export interface CancellationDetails {
  comment: string | null;
  feedback: string | null;
  feedback_option: null;
  reason: 'cancellation_requested' | 'payment_failed' | 'payment_disputed' | null;
}

export interface Subscription extends StripeObject {
  object: 'subscription';
  status: SubscriptionStatus;
  billing_cycle_anchor: number;
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  canceled_at: number | null;
  cancellation_details: CancellationDetails;
  currency: string;
  customer: string;
  default_payment_method: string | null;
  description: string | null;
  discounts: string[];
  ended_at: number | null;
  items: { object: 'list'; data: SubscriptionItem[]; has_more: boolean; url: string };
  latest_invoice: string | null;
  metadata: Metadata;
  pause_collection: { behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void'; resumes_at: number | null } | null;
  pending_update: { expires_at: number; subscription_items: SubscriptionItem[]; [field: string]: unknown } | null;
}

export interface InvoiceLine {
  id: string;
  object: 'line_item';
  amount: number;
  currency: string;
  description: string | null;
  invoice: string | null;
  period: Period;
  parent: {
    type: 'subscription_item_details' | 'invoice_item_details';
    subscription_item_details: { proration: boolean; subscription: string; subscription_item: string; [field: string]: unknown } | null;
    invoice_item_details: { proration: boolean; subscription: string | null; invoice_item: string; [field: string]: unknown } | null;
  };
  pricing: { price_details: { price: string; product: string }; type: 'price_details'; unit_amount_decimal: string };
  [field: string]: unknown;
}

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual' | 'upcoming';

export interface Invoice extends StripeObject {
  object: 'invoice';
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  attempt_count: number;
  attempted: boolean;
  auto_advance: boolean;
  automatically_finalizes_at: number | null;
  billing_reason: BillingReason;
  currency: string;
  customer: string;
  ending_balance: number | null;
  hosted_invoice_url: string | null;
  lines: { object: 'list'; data: InvoiceLine[]; has_more: boolean; url: string };
  next_payment_attempt: number | null;
  number: string | null;
  parent: { type: 'subscription_details'; quote_details: null; subscription_details: { metadata: Metadata; subscription: string } } | null;
  starting_balance: number;
  status_transitions: {
    finalized_at: number | null;
    marked_uncollectible_at: number | null;
    paid_at: number | null;
    voided_at: number | null;
  };
  total: number;
}

export interface InvoicePayment extends StripeObject {
  object: 'invoice_payment';
  amount_paid: number | null;
  amount_requested: number;
  invoice: string;
  status: 'open' | 'paid' | 'canceled';
  payment: { type: 'payment_intent'; payment_intent: string };
  status_transitions: { canceled_at: number | null; paid_at: number | null };
}

/** A proration that waits for the next invoice of its subscription. Stripe shows it as an invoice item. */
export interface PendingLine extends StripeObject {
  object: 'pending_line';
  subscription: string;
  line: InvoiceLine;
  /** The invoice that took it. */
  invoice: string | null;
}

export const subscriptionOf = (invoice: Invoice): string | null => invoice.parent?.subscription_details.subscription ?? null;
