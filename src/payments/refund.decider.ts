/** An operator's refund: how much of which payment may still go back. Pure. */
import type { Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { Money } from '../orders/order.events.js';
import type { Payments } from './payment.decider.js';
import { intendCall } from './stripe-call.decider.js';
import type { StripeCallEvent } from './stripe-call.events.js';

export interface RefundWish {
  readonly orderId: string;
  readonly callId: string;
  /** Null: the payment that came last. */
  readonly paymentId: string | null;
  /** Null: all that is left. */
  readonly amountMinor: number | null;
  readonly noteId: string | null;
  readonly at: string;
}

/** What our own calls are about to give back and Stripe has not told of yet. */
const underWay = ({ calls, billing }: Payments, paymentId: string): number => {
  const told = new Set(Object.values(billing.refunds).map(({ callId }) => callId));
  const open = Object.entries(calls).filter(([callId, { status }]) => status !== 'refused' && !told.has(callId));
  return open.reduce(
    (sum, [, { call }]) => (call.do === 'refund' && call.paymentId === paymentId ? sum + call.amount.amountMinor : sum),
    0,
  );
};

const givenBack = ({ billing }: Payments, paymentId: string): number =>
  Object.values(billing.refunds)
    .filter((refund) => refund.paymentId === paymentId && refund.status !== 'failed')
    .reduce((sum, { amount }) => sum + amount.amountMinor, 0);

/** Refused for a payment we do not know, and for more than is left of it. The same call id again is silence. */
export const intendRefund =
  (wish: RefundWish) =>
  (payments: Payments): Decision<StripeCallEvent> => {
    const { orderId, callId, noteId, at } = wish;
    if (payments.calls[callId]) return [];
    const payment = payments.succeeded.findLast(({ paymentId }) => wish.paymentId === null || paymentId === wish.paymentId);
    if (!payment) return refuse('PAYMENT_UNKNOWN', 404, 'No such payment was booked for this order.');
    const { paymentId, total, offStripeMinor = 0 } = payment;
    const left = total.amountMinor - offStripeMinor - givenBack(payments, paymentId) - underWay(payments, paymentId);
    const amountMinor = wish.amountMinor ?? left;
    if (amountMinor <= 0 || amountMinor > left) return refuse('REFUND_TOO_HIGH', 422, `At most ${left} ${total.currency} may go back.`);
    const amount: Money = { amountMinor, currency: total.currency };
    const call = { do: 'refund', paymentId, amount, reason: 'requested_by_customer' } as const;
    return intendCall({ orderId, callId, call, reason: 'operator', noteId, intendedAt: at })(payments);
  };
