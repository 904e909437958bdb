/** What an order needs to know of its money, taken from the folded payment stream. Pure. */
import type { MoneyOfOrder } from '../orders/service.saga.js';
import { unsettledCheckouts } from './checkouts.decider.js';
import { ownSubscription, strayIn } from './own-subscription.decider.js';
import type { Payments } from './payment.decider.js';
import { planMoneyOf } from './plan-money.decider.js';

const isPaid = ({ succeeded }: Payments, invoiceId: string): boolean => succeeded.some(({ paymentId }) => paymentId === invoiceId);

/** The oldest renewal that is still open after a failure; what was paid, written off or is for something else does not stop a service. */
const failingIn = (payments: Payments): MoneyOfOrder['failing'] => {
  const stray = strayIn(payments);
  const open = Object.entries(payments.billing.invoices)
    .filter(([invoiceId, { purpose, status }]) => purpose === 'renewal' && status === 'failing' && !isPaid(payments, invoiceId))
    .filter(([, { subscriptionId }]) => subscriptionId === null || !stray.includes(subscriptionId))
    .sort(([, one], [, other]) => (one.failingSince < other.failingSince ? -1 : 1));
  const [first] = open;
  return first ? { invoiceId: first[0], since: first[1].failingSince } : null;
};

const refundedIn = ({ billing }: Payments): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { paymentId, status, amount } of Object.values(billing.refunds))
    if (paymentId !== null && status === 'settled') sums[paymentId] = (sums[paymentId] ?? 0) + amount.amountMinor;
  return sums;
};

/** Only our own call asks Stripe about the open invoices too; a subscription that ended by itself may have left one. */
const isBillingEnded = ({ calls }: Payments, subscriptionId: string | null): boolean =>
  subscriptionId === null ||
  Object.values(calls).some(
    ({ call, status }) => call.do === 'endBilling' && call.subscriptionId === subscriptionId && status === 'settled',
  );

/** What Stripe refuses here is a subscription that it does not have. */
const invoicesVoidFor = ({ calls }: Payments, subscriptionId: string | null): readonly string[] =>
  Object.values(calls).flatMap(({ call, status }) =>
    call.do === 'voidInvoices' && call.subscriptionId === subscriptionId && (status === 'settled' || status === 'refused')
      ? [call.endsAt]
      : [],
  );

const subscriptionIn = ({ billing }: Payments, subscriptionId: string | null): MoneyOfOrder['subscription'] => {
  if (subscriptionId === null) return null;
  const { facts = null, ended = null } = billing.subscriptions[subscriptionId] ?? {};
  const { priceId = null, pendingUntil = null, cancelAt = null } = facts ?? {};
  return { subscriptionId, priceId, pendingUntil, cancelAt, ended };
};

/** The view that the order's rules are given. */
export const moneyOfOrder = (payments: Payments): MoneyOfOrder => {
  const disputes = Object.values(payments.billing.disputes);
  const own = ownSubscription(payments);
  return {
    ...planMoneyOf(payments),
    payments: payments.succeeded.map(
      ({ paymentId, kind, total, subtotal, subscriptionId, paidThrough, paidAt = null, changeId = null }) => ({
        ...{ paymentId, kind, total, subtotal, subscriptionId, paidThrough, paidAt, changeId },
      }),
    ),
    refundedMinor: refundedIn(payments),
    subscription: subscriptionIn(payments, own),
    failing: failingIn(payments),
    disputes: disputes.flatMap(({ paymentId, status }) => (status === 'open' || status === 'lost' ? [{ paymentId, status }] : [])),
    billingEnded: isBillingEnded(payments, own),
    invoicesVoidFor: invoicesVoidFor(payments, own),
    checkouts: unsettledCheckouts(payments).map(({ state }) => ({ state })),
  };
};

/** Where Stripe is to be asked whether money has come or is on its way. */
export interface OpenMoney {
  readonly subscriptionId: string | null;
  readonly invoiceIds: readonly string[];
  /** Checkouts of ours whose money is neither booked nor known to have failed, and that Stripe has not closed. */
  readonly sessionIds: readonly string[];
}

/** Through what money may still come. */
export const openMoneyOf = (payments: Payments): OpenMoney => {
  const invoiceIds = Object.entries(payments.billing.invoices)
    .filter(([invoiceId, { status }]) => status === 'failing' && !isPaid(payments, invoiceId))
    .map(([invoiceId]) => invoiceId);
  const sessionIds = unsettledCheckouts(payments).flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId]));
  return { subscriptionId: ownSubscription(payments), invoiceIds, sessionIds };
};

export interface BillingOfOrderView {
  readonly payments: readonly {
    readonly paymentId: string;
    readonly kind: string;
    readonly amountMinor: number;
    readonly currency: string;
    readonly paidThrough: string | null;
    readonly at: string;
  }[];
  /** Those that were not paid at once. */
  readonly invoices: readonly {
    readonly invoiceId: string;
    readonly status: 'failing' | 'writtenOff' | 'paid';
    readonly attempts: number;
    readonly nextAttemptAt: string | null;
  }[];
  readonly refunds: readonly {
    readonly refundId: string;
    readonly paymentId: string | null;
    readonly amountMinor: number;
    readonly currency: string;
    readonly status: 'pending' | 'settled' | 'failed';
  }[];
}

/** What was paid, what is asked for again, and what went back. */
export const billingOfOrder = (payments: Payments): BillingOfOrderView => ({
  payments: payments.succeeded.map(({ paymentId, kind, total, paidThrough, paidAt, receivedAt }) => ({
    ...{ paymentId, kind, ...total, paidThrough },
    at: paidAt ?? receivedAt,
  })),
  invoices: Object.entries(payments.billing.invoices).map(([invoiceId, { status, attempt, nextAttemptAt }]) => {
    const paid = isPaid(payments, invoiceId);
    return { invoiceId, status: paid ? 'paid' : status, attempts: attempt, nextAttemptAt: paid ? null : nextAttemptAt };
  }),
  refunds: Object.entries(payments.billing.refunds).map(([refundId, { paymentId, amount, status }]) => ({
    ...{ refundId, paymentId, ...amount, status },
  })),
});
