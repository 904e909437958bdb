/** The objects this stand-in owns, with the fields its own rules read; everything else Stripe shows rides along untyped. */

export interface StripeObject {
  id: string;
  object: string;
  /** Unix seconds. */
  created: number;
  [field: string]: unknown;
}

export type Metadata = Record<string, string>;

export interface Price extends StripeObject {
  object: 'price';
  active: boolean;
  currency: string;
  unit_amount: number;
  product: string;
  lookup_key: string | null;
  type: 'one_time' | 'recurring';
  recurring: { interval: Interval; interval_count: number; usage_type: 'licensed'; meter: null; trial_period_days: null } | null;
}

export type Interval = 'day' | 'week' | 'month' | 'year';

export interface Session extends StripeObject {
  object: 'checkout.session';
  mode: 'payment' | 'subscription';
  status: 'open' | 'complete' | 'expired';
  payment_status: 'paid' | 'unpaid' | 'no_payment_required';
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
  amount_total: number;
}

/** What a session was opened with and Stripe does not show on the session itself. */
export interface SessionInput extends StripeObject {
  object: 'session_input';
  lineItems: LineItem[];
  paymentIntentData: { metadata?: Metadata | undefined; description?: string | undefined };
  subscriptionData: { metadata?: Metadata | undefined; description?: string | undefined };
  customerCreation: 'always' | 'if_required';
  /** The intent a declined card left behind; the next card tries the same one. */
  paymentIntent: string | null;
}

export interface PaymentIntent extends StripeObject {
  object: 'payment_intent';
  amount: number;
  currency: string;
  customer: string | null;
  status: 'requires_payment_method' | 'succeeded';
  latest_charge: string | null;
  metadata: Metadata;
}

export interface Charge extends StripeObject {
  object: 'charge';
  amount: number;
  amount_refunded: number;
  currency: string;
  customer: string | null;
  payment_intent: string;
  refunded: boolean;
  status: 'succeeded';
}

export interface Refund extends StripeObject {
  object: 'refund';
  amount: number;
  charge: string;
  payment_intent: string;
  metadata: Metadata;
}

export interface Subscription extends StripeObject {
  object: 'subscription';
  status: 'active' | 'canceled';
  customer: string;
  latest_invoice: string;
  metadata: Metadata;
}

export interface Invoice extends StripeObject {
  object: 'invoice';
  status: 'draft' | 'open' | 'paid';
  customer: string;
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  parent: { subscription_details: { subscription: string } } | null;
}

export interface InvoicePayment extends StripeObject {
  object: 'invoice_payment';
  invoice: string;
  status: 'paid';
  payment: { type: 'payment_intent'; payment_intent: string };
}

export interface StripeEvent extends StripeObject {
  object: 'event';
  type: string;
  data: { object: StripeObject; previous_attributes?: Record<string, unknown> };
}

export interface Customer extends StripeObject {
  object: 'customer';
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
  refund: Refund;
  subscription: Subscription;
  invoice: Invoice;
  invoice_payment: InvoicePayment;
  event: StripeEvent;
}
export type Kind = keyof Kinds;
