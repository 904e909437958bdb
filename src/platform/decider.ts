/** The shape of every decider: a state, a fold, and decisions that are plain functions of the state. */
import type { Fact } from './event.js';
import { Refusal } from './refusal.js';

export interface Decider<S, E extends Fact> {
  /** Text before the first dash of its streams' names. */
  readonly category: string;
  readonly initial: S;
  /** Never judges: no throw, no rule, no clock. */
  readonly evolve: (state: S, event: E) => S;
}

/** `intent(data)(state)`: new facts, none (a repeat is silence), or a refusal. */
export type Decision<E extends Fact> = readonly E[] | Refusal;

/** Two decisions in one: the second on the state that the first leads to. What they say is recorded together or not at all. */
export const inTurn =
  <S, E extends Fact>({ evolve }: Pick<Decider<S, E>, 'evolve'>, first: (state: S) => Decision<E>, second: (state: S) => Decision<E>) =>
  (state: S): Decision<E> => {
    const facts = first(state);
    if (facts instanceof Refusal) return facts;
    const more = second(facts.reduce(evolve, state));
    return more instanceof Refusal ? more : [...facts, ...more];
  };
