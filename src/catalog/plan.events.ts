/** Whether a plan of the catalog can be sold: its egg agrees with the panel and its prices with Stripe. Stream `plan-<planId>`. */
import type { Fact } from '../platform/event.js';

/** One thing that keeps a plan from being sold: which part of the catalog and what is wrong with it. `EGG_VARIABLE_CLOSED`: customers may not choose it on the panel; `EGG_RULE`: what would be sent without their choices breaks the egg's rules. */
export interface PlanProblem {
  readonly code:
    'EGG_MISSING' | 'EGG_NAME_DIFFERS' | 'EGG_VARIABLE' | 'EGG_VARIABLE_CLOSED' | 'EGG_RULE' | 'PRICE_MISSING' | 'PRICE_DIFFERS';
  readonly subject: string;
}

/** What the egg says of a variable that customers may choose. */
export interface PlanSetting {
  readonly variable: string;
  /** Laravel rules, as the egg has them. */
  readonly rules: string;
  /** What stands there unless something is chosen; may be empty. */
  readonly defaultValue: string;
  readonly description: string;
}

/** The plan was compared with panel and Stripe, and the answer or what the catalog says changed. */
export type PlanChecked = Fact<
  'PlanChecked',
  {
    readonly planId: string;
    readonly sellable: boolean;
    readonly problems: readonly PlanProblem[];
    readonly checkedAt: string;
    /** Hash of what the catalog said of the plan when it was compared; the answer holds for that and nothing else. */
    readonly compared?: string;
    /** The egg's word on the game's settings; none while the panel has no such egg. */
    readonly settings?: readonly PlanSetting[];
  }
>;

export type PlanEvent = PlanChecked;
