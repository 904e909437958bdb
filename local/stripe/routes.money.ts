/** Payment intents, charges, refunds, subscriptions, invoices, invoice payments, events and the account. */
import { API_VERSION } from './change.js';
import type { Change } from './change.js';
import { invalidRequest, noSuch, wrongState } from './errors.js';
import { createdRange, page, paging } from './listing.js';
import { newRefund } from './money-objects.js';
import type { Charge, Refund, Subscription } from './records.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, ignored, integer, list, metadata, object, oneOf, text } from './rules.js';

function chargeToRefund(change: Change, named: { charge?: string | undefined; payment_intent?: string | undefined }): Charge {
  if (named.charge !== undefined) return find(change, 'charge', { id: named.charge, param: 'charge' });
  if (named.payment_intent === undefined) {
    throw invalidRequest({
      code: 'parameter_missing',
      message: 'One of the following params should be provided for this request: payment_intent or charge.',
    });
  }
  const intent = find(change, 'payment_intent', { id: named.payment_intent, param: 'payment_intent' });
  if (intent.latest_charge === null) {
    throw wrongState({
      message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      param: 'payment_intent',
    });
  }
  return find(change, 'charge', { id: intent.latest_charge });
}

/** What is to be given back, in minor units; the rest when no amount is named. */
function refundAmount(charge: Charge, asked: number | undefined): number {
  const rest = charge.amount - charge.amount_refunded;
  if (rest === 0) throw wrongState({ code: 'charge_already_refunded', message: `Charge ${charge.id} has already been refunded.` });
  const amount = asked ?? rest;
  if (amount < 1)
    throw invalidRequest({ code: 'parameter_invalid_integer', message: 'This value must be greater than or equal to 1.', param: 'amount' });
  if (amount > rest) {
    throw wrongState({ message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${rest})`, param: 'amount' });
  }
  return amount;
}

const refundCreation = {
  charge: text,
  payment_intent: text,
  amount: integer,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  metadata,
};

const payments: readonly Route[] = [
  retrieve('/v1/payment_intents', 'payment_intent'),
  retrieve('/v1/charges', 'charge'),
  route('POST /v1/refunds', refundCreation, ({ change }, input) => {
    const charge = chargeToRefund(change, input);
    const amount = refundAmount(charge, input.amount);
    const refund: Refund = newRefund(change.now, charge, { amount, reason: input.reason ?? null, metadata: input.metadata ?? {} });
    const refunded = charge.amount_refunded + amount;
    change.emit('refund.created', refund);
    change.emit(
      'charge.refunded',
      { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount },
      { amount_refunded: charge.amount_refunded, refunded: charge.refunded },
    );
    return refund;
  }),
  route('GET /v1/refunds', { ...paging, charge: text, payment_intent: text, created: createdRange }, ({ change, path }, input) => {
    const found = newestFirst(change, 'refund')
      .filter((refund) => (input.charge ?? refund.charge) === refund.charge)
      .filter((refund) => (input.payment_intent ?? refund.payment_intent) === refund.payment_intent)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/refunds', 'refund'),
];

const cancellation = { cancellation_details: object({ comment: text, feedback: text }), invoice_now: boolean, prorate: boolean };

const subscriptionFilter = {
  ...paging,
  customer: text,
  price: text,
  status: oneOf('all', 'ended', 'active', 'canceled', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid'),
  created: createdRange,
};

/** Without a filter, Stripe lists what is not canceled. */
const listed = (subscription: Subscription, status: string | undefined): boolean => {
  if (status === undefined) return subscription.status !== 'canceled';
  return status === 'all' || subscription.status === (status === 'ended' ? 'canceled' : status);
};

const pricesOf = (subscription: Subscription): string[] =>
  (subscription['items'] as { data: { price: { id: string } }[] }).data.map(({ price }) => price.id);

const subscriptions: readonly Route[] = [
  route('GET /v1/subscriptions', subscriptionFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'subscription')
      .filter((subscription) => listed(subscription, input.status))
      .filter(({ customer, created }) => (input.customer ?? customer) === customer && (input.created?.(created) ?? true))
      .filter((subscription) => input.price === undefined || pricesOf(subscription).includes(input.price));
    return page(path, found, input);
  }),
  retrieve('/v1/subscriptions', 'subscription'),
  route('DELETE /v1/subscriptions/:id', cancellation, ({ change, params }, input) => {
    const subscription = find(change, 'subscription', { id: params['id'] ?? '' });
    if (subscription.status === 'canceled') throw noSuch('subscription', subscription.id);
    const { comment = null, feedback = null } = input.cancellation_details ?? {};
    const ended: Subscription = {
      ...subscription,
      status: 'canceled',
      canceled_at: change.now,
      ended_at: change.now,
      cancellation_details: { comment, feedback, reason: 'cancellation_requested' },
    };
    change.emit('customer.subscription.deleted', ended);
    return ended;
  }),
];

const invoiceFilter = {
  ...paging,
  customer: text,
  subscription: text,
  status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
  created: createdRange,
};

const paymentFilter = {
  ...paging,
  invoice: text,
  status: oneOf('open', 'paid', 'canceled'),
  payment: object({ type: oneOf('payment_intent', 'charge', 'payment_record'), payment_intent: text }),
  created: createdRange,
};

const invoices: readonly Route[] = [
  route('GET /v1/invoices', invoiceFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'invoice')
      .filter(({ customer, status }) => (input.customer ?? customer) === customer && (input.status ?? status) === status)
      .filter(({ parent }) => input.subscription === undefined || parent?.subscription_details.subscription === input.subscription)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/invoices', 'invoice'),
  route('GET /v1/invoices/:id/lines', paging, ({ change, params, path }, input) => {
    const invoice = find(change, 'invoice', { id: params['id'] ?? '' });
    return page(path, (invoice['lines'] as { data: { id: string }[] }).data, input);
  }),
  route('GET /v1/invoice_payments', paymentFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'invoice_payment')
      .filter(({ invoice, status }) => (input.invoice ?? invoice) === invoice && (input.status ?? status) === status)
      .filter(({ payment }) => (input.payment?.payment_intent ?? payment.payment_intent) === payment.payment_intent)
      .filter(({ payment }) => (input.payment?.type ?? payment.type) === payment.type)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/invoice_payments', 'invoice_payment'),
];

const TYPES_MAX = 20;

const events: readonly Route[] = [
  route(
    'GET /v1/events',
    { ...paging, type: text, types: list(text), created: createdRange, delivery_success: ignored },
    ({ change, path }, input) => {
      if ((input.types?.length ?? 0) > TYPES_MAX)
        throw invalidRequest({ message: `types takes at most ${TYPES_MAX} values`, param: 'types' });
      const found = newestFirst(change, 'event')
        .filter(({ type }) => (input.type ?? type) === type && (input.types?.includes(type) ?? true))
        .filter(({ created }) => input.created?.(created) ?? true);
      return page(path, found, input);
    },
  ),
  retrieve('/v1/events', 'event'),
];

const account = route('GET /v1/account', {}, ({ change }) => ({
  id: 'acct_localledger000001',
  object: 'account',
  business_type: 'company',
  charges_enabled: true,
  country: 'DE',
  created: change.now,
  default_currency: 'eur',
  details_submitted: true,
  email: null,
  livemode: false,
  metadata: { api_version: API_VERSION },
  payouts_enabled: true,
  settings: { dashboard: { display_name: 'Order ledger sandbox', timezone: 'Etc/UTC' } },
  type: 'standard',
}));

export const moneyRoutes: readonly Route[] = [...payments, ...subscriptions, ...invoices, ...events, account];
