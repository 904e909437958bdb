/** The objects this stand-in owns, with the fields its own rules read; everything else Stripe shows rides along untyped. */

import type { Invoice, InvoicePayment, PendingLine, Subscription } from './billing-records.js';
import type { Metadata, Price, StripeObject } from './stripe-object.js';

export type { Interval, Metadata, Price, StripeObject } from './stripe-object.js';

export interface Session extends StripeObject {
  object: 'checkout.session';
  mode: 'payment' | 'subscription';
  status: 'open' | 'complete' | 'expired';
  payment_status: 'paid' | 'unpaid' | 'no_payment_required';
  allow_promotion_codes: boolean | null;
  amount_subtotal: number;
  amount_total: number;
  currency: string;
  customer: string | null;
  customer_email: string | null;
  payment_intent: string | null;
  subscription: string | null;
  invoice: string | null;
  expires_at: number;
  success_url: string;
  cancel_url: string | null;
  url: string | null;
}

export interface LineItem {
  id: string;
  price: Price;
  quantity: number;
  description: string;
  amount_subtotal: number;
  amount_discount: number;
  amount_tax: number;
  amount_total: number;
}

/** What a session was opened with and Stripe does not show on the session itself. */
export interface SessionInput extends StripeObject {
  object: 'session_input';
  lineItems: LineItem[];
  paymentIntentData: { metadata?: Metadata | undefined; description?: string | undefined };
  subscriptionData: { metadata?: Metadata | undefined; description?: string | undefined };
  customerCreation: 'always' | 'if_required';
  automaticTax: boolean;
  /** The coupon or the code that was named, redeemed when the session completes. */
  coupon: { coupon?: string | undefined; promotion_code?: string | undefined } | null;
  /** The intent a declined card left behind; the next card tries the same one. */
  paymentIntent: string | null;
}

export interface PaymentMethod extends StripeObject {
  object: 'payment_method';
  customer: string | null;
  type: 'card' | 'sepa_debit';
  card: { brand: string; last4: string; [field: string]: unknown } | null;
  sepa_debit: { last4: string; [field: string]: unknown } | null;
}

export interface PaymentIntent extends StripeObject {
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  customer: string | null;
  last_payment_error: Record<string, unknown> | null;
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'processing' | 'succeeded' | 'canceled';
  latest_charge: string | null;
  metadata: Metadata;
  payment_method: string | null;
}

export interface Charge extends StripeObject {
  object: 'charge';
  amount: number;
  amount_refunded: number;
  currency: string;
  customer: string | null;
  disputed: boolean;
  metadata: Metadata;
  payment_intent: string;
  payment_method: string | null;
  refunded: boolean;
  status: 'succeeded' | 'pending' | 'failed';
}

/** When what is on its way is decided, and how, unless somebody decides it earlier. */
export interface Settlement extends StripeObject {
  object: 'settlement';
  of: 'payment_intent' | 'refund' | 'dispute';
  subject: string;
  /** Null once decided. */
  at: number | null;
  succeeds: boolean;
}

export interface Refund extends StripeObject {
  object: 'refund';
  amount: number;
  charge: string;
  currency: string;
  failure_reason?: string;
  payment_intent: string;
  metadata: Metadata;
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
}

export type DisputeStatus =
  'warning_needs_response' | 'warning_under_review' | 'warning_closed' | 'needs_response' | 'under_review' | 'won' | 'lost';

export interface Dispute extends StripeObject {
  object: 'dispute';
  amount: number;
  balance_transactions: Record<string, unknown>[];
  charge: string;
  currency: string;
  evidence: Record<string, string | null>;
  evidence_details: { due_by: number | null; has_evidence: boolean; past_due: boolean; submission_count: number; [field: string]: unknown };
  is_charge_refundable: boolean;
  metadata: Metadata;
  payment_intent: string;
  payment_method_details: { type: 'card'; card: { brand: string; case_type: 'chargeback' | 'inquiry'; network_reason_code: string } };
  reason: string;
  status: DisputeStatus;
}

export interface FraudWarning extends StripeObject {
  object: 'radar.early_fraud_warning';
  charge: string;
  payment_intent: string;
}

export interface Coupon extends StripeObject {
  object: 'coupon';
  amount_off: number | null;
  applies_to?: { products: string[] };
  currency: string | null;
  duration: 'forever' | 'once' | 'repeating';
  duration_in_months: number | null;
  max_redemptions: number | null;
  percent_off: number | null;
  redeem_by: number | null;
  times_redeemed: number;
  valid: boolean;
}

export interface PromotionCode extends StripeObject {
  object: 'promotion_code';
  active: boolean;
  code: string;
  promotion: { coupon: string; type: 'coupon' };
  times_redeemed: number;
}

/** A coupon that somebody was given. */
export interface Discount extends StripeObject {
  object: 'discount';
  /** Unix seconds; what is invoiced from then on pays in full. */
  end: number | null;
  promotion_code: string | null;
  source: { coupon: string; type: 'coupon' };
  start: number;
  subscription: string | null;
}

export interface PortalSession extends StripeObject {
  object: 'billing_portal.session';
  customer: string;
  return_url: string | null;
  url: string;
}

export interface WebhookEndpoint extends StripeObject {
  object: 'webhook_endpoint';
  /** The version its events are rendered in; fixed for ever. */
  api_version: string | null;
  enabled_events: string[];
  status: 'enabled' | 'disabled';
  url: string;
}

/** What an endpoint's deliveries are signed with: two while one is being rolled. Stripe shows it once. */
export interface EndpointSecrets extends StripeObject {
  object: 'endpoint_secrets';
  secrets: string[];
}

export interface StripeEvent extends StripeObject {
  object: 'event';
  type: string;
  data: { object: StripeObject; previous_attributes?: Record<string, unknown> };
}

export interface Customer extends StripeObject {
  object: 'customer';
  /** Minor units; below zero is credit for the next invoice. */
  balance: number;
  invoice_settings: { default_payment_method: string | null; [field: string]: unknown };
  email: string | null;
  name: string | null;
  metadata: Metadata;
}

export interface Product extends StripeObject {
  object: 'product';
  active: boolean;
  name: string;
}

/** Which record answers to which `object` name. */
export interface Kinds {
  customer: Customer;
  product: Product;
  price: Price;
  'checkout.session': Session;
  session_input: SessionInput;
  payment_intent: PaymentIntent;
  charge: Charge;
  payment_method: PaymentMethod;
  settlement: Settlement;
  refund: Refund;
  dispute: Dispute;
  'radar.early_fraud_warning': FraudWarning;
  subscription: Subscription;
  invoice: Invoice;
  invoice_payment: InvoicePayment;
  pending_line: PendingLine;
  coupon: Coupon;
  promotion_code: PromotionCode;
  discount: Discount;
  webhook_endpoint: WebhookEndpoint;
  endpoint_secrets: EndpointSecrets;
  'billing_portal.session': PortalSession;
  event: StripeEvent;
}
export type Kind = keyof Kinds;
