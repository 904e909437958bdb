/** Money of one order: recorded once per Stripe object, never judged. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import type { PaymentEvent, PaymentFailed, PaymentPending, PaymentSucceeded, SubscriptionLinked } from './payment.events.js';

export interface Payments {
  /** Domain keys already recorded: `pay:<id>`, `pend:<session>`, `fail:<session>`, `link:<subscription>`. */
  readonly keys: readonly string[];
  readonly succeeded: readonly PaymentSucceeded['data'][];
  readonly subscriptionId: string | null;
}

const initial: Payments = { keys: [], succeeded: [], subscriptionId: null };

const keyOf = (event: PaymentEvent): string => {
  switch (event.type) {
    case 'PaymentSucceeded':
      return `pay:${event.data.paymentId}`;
    case 'PaymentPending':
      return `pend:${event.data.sessionId}`;
    case 'PaymentFailed':
      return `fail:${event.data.sessionId}`;
    case 'SubscriptionLinked':
      return `link:${event.data.subscriptionId}`;
  }
};

/** Stripe may tell the same thing twice under two event ids, so the key is the object and what happened to it. */
const once =
  (event: PaymentEvent) =>
  (payments: Payments): Decision<PaymentEvent> =>
    payments.keys.includes(keyOf(event)) ? [] : [event];

export const recordPayment = (data: PaymentSucceeded['data']) => once({ type: 'PaymentSucceeded', data });
export const recordPending = (data: PaymentPending['data']) => once({ type: 'PaymentPending', data });
export const recordFailure = (data: PaymentFailed['data']) => once({ type: 'PaymentFailed', data });
export const linkSubscription = (data: SubscriptionLinked['data']) => once({ type: 'SubscriptionLinked', data });

/** Whether the payment of this session did not arrive. */
export const hasFailed = ({ keys }: Payments, sessionId: string): boolean => keys.includes(`fail:${sessionId}`);

const evolve = (payments: Payments, event: PaymentEvent): Payments => {
  const next = { ...payments, keys: [...payments.keys, keyOf(event)] };
  switch (event.type) {
    case 'PaymentSucceeded':
      return { ...next, succeeded: [...payments.succeeded, event.data] };
    case 'SubscriptionLinked':
      return { ...next, subscriptionId: event.data.subscriptionId };
    case 'PaymentPending':
    case 'PaymentFailed':
      return next;
  }
};

export const paymentDecider: Decider<Payments, PaymentEvent> = { category: 'payment', initial, evolve };
