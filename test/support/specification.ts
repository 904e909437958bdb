/** Given these events, when this is asked, then exactly these events, nothing, or a refusal. Compares whole events. */
import { expect } from '@jest/globals';
import type { Decider, Decision } from '../../src/platform/decider.js';
import type { Fact } from '../../src/platform/event.js';
import { Refusal } from '../../src/platform/refusal.js';

export const specification =
  <S, E extends Fact>(decider: Decider<S, E>) =>
  (...given: readonly E[]) => {
    const state = given.reduce((current, event) => decider.evolve(current, event), decider.initial);
    return {
      state,
      when: (decide: (state: S) => Decision<E>) => {
        const decision = decide(state);
        return {
          then: (...expected: readonly E[]) => expect(decision).toStrictEqual(expected),
          thenNothing: () => expect(decision).toStrictEqual([]),
          thenRefused: (code: string) => {
            expect(decision).toBeInstanceOf(Refusal);
            expect((decision as Refusal).code).toBe(code);
          },
        };
      },
    };
  };
