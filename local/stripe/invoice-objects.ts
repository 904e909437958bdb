/** New invoices, their lines and their payments (shapes of 2026-10-28.endive: parents and pricing details). */
import type { BillingReason, Invoice, InvoiceLine, InvoicePayment, Period } from './billing-records.js';
import { newId } from './ids.js';
import type { Metadata, Price } from './records.js';
import { added, sumsOf } from './totals.js';
import type { Reduction, Sum, Taxation } from './totals.js';

export interface NewLine {
  readonly price: Price;
  readonly quantity: number;
  readonly amount: number;
  readonly description: string;
  readonly period: Period;
  readonly metadata: Metadata;
  readonly subscription: string;
  /** Null for what is sold once, with the first invoice. */
  readonly item: string | null;
  readonly proration?: { readonly credited: { invoice: string; invoice_line_items: string[] } | null };
}

function parentOf({ subscription, item, proration }: NewLine): InvoiceLine['parent'] {
  const details = {
    proration: proration !== undefined,
    proration_details: { credited_items: proration?.credited ?? null },
    subscription,
  };
  const invoiceItem = item === null || proration ? newId('ii') : null;
  if (item === null) {
    const own = { ...details, invoice_item: invoiceItem ?? '' };
    return { type: 'invoice_item_details', invoice_item_details: own, subscription_item_details: null };
  }
  const own = { ...details, invoice_item: invoiceItem, subscription_item: item };
  return { type: 'subscription_item_details', invoice_item_details: null, subscription_item_details: own };
}

/** A line without an invoice yet, before discount and tax. */
export const newLine = (facts: NewLine): InvoiceLine => ({
  id: newId('il'),
  object: 'line_item',
  amount: facts.amount,
  currency: facts.price.currency,
  description: facts.description,
  discount_amounts: [],
  discountable: facts.proration === undefined,
  discounts: [],
  invoice: null,
  livemode: false,
  metadata: facts.item === null ? {} : facts.metadata,
  parent: parentOf(facts),
  period: facts.period,
  pretax_credit_amounts: [],
  pricing: {
    price_details: { price: facts.price.id, product: facts.price.product },
    type: 'price_details',
    unit_amount_decimal: String(facts.price.unit_amount),
  },
  quantity: facts.quantity,
  quantity_decimal: String(facts.quantity),
  subscription: facts.subscription,
  subtotal: facts.amount,
  tax_inclusive: facts.price['tax_behavior'] === 'inclusive',
  taxes: [],
});

/** What an invoice without shipping or credit notes shows in its remaining fields. */
const plainInvoice = {
  account_country: 'DE',
  account_name: 'Order ledger sandbox',
  amount_overpaid: 0,
  amount_paid: 0,
  amount_paid_off_stripe: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  auto_advance: true,
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  due_date: null,
  effective_at: null,
  ending_balance: null,
  footer: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  metadata: {},
  next_payment_attempt: null,
  number: null,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: 'draft' as const,
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  test_clock: null,
  webhooks_delivered_at: null,
};

export interface NewInvoice {
  readonly id?: string;
  readonly now: number;
  readonly customer: string;
  readonly currency: string;
  readonly reason: BillingReason;
  readonly period: Period;
  readonly lines: readonly InvoiceLine[];
  readonly subscription: { readonly id: string; readonly metadata: Metadata; readonly prorationDate?: number };
  readonly discount: { readonly id: string; readonly reduction: Reduction } | null;
  readonly taxation: Taxation | null;
  readonly finalizesAt: number | null;
}

const TAX_RATE = 'txr_localautomatic00000001';
const taxOf = (inclusive: boolean, { tax, taxable }: Pick<Sum, 'tax' | 'taxable'>): Record<string, unknown> => ({
  amount: tax,
  tax_behavior: inclusive ? 'inclusive' : 'exclusive',
  tax_rate_details: { tax_rate: TAX_RATE },
  taxability_reason: 'standard_rated',
  taxable_amount: taxable,
  type: 'tax_rate_details',
});

function lineOf(line: InvoiceLine, sum: Sum, { id, facts }: { id: string; facts: NewInvoice }): InvoiceLine {
  const { tax_inclusive: inclusive, ...shown } = line;
  const reduced = facts.discount && sum.discount > 0 ? [{ amount: sum.discount, discount: facts.discount.id }] : [];
  return { ...shown, invoice: id, discount_amounts: reduced, taxes: facts.taxation ? [taxOf(inclusive === true, sum)] : [] };
}

/** What the coupon took off the whole. */
const reduced = (discount: string | undefined, amount: number): Record<string, unknown> => ({
  discounts: discount === undefined ? [] : [discount],
  total_discount_amounts: discount === undefined ? [] : [{ amount, discount }],
  total_pretax_credit_amounts: discount === undefined ? [] : [{ amount, discount, type: 'discount' }],
});

/** A draft with all sums; its lines belong to it from now on. */
export function newInvoice(facts: NewInvoice): Invoice {
  const id = facts.id ?? newId('in');
  const sales = facts.lines.map((line) => ({
    amount: line.amount,
    product: line.pricing.price_details.product,
    inclusive: line['tax_inclusive'] === true,
  }));
  const sums = sumsOf(sales, facts.discount?.reduction ?? null, facts.taxation);
  const total = added(sums, 'total');
  const tax = added(sums, 'tax');
  const { subscription } = facts;
  const prorated = subscription.prorationDate === undefined ? {} : { subscription_proration_date: subscription.prorationDate };
  return {
    ...structuredClone(plainInvoice),
    id,
    object: 'invoice',
    amount_due: Math.max(0, total),
    amount_remaining: Math.max(0, total),
    automatic_tax: taxState(facts.taxation),
    automatically_finalizes_at: facts.finalizesAt,
    billing_reason: facts.reason,
    created: facts.now,
    currency: facts.currency,
    customer: facts.customer,
    ...reduced(facts.discount?.id, added(sums, 'discount')),
    lines: {
      object: 'list',
      data: facts.lines.map((line, index) => lineOf(line, sums[index] as Sum, { id, facts })),
      has_more: false,
      url: `/v1/invoices/${id}/lines`,
    },
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id, ...prorated },
    },
    period_end: facts.period.end,
    period_start: facts.period.start,
    subtotal: added(sums, 'amount'),
    subtotal_excluding_tax: added(sums, 'amount'),
    total,
    total_excluding_tax: total - tax,
    total_taxes: facts.taxation ? [taxOf(sales[0]?.inclusive ?? false, { tax, taxable: added(sums, 'taxable') })] : [],
  };
}

const taxState = (taxation: Taxation | null): Record<string, unknown> => ({
  disabled_reason: null,
  enabled: taxation !== null,
  liability: taxation ? { type: 'self' } : null,
  provider: taxation ? 'stripe' : null,
  status: taxation ? 'complete' : null,
});

/** The link from a payment intent to the invoice it pays: the only one there is. */
export const newInvoicePayment = (now: number, invoice: Invoice, paymentIntent: string): InvoicePayment => ({
  id: newId('inpay'),
  object: 'invoice_payment',
  amount_paid: null,
  amount_requested: invoice.amount_due,
  created: now,
  currency: invoice.currency,
  invoice: invoice.id,
  is_default: true,
  livemode: false,
  payment: { type: 'payment_intent', payment_intent: paymentIntent },
  status: 'open',
  status_transitions: { canceled_at: null, paid_at: null },
});
