/** The ways in which an order can be paid for: through which of our checkouts money may still come, and how all of them are closed. Pure. */
import type { MoneyOfOrder } from '../orders/service.saga.js';
import type { Decision } from '../platform/decider.js';
import { Refusal } from '../platform/refusal.js';
import { hasFailed, type Payments } from './payment.decider.js';
import { intendCall, type KnownCall } from './stripe-call.decider.js';
import type { StripeCall, StripeCallEvent } from './stripe-call.events.js';

type State = MoneyOfOrder['checkouts'][number]['state'];
export interface UnsettledCheckout {
  /** Null while Stripe has yet to answer that it is open. */
  readonly sessionId: string | null;
  readonly state: State;
}

/** What Stripe said when we had it closed; undefined while it has said nothing. What it will not close it does not have. */
const closingOf = ({ calls }: Payments, sessionId: string): State | 'over' | undefined => {
  const closing = Object.values(calls).find(({ call }) => call.do === 'expireCheckout' && call.sessionId === sessionId);
  if (closing?.status === 'settled') return closing.objectStatus === 'complete' ? 'completed' : 'over';
  return closing?.status === 'refused' ? 'over' : undefined;
};

const stateOf = (payments: Payments, opened: Extract<KnownCall, { status: 'settled' }>): State | 'over' => {
  const { objectId: session, objectStatus } = opened;
  const isBooked = payments.succeeded.some(({ sessionId }) => sessionId === session);
  if (isBooked || hasFailed(payments, session) || objectStatus === 'expired') return 'over';
  return closingOf(payments, session) ?? 'payable';
};

/** Those whose money is neither booked nor known to have failed, and that Stripe has not closed. No clock closes one, only Stripe's word. */
export const unsettledCheckouts = (payments: Payments): readonly UnsettledCheckout[] =>
  Object.values(payments.calls).flatMap((known): readonly UnsettledCheckout[] => {
    if (known.call.do !== 'openCheckout' || known.status === 'refused') return [];
    if (known.status !== 'settled') return [{ sessionId: null, state: 'payable' }];
    const state = stateOf(payments, known);
    return state === 'over' ? [] : [{ sessionId: known.objectId, state }];
  });

interface Closing {
  readonly orderId: string;
  readonly reason: string;
  /** Makes an id of what it is about. */
  readonly callId: (part: string) => string;
  readonly at: string;
}

const intending =
  ({ calls }: Payments, { orderId, reason, callId, at }: Closing) =>
  (part: string, call: StripeCall): readonly StripeCallEvent[] => {
    const decision = intendCall({ orderId, callId: callId(part), call, reason, noteId: null, intendedAt: at })({ calls });
    return decision instanceof Refusal ? [] : decision;
  };

const closedCheckouts = (payments: Payments, closing: Closing): readonly StripeCallEvent[] =>
  unsettledCheckouts(payments).flatMap(({ sessionId }) =>
    sessionId === null ? [] : intending(payments, closing)(sessionId, { do: 'expireCheckout', sessionId }),
  );

/** Nobody is to pay for the order any more, while a subscription of it stays as it is: its invoices become void, for this end of it. */
export const closeWaysToPay =
  (wish: Closing & { readonly subscription: { readonly subscriptionId: string; readonly endsAt: string } | null }) =>
  (payments: Payments): Decision<StripeCallEvent> => {
    const { subscription } = wish;
    const part = `void ${subscription?.subscriptionId} ${subscription?.endsAt}`;
    const invoices = subscription ? intending(payments, wish)(part, { do: 'voidInvoices', ...subscription }) : [];
    return [...invoices, ...closedCheckouts(payments, wish)];
  };

/** Everything that may still collect money for an order is to end. A refused end is asked for anew, under an id of its own. */
export const endBilling =
  (wish: Closing & { readonly subscriptionId: string | null }) =>
  (payments: Payments): Decision<StripeCallEvent> => {
    const { subscriptionId } = wish;
    const refusedEnds = Object.values(payments.calls).filter(({ status, call }) => status === 'refused' && call.do === 'endBilling').length;
    const part = `${subscriptionId} ${refusedEnds}`;
    const end = subscriptionId === null ? [] : intending(payments, wish)(part, { do: 'endBilling', subscriptionId });
    return [...end, ...closedCheckouts(payments, wish)];
  };
