/** Whether a plan may be sold, recorded when the answer or the question changes. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import type { PlanChecked, PlanEvent } from './plan.events.js';

export type PlanState = { readonly status: 'unchecked' } | { readonly status: 'checked'; readonly check: PlanChecked['data'] };

export const recordCheck =
  (check: PlanChecked['data']) =>
  (plan: PlanState): Decision<PlanEvent> => {
    const same =
      plan.status === 'checked' &&
      plan.check.compared === check.compared &&
      JSON.stringify(plan.check.problems) === JSON.stringify(check.problems);
    return same ? [] : [{ type: 'PlanChecked', data: check }];
  };

export const planDecider: Decider<PlanState, PlanEvent> = {
  category: 'plan',
  initial: { status: 'unchecked' },
  evolve: (_plan, event) => ({ status: 'checked', check: event.data }),
};
