/** New subscription, invoice and invoice-payment objects for a first period (shapes of 2026-10-28.endive: parents and pricing details). */
import { newId } from './ids.js';
import type { Interval, Invoice, InvoicePayment, LineItem, Metadata, Subscription } from './records.js';

const DAY_SECONDS = 86_400;

/** A month later is the same day of the month, or its last day when the month is too short. Unix seconds in and out, UTC. */
function addPeriods(from: number, interval: Interval, count: number): number {
  if (interval === 'day' || interval === 'week') return from + count * (interval === 'day' ? 1 : 7) * DAY_SECONDS;
  const start = new Date(from * 1000);
  const target = new Date(start);
  target.setUTCDate(1);
  target.setUTCMonth(start.getUTCMonth() + (interval === 'month' ? count : 12 * count));
  const daysOfMonth = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(start.getUTCDate(), daysOfMonth));
  return Math.floor(target.getTime() / 1000);
}

export interface FirstPeriod {
  readonly now: number;
  readonly customer: string;
  readonly currency: string;
  readonly lineItems: readonly LineItem[];
  readonly metadata: Metadata;
  readonly description: string | null;
}

const periodOf = (now: number, item: LineItem): { start: number; end: number } => {
  const recurring = item.price.recurring;
  return { start: now, end: recurring ? addPeriods(now, recurring.interval, recurring.interval_count) : now };
};

const newItem = (period: FirstPeriod, subscription: string, item: LineItem): Record<string, unknown> => {
  const { start, end } = periodOf(period.now, item);
  return {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: period.now,
    current_period_end: end,
    current_period_start: start,
    discounts: [],
    metadata: {},
    plan: {
      id: item.price.id,
      object: 'plan',
      active: true,
      amount: item.price.unit_amount,
      currency: item.price.currency,
      ...item.price.recurring,
    },
    price: item.price,
    quantity: item.quantity,
    subscription,
    tax_rates: [],
  };
};

const noCancellation = {
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, reason: null },
};

/** An active subscription; `latest_invoice` is the id of the invoice made next. */
export function newSubscription(period: FirstPeriod, latestInvoice: string): Subscription {
  const id = newId('sub');
  const recurring = period.lineItems.filter(({ price }) => price.recurring !== null);
  return {
    ...noCancellation,
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: period.now,
    billing_cycle_anchor_config: null,
    billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' }, updated_at: period.now },
    billing_thresholds: null,
    collection_method: 'charge_automatically',
    created: period.now,
    currency: period.currency,
    customer: period.customer,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: period.description,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    items: {
      object: 'list',
      data: recurring.map((item) => newItem(period, id, item)),
      has_more: false,
      url: `/v1/subscription_items?subscription=${id}`,
    },
    latest_invoice: latestInvoice,
    livemode: false,
    metadata: period.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: period.now,
    status: 'active',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
    trial_start: null,
  };
}

type Item = { id: string; price: { id: string } };

function newLine(
  period: FirstPeriod,
  invoice: string,
  { item, subscription }: { item: LineItem; subscription: Subscription },
): Record<string, unknown> {
  const items = (subscription['items'] as { data: Item[] }).data;
  const subscriptionItem = items.find(({ price }) => price.id === item.price.id);
  const proration = { proration: false, proration_details: { credited_items: null }, subscription: subscription.id };
  const parent = subscriptionItem
    ? {
        type: 'subscription_item_details',
        subscription_item_details: { ...proration, invoice_item: null, subscription_item: subscriptionItem.id },
        invoice_item_details: null,
      }
    : { type: 'invoice_item_details', invoice_item_details: { ...proration, invoice_item: newId('ii') }, subscription_item_details: null };
  return {
    id: newId('il'),
    object: 'line_item',
    amount: item.amount_total,
    currency: period.currency,
    description: `${item.quantity} × ${item.description}`,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: subscriptionItem ? period.metadata : {},
    parent,
    period: periodOf(period.now, item),
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: String(item.price.unit_amount),
    },
    quantity: item.quantity,
    subtotal: item.amount_total,
    taxes: [],
  };
}

/** What an invoice without tax, discount or credit shows in its remaining fields. */
const plainInvoice = {
  amount_overpaid: 0,
  amount_paid_off_stripe: 0,
  amount_shipping: 0,
  application: null,
  automatically_finalizes_at: null,
  default_payment_method: null,
  description: null,
  discounts: [],
  due_date: null,
  ending_balance: null,
  footer: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  last_finalization_error: null,
  latest_revision: null,
  on_behalf_of: null,
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  starting_balance: 0,
  statement_descriptor: null,
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
};

/** The invoice of a first period as a draft: `period_start` equals `period_end`, the paid-for time is in the lines. */
export function newInvoice(period: FirstPeriod, id: string, subscription: Subscription): Invoice {
  const total = period.lineItems.reduce((sum, item) => sum + item.amount_total, 0);
  return {
    ...plainInvoice,
    id,
    object: 'invoice',
    account_country: 'DE',
    account_name: 'Order ledger sandbox',
    amount_due: total,
    amount_paid: 0,
    amount_remaining: total,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    billing_reason: 'subscription_create',
    collection_method: 'charge_automatically',
    created: period.now,
    currency: period.currency,
    customer: period.customer,
    effective_at: null,
    issuer: { type: 'self' },
    lines: {
      object: 'list',
      data: period.lineItems.map((item) => newLine(period, id, { item, subscription })),
      has_more: false,
      url: `/v1/invoices/${id}/lines`,
    },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: period.metadata, subscription: subscription.id },
    } as Invoice['parent'],
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: period.now,
    period_start: period.now,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  };
}

/** The link from a payment intent to the invoice it paid: the only one there is. */
export const newInvoicePayment = (now: number, invoice: Invoice, paymentIntent: string): InvoicePayment => ({
  id: newId('inpay'),
  object: 'invoice_payment',
  amount_paid: invoice.amount_due,
  amount_requested: invoice.amount_due,
  created: now,
  currency: invoice['currency'],
  invoice: invoice.id,
  is_default: true,
  livemode: false,
  payment: { type: 'payment_intent', payment_intent: paymentIntent },
  status: 'paid',
  status_transitions: { canceled_at: null, paid_at: now },
});
