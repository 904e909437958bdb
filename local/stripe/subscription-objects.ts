/** New subscriptions and their items (shapes of 2026-10-28.endive: the period is the item's). */
import type { Period, Subscription, SubscriptionItem, SubscriptionStatus } from './billing-records.js';
import { periodFrom } from './calendar.js';
import { newId } from './ids.js';
import type { Metadata, Price } from './records.js';

/** A price and how many of it. */
export interface Sold {
  readonly price: Price;
  readonly quantity: number;
}

export interface NewSubscription {
  readonly now: number;
  readonly customer: string;
  readonly currency: string;
  /** Recurring prices only. */
  readonly sold: readonly Sold[];
  readonly metadata: Metadata;
  readonly description: string | null;
  readonly paymentMethod: string | null;
  readonly discounts: string[];
  readonly automaticTax: boolean;
  readonly status: SubscriptionStatus;
}

/** The first period of a price sold now; nothing, when it does not recur. */
export const firstPeriod = (now: number, { recurring }: Price): Period =>
  recurring ? periodFrom(now, now, recurring) : { start: now, end: now };

/** The old shape of the price, which the item still shows. */
const planOf = ({ id, currency, unit_amount: amount, recurring }: Price): Record<string, unknown> => ({
  id,
  object: 'plan',
  active: true,
  amount,
  currency,
  ...recurring,
});

/** An item with this price for this period; `id` is a new one unless the item was there before. */
export const newItem = (
  subscription: string,
  { price, quantity }: Sold,
  facts: { now: number; period: Period; id?: string },
): SubscriptionItem => ({
  id: facts.id ?? newId('si'),
  object: 'subscription_item',
  billing_thresholds: null,
  created: facts.now,
  current_period_end: facts.period.end,
  current_period_start: facts.period.start,
  discounts: [],
  metadata: {},
  plan: planOf(price),
  price,
  quantity,
  subscription,
  tax_rates: [],
});

const plainSubscription = {
  application: null,
  application_fee_percent: null,
  billing_cycle_anchor_config: null,
  billing_schedules: [],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  collection_method: 'charge_automatically',
  customer_account: null,
  days_until_due: null,
  default_source: null,
  default_tax_rates: [],
  ended_at: null,
  invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
  livemode: false,
  managed_payments: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  test_clock: null,
  transfer_data: null,
  trial_end: null,
  trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
  trial_start: null,
};

/** A subscription without an invoice yet. */
export function newSubscription(facts: NewSubscription): Subscription {
  const { now, sold, automaticTax } = facts;
  const id = newId('sub');
  const data = sold.map((each) => newItem(id, each, { now, period: firstPeriod(now, each.price) }));
  return {
    ...structuredClone(plainSubscription),
    id,
    object: 'subscription',
    automatic_tax: { disabled_reason: null, enabled: automaticTax, liability: automaticTax ? { type: 'self' } : null },
    billing_cycle_anchor: now,
    billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' }, updated_at: now },
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    created: now,
    currency: facts.currency,
    customer: facts.customer,
    default_payment_method: facts.paymentMethod,
    description: facts.description,
    discounts: facts.discounts,
    items: { object: 'list', data, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    metadata: facts.metadata,
    pause_collection: null,
    pending_update: null,
    start_date: now,
    status: facts.status,
  };
}
