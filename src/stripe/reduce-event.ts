/** Cuts a webhook down to what may be recorded: ids, amounts, states and our own metadata. Pure; an allow-list, so nothing personal slips in. */
import type { StripeEventReceived, StripeObject } from './stripe.events.js';

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const integer = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);
/** Related objects are ids, or whole objects where expanded. */
const idOf = (value: unknown): string | null => text(value) ?? text(record(value)['id']);

const parentOf = (object: Json): Json => record(record(object['parent'])['subscription_details']);

/** Latest end of a period that is paid for: not of a proration and not of a credit. */
const paidThroughOf = (object: Json): number | null => {
  const lines: unknown = record(object['lines'])['data'];
  if (!Array.isArray(lines)) return null;
  const ends = lines.map(record).flatMap((line) => {
    const proration = record(record(line['parent'])['subscription_item_details'])['proration'] === true;
    const end = integer(record(line['period'])['end']);
    return !proration && (integer(line['amount']) ?? -1) >= 0 && end !== null ? [end] : [];
  });
  return ends.length > 0 ? Math.max(...ends) : null;
};

const isSession = (object: Json): boolean => object['object'] === 'checkout.session';

/** An invoice names its subscription, and through it our order, in its parent; everything else in its own metadata. */
export const reduceObject = (value: unknown): StripeObject => {
  const object = record(value);
  const parent = parentOf(object);
  const orderId = text(record(object['metadata'])['order_id']) ?? text(record(parent['metadata'])['order_id']);
  return {
    id: text(object['id']) ?? '',
    object: text(object['object']) ?? '',
    orderId: orderId ?? (isSession(object) ? text(object['client_reference_id']) : null),
    mode: text(object['mode']),
    status: text(object['status']),
    paymentStatus: text(object['payment_status']),
    amountTotal: integer(object['amount_total']) ?? integer(object['total']),
    amountSubtotal: integer(object['amount_subtotal']) ?? integer(object['subtotal']),
    amountPaid: integer(object['amount_paid']),
    currency: text(object['currency']),
    paymentIntent: idOf(object['payment_intent']) ?? idOf(record(object['payment'])['payment_intent']),
    charge: idOf(object['charge']),
    subscription: idOf(object['subscription']) ?? idOf(parent['subscription']),
    customer: idOf(object['customer']),
    invoice: idOf(object['invoice']),
    billingReason: text(object['billing_reason']),
    paidThrough: paidThroughOf(object),
  };
};

/** Types the intake reads. */
export const READ_TYPES: ReadonlySet<string> = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'customer.subscription.created',
  'invoice.paid',
]);

/** Types of which only is kept how Stripe's objects belong together: refunds and disputes name no order. */
const LINK_TYPES: ReadonlySet<string> = new Set(['invoice_payment.paid', 'refund.created', 'charge.refunded', 'charge.dispute.created']);

const NOTHING: Omit<StripeObject, 'id' | 'object'> = {
  orderId: null,
  mode: null,
  status: null,
  paymentStatus: null,
  amountTotal: null,
  amountSubtotal: null,
  amountPaid: null,
  currency: null,
  paymentIntent: null,
  charge: null,
  subscription: null,
  customer: null,
  invoice: null,
  billingReason: null,
  paidThrough: null,
};

/** What is kept of an event's object; of types that nobody reads, only which object it was. */
const kept = (type: string, object: StripeObject): StripeObject => {
  if (READ_TYPES.has(type)) return object;
  const { id, object: name, paymentIntent, charge = null, invoice, subscription } = object;
  return { ...NOTHING, id, object: name, ...(LINK_TYPES.has(type) ? { paymentIntent, charge, invoice, subscription } : {}) };
};

export interface VerifiedEvent {
  readonly id: string;
  readonly type: string;
  readonly api_version: string | null;
  readonly livemode: boolean;
  readonly created: number;
  readonly account?: string;
  readonly context?: string;
  readonly data: { readonly object: unknown };
}

/** The release part of `2026-10-28.endive`: within a release, shapes stay as they are. */
const releaseOf = (apiVersion: string | null): string => apiVersion?.split('.')[1] ?? '';

/** What the intake must leave alone, because the signature says nothing about it. */
const quarantineOf = (
  event: VerifiedEvent,
  expected: { livemode: boolean; apiVersion: string },
): StripeEventReceived['data']['quarantine'] => {
  if (event.livemode !== expected.livemode) return 'wrongMode';
  if (event.account ?? event.context) return 'foreignAccount';
  return releaseOf(event.api_version) === releaseOf(expected.apiVersion) ? null : 'otherApiRelease';
};

/** @param expected the mode of our key and the API version our SDK is pinned to */
export const reduceEvent = (
  event: VerifiedEvent,
  expected: { livemode: boolean; apiVersion: string },
  receivedAt: string,
): StripeEventReceived => {
  return {
    type: 'StripeEventReceived',
    data: {
      stripeEventId: event.id,
      type: event.type,
      apiVersion: event.api_version,
      livemode: event.livemode,
      created: event.created,
      quarantine: quarantineOf(event, expected),
      object: kept(event.type, reduceObject(event.data.object)),
      receivedAt,
    },
  };
};
