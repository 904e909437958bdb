/** The shape of every decider: a state, a fold, and decisions that are plain functions of the state. */
import type { Fact } from './event.js';
import type { Refusal } from './refusal.js';

export interface Decider<S, E extends Fact> {
  /** Text before the first dash of its streams' names. */
  readonly category: string;
  readonly initial: S;
  /** Never judges: no throw, no rule, no clock. */
  readonly evolve: (state: S, event: E) => S;
}

/** `intent(data)(state)`: new facts, none (a repeat is silence), or a refusal. */
export type Decision<E extends Fact> = readonly E[] | Refusal;
