/** Subscriptions: made by API, read, changed, cancelled at once or later. */
import type { Subscription } from './billing-records.js';
import type { Change } from './change.js';
import { collect } from './collection.js';
import { requested, scheduled } from './cancellation.js';
import { couponNamed, redeem } from './discounts.js';
import { cardError, noSuch, wrongState } from './errors.js';
import { draft, finalize } from './invoicing.js';
import { createdRange, page, paging } from './listing.js';
import { declineError } from './payments.js';
import { changePlan, recurringPrice } from './plan-change.js';
import { periodLine } from './renewal.js';
import { find, merged, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, clearable, either, ignored, integer, list, metadata, object, oneOf, required, text } from './rules.js';
import type { Read } from './rules.js';
import { endSubscription, hasEnded } from './standing.js';
import { newSubscription } from './subscription-objects.js';

const feedback = oneOf(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
);
const cancellationDetails = object({ comment: text, feedback });
const items = list(object({ id: text, price: text, quantity: integer }));
const discounts = list(object({ coupon: text, promotion_code: text }));
const automaticTax = object({ enabled: required(boolean) });
export const planFields = {
  items,
  proration_behavior: oneOf('create_prorations', 'always_invoice', 'none'),
  proration_date: integer,
  billing_cycle_anchor: object({ type: required(oneOf('now', 'unchanged')) }),
};

const creation = {
  customer: required(text),
  items: required(items),
  metadata,
  description: text,
  default_payment_method: text,
  payment_behavior: oneOf('allow_incomplete', 'error_if_incomplete', 'default_incomplete'),
  billing_mode: object({ type: required(oneOf('flexible')) }),
  off_session: boolean,
  automatic_tax: automaticTax,
  discounts,
  payment_settings: ignored,
};

/** The subscription as it was asked for, without its invoice. Throws a 400 for what does not exist or does not fit. */
function asked(change: Change, input: Read<typeof creation>): Subscription {
  find(change, 'customer', { id: input.customer, param: 'customer' });
  const sold = input.items.map(({ price, quantity = 1 }, index) => ({
    price: recurringPrice(change, price, { param: `items[${index}][price]` }),
    quantity,
  }));
  const currency = sold[0]?.price.currency ?? 'eur';
  const coupons = input.discounts ?? [];
  for (const named of coupons) couponNamed(change, named, { currency, param: 'discounts[0]' });
  return newSubscription({
    now: change.now,
    customer: input.customer,
    currency,
    sold,
    metadata: input.metadata ?? {},
    description: input.description ?? null,
    paymentMethod: input.default_payment_method ?? null,
    discounts: coupons.map((named) => redeem(change, named, { customer: input.customer }).id),
    automaticTax: input.automatic_tax?.enabled === true,
    status: 'incomplete',
  });
}

/** By API the subscription exists before its first payment: `incomplete` until then. */
const create = route('POST /v1/subscriptions', creation, ({ change }, input) => {
  const subscription = asked(change, input);
  const invoice = draft(change, subscription, {
    reason: 'subscription_create',
    period: { start: change.now, end: change.now },
    lines: subscription.items.data.map((item) => periodLine(change, subscription, item)),
    finalizesAt: null,
  });
  change.emit('customer.subscription.created', { ...subscription, latest_invoice: invoice.id });
  const open = finalize(change, invoice);
  const waits = input.payment_behavior === 'default_incomplete' && open.amount_due > 0;
  const first = waits ? open : collect(change, open, { automatic: true });
  if (first.status === 'open' && input.payment_behavior === 'error_if_incomplete') throw cardError(declineError('generic_decline'));
  return find(change, 'subscription', { id: subscription.id });
});

const pause = object({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: integer });
const update = {
  ...planFields,
  payment_behavior: oneOf('allow_incomplete', 'pending_if_incomplete', 'error_if_incomplete'),
  cancel_at_period_end: boolean,
  cancel_at: clearable(either(integer, oneOf('min_period_end', 'max_period_end'))),
  cancellation_details: cancellationDetails,
  default_payment_method: text,
  description: text,
  metadata: clearable(metadata),
  off_session: boolean,
  pause_collection: clearable(pause),
  payment_settings: ignored,
};
type Update = Read<typeof update>;

function plainly(change: Change, subscription: Subscription, input: Update): Subscription {
  if (input.default_payment_method !== undefined)
    find(change, 'payment_method', { id: input.default_payment_method, param: 'default_payment_method' });
  const planned = scheduled(subscription, input, change.now);
  const pausing = input.pause_collection === undefined ? subscription.pause_collection : input.pause_collection;
  return {
    ...planned,
    default_payment_method: input.default_payment_method ?? subscription.default_payment_method,
    description: input.description ?? subscription.description,
    metadata: input.metadata === null ? {} : merged(subscription.metadata, input.metadata),
    pause_collection: pausing && { behavior: pausing.behavior, resumes_at: pausing.resumes_at ?? null },
  };
}

const changes = (input: Update): boolean => (input.items?.length ?? 0) > 0 || input.billing_cycle_anchor?.type === 'now';

const change_ = route('POST /v1/subscriptions/:id', update, ({ change, params }, input) => {
  const subscription = find(change, 'subscription', { id: params['id'] ?? '' });
  if (hasEnded(subscription)) {
    throw wrongState({
      message: 'A canceled subscription can only update its cancellation_details and metadata.',
      code: 'invalid_canceled_subscription_fields',
    });
  }
  const updated = plainly(change, subscription, input);
  if (JSON.stringify(updated) !== JSON.stringify(subscription)) change.emit('customer.subscription.updated', updated);
  if (!changes(input)) return updated;
  return changePlan(change, updated, {
    items: input.items ?? [],
    proration: input.proration_behavior ?? 'create_prorations',
    payment: input.payment_behavior ?? 'allow_incomplete',
    prorationDate: input.proration_date,
    anchorNow: input.billing_cycle_anchor?.type === 'now',
  });
});

const cancel = route(
  'DELETE /v1/subscriptions/:id',
  { cancellation_details: cancellationDetails, invoice_now: boolean, prorate: boolean },
  ({ change, params }, input) => {
    const subscription = find(change, 'subscription', { id: params['id'] ?? '' });
    if (hasEnded(subscription)) throw noSuch('subscription', subscription.id);
    return endSubscription(change, subscription, requested(input.cancellation_details));
  },
);

const filter = {
  ...paging,
  customer: text,
  price: text,
  status: oneOf('all', 'ended', 'active', 'canceled', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid'),
  created: createdRange,
};

/** Without a filter, Stripe lists what is not canceled. */
const listed = (subscription: Subscription, status: string | undefined): boolean => {
  if (status === undefined) return subscription.status !== 'canceled';
  return status === 'all' || (status === 'ended' ? hasEnded(subscription) : subscription.status === status);
};

export const subscriptionRoutes: readonly Route[] = [
  create,
  change_,
  cancel,
  route('GET /v1/subscriptions', filter, ({ change, path }, input) => {
    const found = newestFirst(change, 'subscription')
      .filter((subscription) => listed(subscription, input.status))
      .filter(({ customer, created }) => (input.customer ?? customer) === customer && (input.created?.(created) ?? true))
      .filter(({ items: { data } }) => input.price === undefined || data.some(({ price }) => price.id === input.price));
    return page(path, found, input);
  }),
  retrieve('/v1/subscriptions', 'subscription'),
];
