/**
 * One row per movement of money: a payment on its way, arrived or failed, money that names no order, what goes back, and what a dispute takes or
 * gives back. Amounts are signed, so that per currency the sum of all rows whose status is none of NOT_MOVED is what has moved at Stripe.
 */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { PaymentKind } from '../../src/payments/payment.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  provisioningEventsIgnored,
  stripeCallsIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

export type PaymentStatus = 'pending' | 'failed' | 'succeeded' | 'notAccepted' | 'unmatched' | 'assigned' | 'refunded' | 'refundedInParts';

/** States of rows whose amount is not (or no longer, or under another row) part of what has moved. */
export const NOT_MOVED: readonly PaymentStatus[] = ['pending', 'failed', 'assigned', 'refunded'];

export interface PaymentsRow {
  /** `payment:` with the name under which the money is booked (payment intent, invoice, or session of a free order), `unmatchedMoney:` with Stripe's object, `refund:` with Stripe's refund, or `dispute:` with Stripe's dispute and the transaction. */
  paymentKey: string;
  kind: 'payment' | 'unmatchedMoney' | 'refund' | 'dispute';
  /** What a payment is for; null until it has arrived. */
  purpose: PaymentKind | null;
  /** `notAccepted` and `unmatched` money is not ours: it waits for an operator or a refund. Unmatched money that is `assigned` is an order's payment, under a row of its own; what is `refundedInParts` has a row for each part. */
  status: PaymentStatus;
  /** Why it failed, was not accepted or has no order. */
  reason: string | null;
  orderId: string | null;
  customerId: string | null;
  planId: string | null;
  region: string | null;
  term: string | null;
  currency: string | null;
  /** What was charged, in minor units of the currency, as a decimal number; negative for what went away. */
  amountMinor: string | null;
  /** Before tax and coupons, likewise. */
  subtotalMinor: string | null;
  /** Part of the amount that never passed through Stripe, likewise. */
  offStripeMinor: string | null;
  /** What Stripe charged us for the movement, likewise: no money of the customer's. */
  feeMinor: string | null;
  /** Stripe's object that tells of it: the payment, the refund, the dispute. */
  objectId: string;
  paymentIntent: string | null;
  invoice: string | null;
  session: string | null;
  subscription: string | null;
  /** Key of the payment whose money a refund or a dispute moves, where that is known. */
  concerns: string | null;
  /** End of the period it pays for: as Stripe says, or, once the order has taken the money, as the order has it. */
  paidThrough: string | null;
  /** When Stripe told us of the state shown. */
  occurredAt: string;
}

type EventOf<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;
type UnsettledEvent = EventOf<'PaymentPending'> | EventOf<'PaymentFailed'>;

/** Events from before they told the name under which the money is booked have only their session. */
const paymentIdOf = ({ data }: UnsettledEvent): string => data.paymentId ?? data.sessionId;
const paymentKey = (paymentId: string): string => `payment:${paymentId}`;
const concernsOf = (paymentId: string | null): string | null => (paymentId === null ? null : paymentKey(paymentId));
const ifPrefixed = (id: string, prefix: string): string | null => (id.startsWith(prefix) ? id : null);

const NOBODY = { orderId: null, customerId: null, planId: null, region: null, term: null };
const NO_MONEY = {
  purpose: null,
  reason: null,
  subtotalMinor: null,
  offStripeMinor: null,
  feeMinor: null,
  subscription: null,
  concerns: null,
  paidThrough: null,
};

/** Under which name Stripe has the money, by the kind of object that it is. */
const namesOf = (paymentId: string | null) => ({
  paymentIntent: ifPrefixed(paymentId ?? '', 'pi_'),
  invoice: ifPrefixed(paymentId ?? '', 'in_'),
  session: ifPrefixed(paymentId ?? '', 'cs_'),
});

