/** What a Stripe event means to us. Pure: facts in, one action out; who carries it out fetches nothing here. */
import type { StripeObject } from './stripe.events.js';

export type IntakeAction =
  | { readonly do: 'nothing' }
  | {
      readonly do: 'recordPayment';
      readonly paymentId: string;
      readonly kind: 'initial' | 'renewal' | 'change';
      readonly totalMinor: number;
    }
  | { readonly do: 'recordPending'; readonly paymentId: string }
  | { readonly do: 'recordFailed'; readonly paymentId: string }
  | { readonly do: 'linkSubscription'; readonly subscriptionId: string }
  | { readonly do: 'expireCheckout' };

const NOTHING: IntakeAction = { do: 'nothing' };

/** Money of a session has the name of its payment intent; a free order has none, and is booked under the session. */
const paymentIdOf = (session: StripeObject): string => session.paymentIntent ?? session.id;

/** Money of a session is booked in payment mode only; in subscription mode the invoice books it and the session merely links ids; a set-up takes no money. */
const ofCompletedSession = (session: StripeObject): IntakeAction => {
  if (session.mode === 'subscription') return ofSubscription(session.subscription);
  if (session.mode !== 'payment') return NOTHING;
  if (session.paymentStatus === 'unpaid') return { do: 'recordPending', paymentId: paymentIdOf(session) };
  return { do: 'recordPayment', paymentId: paymentIdOf(session), kind: 'initial', totalMinor: session.amountTotal ?? 0 };
};

const ofSubscription = (subscriptionId: string | null): IntakeAction =>
  subscriptionId ? { do: 'linkSubscription', subscriptionId } : NOTHING;

const KINDS: Readonly<Record<string, 'initial' | 'renewal' | 'change'>> = {
  subscription_create: 'initial',
  subscription_cycle: 'renewal',
  subscription_update: 'change',
};

const ofPaidInvoice = (invoice: StripeObject): IntakeAction => {
  const kind = KINDS[invoice.billingReason ?? ''];
  return kind ? { do: 'recordPayment', paymentId: invoice.id, kind, totalMinor: invoice.amountPaid ?? 0 } : NOTHING;
};

/** @param type Stripe's event type; unknown ones mean nothing to us and stay visible in the log */
export const interpret = (type: string, object: StripeObject): IntakeAction => {
  switch (type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return ofCompletedSession(object);
    case 'checkout.session.async_payment_failed':
      return { do: 'recordFailed', paymentId: paymentIdOf(object) };
    case 'checkout.session.expired':
      return { do: 'expireCheckout' };
    case 'customer.subscription.created':
      return ofSubscription(object.id);
    case 'invoice.paid':
      return ofPaidInvoice(object);
    default:
      return NOTHING;
  }
};

/** Whether the snapshot may be stale by the time it is read, so that the object is fetched again before deciding. */
export const wantsFresh = (type: string): boolean => type === 'checkout.session.completed';
