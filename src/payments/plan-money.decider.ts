/** How far an order's money is with a change of plan, taken from the folded payment stream. Pure. */
import type { PlanMoney } from '../orders/plan-change.saga.js';
import { ownSubscription } from './own-subscription.decider.js';
import { isBooked, type Payments } from './payment.decider.js';

const planCallsIn = ({ calls }: Payments): PlanMoney['planCalls'] =>
  Object.values(calls).flatMap((known) => {
    const { call, status } = known;
    if (call.do !== 'changePlan' && call.do !== 'dropChange') return [];
    const priceId = call.do === 'changePlan' ? call.priceId : null;
    const outcome = status === 'settled' || status === 'refused' ? status : 'open';
    return [{ do: call.do, changeId: call.changeId, priceId, outcome, code: status === 'refused' ? known.code : null }];
  });

/** The latest failure of an invoice for a change of plan that is still open. */
const changeDeclinedIn = (payments: Payments): string | null =>
  Object.entries(payments.billing.invoices)
    .filter(([invoiceId, { purpose, status }]) => purpose === 'change' && status === 'failing' && !isBooked(payments, invoiceId))
    .map(([, { failingSince }]) => failingSince)
    .sort()
    .at(-1) ?? null;

export const planMoneyOf = (payments: Payments): PlanMoney => {
  const own = ownSubscription(payments);
  const facts = own === null ? null : payments.billing.subscriptions[own]?.facts;
  const { priceId = null, pendingUntil = null } = facts ?? {};
  return {
    planCalls: planCallsIn(payments),
    changeDeclinedAt: changeDeclinedIn(payments),
    subscription: own === null ? null : { priceId, pendingUntil },
  };
};