/** A payment of which nothing has arrived yet. */
const unsettled = (event: UnsettledEvent, status: 'pending' | 'failed'): PaymentsRow => {
  const { orderId, sessionId, customerId, planId, region, term, amount, receivedAt } = event.data;
  const paymentId = paymentIdOf(event);
  return {
    ...NO_MONEY,
    paymentKey: paymentKey(paymentId),
    kind: 'payment',
    status,
    reason: event.type === 'PaymentFailed' ? event.data.code : null,
    orderId,
    customerId: customerId ?? null,
    planId: planId ?? null,
    region: region ?? null,
    term: term ?? null,
    currency: amount?.currency ?? null,
    amountMinor: amount ? String(amount.amountMinor) : null,
    objectId: paymentId,
    ...namesOf(paymentId),
    session: sessionId,
    occurredAt: receivedAt,
  };
};

type RefundEvent = EventOf<'RefundPending'> | EventOf<'RefundSettled'> | EventOf<'RefundFailed'>;

/** Each state of a refund overtakes the one before. */
const refund = (status: 'pending' | 'succeeded' | 'failed') => ({
  key: ({ data }: RefundEvent) => `refund:${data.refundId}`,
  evolve: (_row: PaymentsRow | undefined, event: RefundEvent): PaymentsRow => {
    const { orderId, customerId, planId, region, term, refundId, paymentId, amount, receivedAt } = event.data;
    return {
      ...NO_MONEY,
      paymentKey: `refund:${refundId}`,
      kind: 'refund',
      status,
      reason: event.type === 'RefundFailed' ? event.data.code : null,
      ...{ orderId, customerId, planId, region, term },
      currency: amount.currency,
      amountMinor: String(-amount.amountMinor),
      objectId: refundId,
      ...namesOf(paymentId),
      concerns: concernsOf(paymentId),
      occurredAt: receivedAt,
    };
  },
});

type MoneyDecided = EventOf<'UnmatchedMoneyAssigned'> | EventOf<'UnmatchedMoneyRefundFailed'>;

const become = (status: 'assigned' | 'unmatched') => ({
  key: ({ data }: MoneyDecided) => `unmatchedMoney:${data.objectId}`,
  evolve: (row: PaymentsRow | undefined): PaymentsRow | undefined => row && { ...row, status },
});

type PartMoved = EventOf<'UnmatchedMoneyMoved'>;

/** The same key as that of an order's, which takes it over when the money is assigned. */
const partMoved = {
  key: ({ data: { by, byId, transactionId } }: PartMoved) => (by === 'refund' ? `refund:${byId}` : `dispute:${byId}:${transactionId}`),
  evolve: (row: PaymentsRow | undefined, { data }: PartMoved): PaymentsRow => {
    const { by, byId, objectId, transactionId, direction, amount, feeMinor, status, movedAt } = data;
    if (row?.orderId) return row;
    return {
      ...NO_MONEY,
      ...NOBODY,
      paymentKey: by === 'refund' ? `refund:${byId}` : `dispute:${byId}:${transactionId}`,
      ...{ kind: by, status, reason: by === 'dispute' ? direction : null, currency: amount.currency },
      amountMinor: String(direction === 'withdrawn' ? -amount.amountMinor : amount.amountMinor),
      feeMinor: by === 'dispute' ? String(feeMinor) : null,
      objectId: byId,
      ...namesOf(objectId),
      concerns: `unmatchedMoney:${objectId}`,
      occurredAt: movedAt,
    };
  },
};

