/** New catalog, customer and payment objects, with every field the SDK's types promise that a purchase may read. */
import { newId } from './ids.js';
import type { Charge, Customer, Interval, Metadata, PaymentIntent, PaymentMethod, Price, Product, Refund } from './records.js';

/** Money of one payment: what is owed, in which currency (minor units), by whom. */
export interface Owed {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
}

export const newCustomer = (
  now: number,
  facts: { email?: string | undefined; name?: string | undefined; metadata?: Metadata | undefined; description?: string | undefined },
): Customer => ({
  id: newId('cus'),
  object: 'customer',
  address: null,
  balance: 0,
  created: now,
  currency: null,
  default_source: null,
  delinquent: false,
  description: facts.description ?? null,
  email: facts.email ?? null,
  invoice_prefix: newId('X').slice(2, 10).toUpperCase(),
  invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
  livemode: false,
  metadata: facts.metadata ?? {},
  name: facts.name ?? null,
  next_invoice_sequence: 1,
  phone: null,
  preferred_locales: [],
  shipping: null,
  tax_exempt: 'none',
  test_clock: null,
});

export const newProduct = (
  now: number,
  facts: {
    id?: string | undefined;
    name: string;
    active?: boolean | undefined;
    description?: string | undefined;
    metadata?: Metadata | undefined;
  },
): Product => ({
  id: facts.id ?? newId('prod'),
  object: 'product',
  active: facts.active ?? true,
  created: now,
  default_price: null,
  description: facts.description ?? null,
  images: [],
  livemode: false,
  marketing_features: [],
  metadata: facts.metadata ?? {},
  name: facts.name,
  package_dimensions: null,
  shippable: null,
  statement_descriptor: null,
  tax_code: null,
  type: 'service',
  unit_label: null,
  updated: now,
  url: null,
});

export interface PriceFacts {
  id?: string | undefined;
  product: string;
  currency: string;
  unit_amount: number;
  active?: boolean | undefined;
  lookup_key?: string | undefined;
  nickname?: string | undefined;
  metadata?: Metadata | undefined;
  recurring?: { interval: Interval; interval_count?: number | undefined } | undefined;
}

export const newPrice = (now: number, facts: PriceFacts): Price => ({
  id: facts.id ?? newId('price'),
  object: 'price',
  active: facts.active ?? true,
  billing_scheme: 'per_unit',
  created: now,
  currency: facts.currency.toLowerCase(),
  custom_unit_amount: null,
  livemode: false,
  lookup_key: facts.lookup_key ?? null,
  metadata: facts.metadata ?? {},
  nickname: facts.nickname ?? null,
  product: facts.product,
  recurring: facts.recurring
    ? {
        interval: facts.recurring.interval,
        interval_count: facts.recurring.interval_count ?? 1,
        meter: null,
        trial_period_days: null,
        usage_type: 'licensed',
      }
    : null,
  tax_behavior: 'unspecified',
  tiers_mode: null,
  transform_quantity: null,
  type: facts.recurring ? 'recurring' : 'one_time',
  unit_amount: facts.unit_amount,
  unit_amount_decimal: String(facts.unit_amount),
});

export function newPaymentIntent(now: number, owed: Owed, facts: { metadata: Metadata; description: string | null }): PaymentIntent {
  const id = newId('pi');
  return {
    id,
    object: 'payment_intent',
    amount: owed.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${newId('s').slice(2)}`,
    confirmation_method: 'automatic',
    created: now,
    currency: owed.currency,
    customer: owed.customer,
    description: facts.description,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: facts.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  };
}

export interface ChargeOutcome {
  readonly status: Charge['status'];
  /** Why it failed, in the words of the card network. */
  readonly declineCode?: string | undefined;
}

/** What the network said, as Radar shows it. */
const outcomeOf = ({ status, declineCode }: ChargeOutcome): Record<string, unknown> => ({
  advice_code: null,
  network_status: status === 'failed' ? 'declined_by_network' : 'approved_by_network',
  reason: declineCode ?? null,
  risk_level: 'normal',
  risk_score: 12,
  seller_message: status === 'failed' ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
  type: status === 'failed' ? 'issuer_declined' : 'authorized',
});

/** One attempt to take the intent's money; the intent's metadata is copied once, here. */
export const newCharge = (now: number, intent: PaymentIntent, facts: ChargeOutcome & { method: PaymentMethod }): Charge => ({
  id: newId('ch'),
  object: 'charge',
  amount: intent.amount,
  amount_captured: facts.status === 'failed' ? 0 : intent.amount,
  amount_refunded: 0,
  application: null,
  balance_transaction: facts.status === 'succeeded' ? newId('txn') : null,
  billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
  captured: facts.status !== 'failed',
  created: now,
  currency: intent.currency,
  customer: intent.customer,
  description: intent['description'] ?? null,
  disputed: false,
  failure_code: facts.status === 'failed' ? 'card_declined' : null,
  failure_message: facts.status === 'failed' ? 'Your card was declined.' : null,
  fraud_details: {},
  livemode: false,
  metadata: intent.metadata,
  on_behalf_of: null,
  outcome: outcomeOf(facts),
  paid: facts.status !== 'failed',
  payment_intent: intent.id,
  payment_method: facts.method.id,
  payment_method_details: { type: facts.method.type, [facts.method.type]: facts.method[facts.method.type] },
  receipt_email: null,
  receipt_url: null,
  refunded: false,
  review: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  status: facts.status,
  transfer_data: null,
  transfer_group: null,
});

/** Cards settle at once, so their refund is born `succeeded`. */
export const newRefund = (
  now: number,
  charge: Charge,
  facts: { amount: number; reason: string | null; metadata: Metadata; pending: boolean },
): Refund => ({
  id: newId('re'),
  object: 'refund',
  amount: facts.amount,
  balance_transaction: newId('txn'),
  charge: charge.id,
  created: now,
  currency: charge.currency,
  customer: charge.customer,
  customer_account: null,
  destination_details: { card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' }, type: 'card' },
  metadata: facts.metadata,
  payment_intent: charge.payment_intent,
  payment_method: charge.payment_method,
  ...(facts.pending ? { pending_reason: 'processing' } : {}),
  reason: facts.reason,
  receipt_number: null,
  source_transfer_reversal: null,
  status: facts.pending ? 'pending' : 'succeeded',
  transfer_reversal: null,
});
