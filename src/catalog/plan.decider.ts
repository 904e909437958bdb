/** Whether a plan may be sold, recorded when the answer or the question changes. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import type { PlanChecked, PlanEvent } from './plan.events.js';

export type PlanState = { readonly status: 'unchecked' } | { readonly status: 'checked'; readonly check: PlanChecked['data'] };

const answerOf = ({ compared, problems, settings = [] }: PlanChecked['data']): string =>
  JSON.stringify([
    compared,
    problems,
    settings.map(({ variable, rules, defaultValue, description }) => [variable, rules, defaultValue, description]),
  ]);

export const recordCheck =
  (check: PlanChecked['data']) =>
  (plan: PlanState): Decision<PlanEvent> => {
    const same = plan.status === 'checked' && answerOf(plan.check) === answerOf(check);
    return same ? [] : [{ type: 'PlanChecked', data: check }];
  };

export const planDecider: Decider<PlanState, PlanEvent> = {
  category: 'plan',
  initial: { status: 'unchecked' },
  evolve: (_plan, event) => ({ status: 'checked', check: event.data }),
};
