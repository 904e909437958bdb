/** Which of the subscriptions that were linked to an order is the order's. Pure. */
import type { Payments } from './payment.decider.js';

/** Why the billing of a subscription ends whose first payment the order did not take. */
export const NOT_TAKEN = 'paymentNotAccepted';

/** Of a second purchase for the same order: being ended, and none of the order's. */
export const strayIn = ({ calls }: Payments): readonly string[] =>
  Object.values(calls).flatMap(({ call, reason }) => (call.do === 'endBilling' && reason === NOT_TAKEN ? [call.subscriptionId] : []));

/** The order's own: the one whose first money came first, or that was linked first. */
export const ownSubscription = (payments: Payments): string | null => {
  const paid = payments.succeeded.flatMap(({ kind, subscriptionId }) => (kind === 'initial' && subscriptionId ? [subscriptionId] : []));
  const stray = strayIn(payments);
  return [...paid, ...payments.subscriptions].find((subscriptionId) => !stray.includes(subscriptionId)) ?? null;
};
