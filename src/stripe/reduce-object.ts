/** Cuts one of Stripe's objects down to what may be recorded: ids, amounts, states and our own metadata. Pure; an allow-list, so nothing personal slips in. */
import type {
  ChargeDetail,
  DisputeDetail,
  IntentDetail,
  InvoiceDetail,
  InvoicePaymentDetail,
  RefundDetail,
  SessionDetail,
  StripeDetail,
  StripeObject,
  SubscriptionDetail,
} from './stripe.events.js';

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const integer = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);
/** Related objects are ids, or whole objects where expanded. */
const idOf = (value: unknown): string | null => text(value) ?? text(record(value)['id']);
const rows = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);

/** An id of ours. Whoever shares the Stripe account may have put anything into these fields, also a person's address. */
const ourId = (value: unknown): string | null => (typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : null);

const parentOf = (object: Json): Json => record(record(object['parent'])['subscription_details']);
const metadataOf = (object: Json): Json => record(object['metadata']);

const prorationOf = (line: Json): boolean => {
  const parent = record(line['parent']);
  return [parent['subscription_item_details'], parent['invoice_item_details']].some((details) => record(details)['proration'] === true);
};

/** Latest end of a period that is paid for: of a line of the subscription, not of a proration and not of a credit. */
const paidThroughOf = (object: Json): number | null => {
  const ends = rows(record(object['lines'])['data']).flatMap((line) => {
    const end = integer(record(line['period'])['end']);
    const isPeriod = record(line['parent'])['subscription_item_details'] != null && !prorationOf(line);
    return isPeriod && (integer(line['amount']) ?? -1) >= 0 && end !== null ? [end] : [];
  });
  return ends.length > 0 ? Math.max(...ends) : null;
};

/** Whether all that name an order name the same one; null where they do not agree or none does. */
const orderIdOf = (object: Json): string | null => {
  const reference = object['object'] === 'checkout.session' ? object['client_reference_id'] : null;
  const named = [metadataOf(object)['order_id'], record(parentOf(object)['metadata'])['order_id'], reference].map(ourId);
  const [first, ...others] = new Set(named.filter((id) => id !== null));
  return others.length === 0 ? (first ?? null) : null;
};

const sessionDetail = (object: Json): SessionDetail => {
  const metadata = metadataOf(object);
  const totals = record(object['total_details']);
  const { presentment_amount: amount, presentment_currency: currency } = record(object['presentment_details']);
  const [amountMinor, presentedIn] = [integer(amount), text(currency)];
  return {
    of: 'session',
    purpose: ourId(metadata['purpose']),
    changeId: ourId(metadata['change_id']),
    taxMinor: integer(totals['amount_tax']),
    discountMinor: integer(totals['amount_discount']),
    presented: amountMinor !== null && presentedIn !== null ? { amountMinor, currency: presentedIn } : null,
  };
};

const intentDetail = (object: Json): IntentDetail => {
  const error = record(object['last_payment_error']);
  return {
    of: 'intent',
    purpose: ourId(metadataOf(object)['purpose']),
    amountMinor: integer(object['amount']) ?? 0,
    errorCode: text(error['code']),
    declineCode: text(error['decline_code']),
    chargeId: idOf(error['charge']),
  };
};

const lineDetail = (line: Json): InvoiceDetail['lines'][number] => ({
  amountMinor: integer(line['amount']) ?? 0,
  periodStart: integer(record(line['period'])['start']),
  periodEnd: integer(record(line['period'])['end']),
  proration: prorationOf(line),
  priceId: idOf(record(record(line['pricing'])['price_details'])['price']),
});

const invoiceDetail = (object: Json): InvoiceDetail => ({
  of: 'invoice',
  changeId: ourId(record(parentOf(object)['metadata'])['change_id']),
  attempt: integer(object['attempt_count']) ?? 0,
  nextAttemptAt: integer(object['next_payment_attempt']),
  remainingMinor: integer(object['amount_remaining']) ?? 0,
  offStripeMinor: integer(object['amount_paid_off_stripe']) ?? 0,
  paidAt: integer(record(object['status_transitions'])['paid_at']),
  finalizationError: text(record(object['last_finalization_error'])['code']),
  taxStatus: text(record(object['automatic_tax'])['status']),
  writeOffReason: text(record(record(object['status_details'])['uncollectible'])['reason']),
  ...(record(object['lines'])['has_more'] === true ? { moreLines: true as const } : {}),
  lines: rows(record(object['lines'])['data']).map(lineDetail),
});

