/** The way from "placed" to "may be paid", and from an unpaid end back to free room. The step follows from recorded state alone. */
import type { Order } from './order.decider.js';

export type PlacementStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'hold' }
  | { readonly do: 'intendCheckout' }
  | { readonly do: 'openCheckout' }
  /** Ask Stripe whether the session can still be paid; only Stripe's word ends it, never the clock. */
  | { readonly do: 'settleCheckout'; readonly sessionId: string }
  | { readonly do: 'wait'; readonly until: string }
  | { readonly do: 'end'; readonly reason: 'abandoned' };

/** @param now ISO-8601 */
export const nextPlacementStep = (order: Order, now: string): PlacementStep => {
  switch (order.status) {
    case 'none':
    case 'paid':
    case 'delivered':
    case 'ending':
    case 'ended':
      return { do: 'nothing' };
    case 'placed':
      return { do: order.checkout ? 'hold' : 'intendCheckout' };
    case 'held':
      return { do: 'intendCheckout' };
    case 'checkoutIntended':
      return { do: 'openCheckout' };
    case 'awaitingPayment':
      return now >= order.checkout.expiresAt
        ? { do: 'settleCheckout', sessionId: order.checkout.sessionId }
        : { do: 'wait', until: order.checkout.expiresAt };
    case 'checkoutExpired':
      return { do: 'end', reason: 'abandoned' };
  }
};
