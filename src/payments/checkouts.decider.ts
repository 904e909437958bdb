/** The checkouts that we open for an order that is paid once: through which of them money may still come, and that they are closed when it ends. Pure. */
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

/**
 * Everything that may still collect money for an order is to end. A refused end is asked for anew, under an id of its own.
 * @param wish `callId` makes an id of what it is about
 */
export const endBilling =
  (wish: { orderId: string; subscriptionId: string | null; reason: string; callId: (part: string) => string; at: string }) =>
  (payments: Payments): Decision<StripeCallEvent> => {
    const { calls } = payments;
    const { orderId, subscriptionId, reason, at } = wish;
    const intended = (part: string, call: StripeCall): readonly StripeCallEvent[] => {
      const data = { orderId, callId: wish.callId(part), call, reason, noteId: null, intendedAt: at };
      const decision = intendCall(data)({ calls });
      return decision instanceof Refusal ? [] : decision;
    };
    const refusedEnds = Object.values(calls).filter(({ status, call }) => status === 'refused' && call.do === 'endBilling').length;
    const end = subscriptionId === null ? [] : intended(`${subscriptionId} ${refusedEnds}`, { do: 'endBilling', subscriptionId });
    const checkouts = unsettledCheckouts(payments).flatMap(({ sessionId }) =>
      sessionId === null ? [] : intended(sessionId, { do: 'expireCheckout', sessionId }),
    );
    return [...end, ...checkouts];
  };
