/** What is chosen, kept in the address so that it survives a login, a reload, and being sent to a friend. */
import { useSearchParams } from 'wouter';
import type { PlansView, PlanView } from '../api/queries.js';
import { isTerm, stockIn, stockOf, type TermId } from './offer.js';

export type PaymentWay = 'once' | 'subscription';

export interface Choice {
  readonly plan: PlanView | undefined;
  readonly region: string;
  readonly term: TermId;
  readonly payment: PaymentWay;
  set(name: 'plan' | 'region' | 'term' | 'payment', value: string): void;
}

/** The first that can be had, unless something else was asked for. */
export const useChoice = (offer: PlansView, plans: readonly PlanView[]): Choice => {
  const [asked, setAsked] = useSearchParams();
  const plan = plans.find(({ planId }) => planId === asked.get('plan')) ?? plans.find((one) => stockOf(one) > 0) ?? plans[0];
  const wanted = offer.regions.find(({ id }) => id === asked.get('region'));
  const free = offer.regions.find(({ id }) => plan && stockIn(plan, id) > 0);
  const term = asked.get('term');
  return {
    plan,
    region: (wanted ?? free ?? offer.regions[0])?.id ?? '',
    term: isTerm(term) ? term : 'monthly',
    payment: asked.get('payment') === 'once' ? 'once' : 'subscription',
    set: (name, value) =>
      setAsked(
        (before) => {
          before.set(name, value);
          return before;
        },
        { replace: true },
      ),
  };
};
