/** One row per piece of money: a payment on its way, arrived or failed, and money that names no order. Sums are made in the query. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { PaymentKind } from '../../src/payments/payment.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  billingEventsIgnored,
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  provisioningEventsIgnored,
  stripeCallsIgnored,
} from '../ignored.projection.js';

export type PaymentStatus = 'pending' | 'failed' | 'succeeded' | 'notAccepted' | 'unmatched';

export interface PaymentsRow {
  /** `payment:` with the name under which the money is booked (payment intent, invoice, or session of a free order), or `unmatchedMoney:` with Stripe's object. */
  paymentKey: string;
  kind: 'payment' | 'unmatchedMoney';
  /** What a payment is for; null until it has arrived. */
  purpose: PaymentKind | null;
  /** `notAccepted` and `unmatched` money is not ours: it waits for an operator or a refund. */
  status: PaymentStatus;
  /** Why it failed, was not accepted or has no order. */
  reason: string | null;
  orderId: string | null;
  customerId: string | null;
  planId: string | null;
  region: string | null;
  term: string | null;
  currency: string | null;
  /** What was charged, in minor units of the currency, as a decimal number. */
  amountMinor: string | null;
  /** Before tax and coupons, likewise. */
  subtotalMinor: string | null;
  paymentIntent: string | null;
  invoice: string | null;
  session: string | null;
  subscription: string | null;
  /** End of the period it pays for, where Stripe says so. */
  paidThrough: string | null;
  /** When Stripe told us of the state shown. */
  occurredAt: string;
}

type EventOf<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;
type UnsettledEvent = EventOf<'PaymentPending'> | EventOf<'PaymentFailed'>;

/** Events from before they told the name under which the money is booked have only their session. */
const paymentIdOf = ({ data }: UnsettledEvent): string => data.paymentId ?? data.sessionId;
const paymentKey = (paymentId: string): string => `payment:${paymentId}`;
const ifPrefixed = (id: string, prefix: string): string | null => (id.startsWith(prefix) ? id : null);

/** A payment of which nothing has arrived yet. */
const unsettled = (event: UnsettledEvent, status: 'pending' | 'failed'): PaymentsRow => {
  const { orderId, sessionId, customerId, planId, region, term, amount, receivedAt } = event.data;
  return {
    paymentKey: paymentKey(paymentIdOf(event)),
    kind: 'payment',
    purpose: null,
    status,
    reason: event.type === 'PaymentFailed' ? event.data.code : null,
    orderId,
    customerId: customerId ?? null,
    planId: planId ?? null,
    region: region ?? null,
    term: term ?? null,
    currency: amount?.currency ?? null,
    amountMinor: amount ? String(amount.amountMinor) : null,
    subtotalMinor: null,
    paymentIntent: ifPrefixed(paymentIdOf(event), 'pi_'),
    invoice: null,
    session: sessionId,
    subscription: null,
    paidThrough: null,
    occurredAt: receivedAt,
  };
};

export const payments = projection<PaymentsRow, LedgerEvent>({
  name: 'payments',
  version: 1,
  key: (event) => event.id,
  on: {
    ...orderEventsIgnored,
    // Webhooks come in any order: what is known to have arrived or failed is not on its way any more, and what arrived has not failed.
    PaymentPending: {
      key: (event) => paymentKey(paymentIdOf(event)),
      evolve: (row, event) => row ?? unsettled(event, 'pending'),
    },
    PaymentFailed: {
      key: (event) => paymentKey(paymentIdOf(event)),
      evolve: (row, event) => {
        if (row === undefined) return unsettled(event, 'failed');
        return row.status === 'pending' ? { ...row, status: 'failed', reason: event.data.code, occurredAt: event.data.receivedAt } : row;
      },
    },
    PaymentSucceeded: {
      key: ({ data }) => paymentKey(data.paymentId),
      evolve: (_row, { data }) => ({
        paymentKey: paymentKey(data.paymentId),
        kind: 'payment',
        purpose: data.kind,
        status: 'succeeded',
        reason: null,
        orderId: data.orderId,
        customerId: data.customerId,
        planId: data.planId,
        region: data.region,
        term: data.term ?? null,
        currency: data.total.currency,
        amountMinor: String(data.total.amountMinor),
        subtotalMinor: String(data.subtotal.amountMinor),
        paymentIntent: ifPrefixed(data.paymentId, 'pi_'),
        invoice: ifPrefixed(data.paymentId, 'in_'),
        session: data.sessionId,
        subscription: data.subscriptionId,
        paidThrough: data.paidThrough,
        occurredAt: data.receivedAt,
      }),
    },
    OrderPaymentNotAccepted: {
      key: ({ data }) => paymentKey(data.paymentId),
      evolve: (row, { data }) => row && { ...row, status: 'notAccepted', reason: data.reason },
    },
    UnmatchedMoneyReceived: {
      key: ({ data }) => `unmatchedMoney:${data.objectId}`,
      evolve: (_none, { data }) => ({
        paymentKey: `unmatchedMoney:${data.objectId}`,
        kind: 'unmatchedMoney',
        purpose: null,
        status: 'unmatched',
        reason: data.reason,
        orderId: null,
        customerId: null,
        planId: null,
        region: null,
        term: null,
        currency: data.amount.currency,
        amountMinor: String(data.amount.amountMinor),
        subtotalMinor: null,
        paymentIntent: ifPrefixed(data.objectId, 'pi_'),
        invoice: ifPrefixed(data.objectId, 'in_'),
        session: ifPrefixed(data.objectId, 'cs_'),
        subscription: null,
        paidThrough: null,
        occurredAt: data.receivedAt,
      }),
    },
    SubscriptionLinked: ignored,
    ...billingEventsIgnored,
    ...stripeCallsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