export const payments = projection<PaymentsRow, LedgerEvent>({
  name: 'payments',
  version: 5,
  key: (event) => event.id,
  on: {
    ...orderEventsIgnored,
    // Webhooks come in any order: what is known to have arrived or failed is not on its way any more, and what arrived has not failed.
    PaymentPending: {
      key: (event) => paymentKey(paymentIdOf(event)),
      evolve: (row, event) => row ?? unsettled(event, 'pending'),
    },
    // Nothing was on its way.
    PaymentAttemptFailed: ignored,
    PaymentFailed: {
      key: (event) => paymentKey(paymentIdOf(event)),
      evolve: (row, event) => {
        if (row === undefined) return unsettled(event, 'failed');
        return row.status === 'pending' ? { ...row, status: 'failed', reason: event.data.code, occurredAt: event.data.receivedAt } : row;
      },
    },
    PaymentSucceeded: {
      key: ({ data }) => paymentKey(data.paymentId),
      evolve: (_row, { data }) => {
        const { orderId, customerId, planId, region, total, subtotal, paymentId, offStripeMinor } = data;
        return {
          ...NO_MONEY,
          paymentKey: paymentKey(paymentId),
          kind: 'payment',
          purpose: data.kind,
          status: 'succeeded',
          ...{ orderId, customerId, planId, region },
          term: data.term ?? null,
          currency: total.currency,
          amountMinor: String(total.amountMinor),
          subtotalMinor: String(subtotal.amountMinor),
          offStripeMinor: offStripeMinor === undefined ? null : String(offStripeMinor),
          objectId: paymentId,
          ...namesOf(paymentId),
          session: data.sessionId,
          subscription: data.subscriptionId,
          paidThrough: data.paidThrough,
          occurredAt: data.receivedAt,
        };
      },
    },
    OrderPaymentNotAccepted: {
      key: ({ data }) => paymentKey(data.paymentId),
      evolve: (row, { data }) => row && { ...row, status: 'notAccepted', reason: data.reason },
    },
    OrderPaymentAccepted: {
      key: ({ data }) => paymentKey(data.paymentId),
      evolve: (row, { data }) => row && { ...row, paidThrough: data.paidThrough },
    },
    UnmatchedMoneyReceived: {
      key: ({ data }) => `unmatchedMoney:${data.objectId}`,
      evolve: (_none, { data }) => ({
        ...NO_MONEY,
        ...NOBODY,
        paymentKey: `unmatchedMoney:${data.objectId}`,
        kind: 'unmatchedMoney',
        status: 'unmatched',
        reason: data.reason,
        currency: data.amount.currency,
        amountMinor: String(data.amount.amountMinor),
        objectId: data.objectId,
        ...namesOf(data.objectId),
        occurredAt: data.receivedAt,
      }),
    },
    UnmatchedMoneyAssigned: become('assigned'),
    UnmatchedMoneyRefundSettled: {
      key: ({ data }) => `unmatchedMoney:${data.objectId}`,
      evolve: (row, { data }) => row && { ...row, status: data.inParts ? 'refundedInParts' : 'refunded' },
    },
    UnmatchedMoneyMoved: partMoved,
    UnmatchedMoneyDisputed: ignored,
    UnmatchedMoneyRefundFailed: become('unmatched'),
    UnmatchedMoneyRefundIntended: ignored,
    UnmatchedMoneyRefundStarted: ignored,
    RefundPending: refund('pending'),
    RefundSettled: refund('succeeded'),
    RefundFailed: refund('failed'),
    DisputeFundsMoved: {
      key: ({ data }) => `dispute:${data.disputeId}:${data.transactionId}`,
      evolve: (_none, { data }) => {
        const { orderId, customerId, planId, region, term, disputeId, direction, amount } = data;
        return {
          ...NO_MONEY,
          paymentKey: `dispute:${disputeId}:${data.transactionId}`,
          kind: 'dispute',
          status: 'succeeded',
          reason: direction,
          ...{ orderId, customerId, planId, region, term },
          currency: amount.currency,
          amountMinor: String(direction === 'withdrawn' ? -amount.amountMinor : amount.amountMinor),
          feeMinor: String(data.feeMinor),
          objectId: disputeId,
          ...namesOf(data.paymentId),
          concerns: concernsOf(data.paymentId),
          occurredAt: data.receivedAt,
        };
      },
    },
    DisputeOpened: ignored,
    DisputeUpdated: ignored,
    DisputeClosed: ignored,
    SubscriptionChanged: ignored,
    SubscriptionChangeExpired: ignored,
    SubscriptionEnded: ignored,
    InvoicePaymentFailed: ignored,
    InvoiceActionNeeded: ignored,
    InvoiceBlocked: ignored,
    InvoiceWrittenOff: ignored,
    SubscriptionLinked: ignored,
    ...stripeCallsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