const invoicePaymentDetail = (object: Json): InvoicePaymentDetail => ({
  of: 'invoicePayment',
  paymentType: text(record(object['payment'])['type']),
});

const subscriptionDetail = (object: Json): SubscriptionDetail => {
  const item = rows(record(object['items'])['data'])[0] ?? {};
  const price = record(item['price']);
  const paused = record(record(object['status_details'])['paused']);
  return {
    of: 'subscription',
    itemId: text(item['id']),
    priceId: idOf(item['price']),
    lookupKey: text(price['lookup_key']),
    quantity: integer(item['quantity']),
    periodEnd: integer(item['current_period_end']),
    cancelAt: integer(object['cancel_at']),
    cancelAtPeriodEnd: object['cancel_at_period_end'] === true,
    canceledAt: integer(object['canceled_at']),
    endedAt: integer(object['ended_at']),
    endReason: text(record(object['cancellation_details'])['reason']),
    collectionPaused: object['pause_collection'] != null,
    pausedAt: integer(paused['transitioned_at']),
    pauseReason: text(record(paused['subscription'])['type']),
    pendingUntil: integer(record(object['pending_update'])['expires_at']),
    schedule: idOf(object['schedule']),
    latestInvoice: idOf(object['latest_invoice']),
  };
};

const refundDetail = (object: Json): RefundDetail => ({
  of: 'refund',
  amountMinor: integer(object['amount']) ?? 0,
  callId: ourId(metadataOf(object)['refund_id']),
  failureReason: text(object['failure_reason']),
});

const chargeDetail = (object: Json): ChargeDetail => ({
  of: 'charge',
  amountMinor: integer(object['amount']) ?? 0,
  refundedMinor: integer(object['amount_refunded']) ?? 0,
  refunded: object['refunded'] === true,
});

const disputeDetail = (object: Json): DisputeDetail => ({
  of: 'dispute',
  amountMinor: integer(object['amount']) ?? 0,
  reason: text(object['reason']),
  evidenceDueBy: integer(record(object['evidence_details'])['due_by']),
  isChargeRefundable: object['is_charge_refundable'] === true,
  caseType: text(record(record(object['payment_method_details'])['card'])['case_type']),
  transactions: rows(object['balance_transactions']).map((transaction) => ({
    id: text(transaction['id']) ?? '',
    amountMinor: integer(transaction['amount']) ?? 0,
    feeMinor: integer(transaction['fee']) ?? 0,
    netMinor: integer(transaction['net']) ?? 0,
    currency: text(transaction['currency']) ?? text(object['currency']) ?? '',
  })),
});

const DETAILS: Readonly<Record<string, (object: Json) => StripeDetail>> = {
  'checkout.session': sessionDetail,
  payment_intent: intentDetail,
  invoice: invoiceDetail,
  invoice_payment: invoicePaymentDetail,
  subscription: subscriptionDetail,
  refund: refundDetail,
  charge: chargeDetail,
  dispute: disputeDetail,
};

/** An invoice names its subscription, and through it our order, in its parent; everything else in its own metadata. */
export const reduceObject = (value: unknown): StripeObject => {
  const object = record(value);
  const name = text(object['object']) ?? '';
  const detail = Object.hasOwn(DETAILS, name) ? DETAILS[name]?.(object) : undefined;
  return {
    id: text(object['id']) ?? '',
    object: name,
    orderId: orderIdOf(object),
    mode: text(object['mode']),
    status: text(object['status']),
    paymentStatus: text(object['payment_status']),
    amountTotal: integer(object['amount_total']) ?? integer(object['total']),
    amountSubtotal: integer(object['amount_subtotal']) ?? integer(object['subtotal']),
    amountPaid: integer(object['amount_paid']),
    currency: text(object['currency']),
    paymentIntent: idOf(object['payment_intent']) ?? idOf(record(object['payment'])['payment_intent']),
    charge: idOf(object['charge']),
    subscription: idOf((name === 'invoice' ? parentOf(object) : object)['subscription']),
    customer: idOf(object['customer']),
    invoice: idOf(object['invoice']),
    billingReason: text(object['billing_reason']),
    paidThrough: paidThroughOf(object),
    ...(detail ? { detail } : {}),
  };
};
