/** Orders whose stories are told in between each other, with the panel failing and the ledger killed with -9. `npm run soak -- delivery` tells many more. */
import { describe, expect, it } from '@jest/globals';
import { toldInBetween } from '../support/delivery-in-between.js';

const SEED = 20_261_121;
const LIMIT_MS = 600_000;

const someOf = (told: Readonly<Record<string, number>>, ...ends: readonly string[]): boolean => ends.some((end) => (told[end] ?? 0) > 0);

describe('whatever happens to orders at Stripe, on the panel and by people, and wherever the ledger dies', () => {
  it(
    'each order that is owed a server has one of the size it pays for, none else has, and what is not so is explained until it is mended',
    async () => {
      const told = await toldInBetween({ seed: SEED, kills: 10, killsPerRound: 10, stories: 4 });
      expect(told).toMatchObject({ rounds: 1, kills: 10 });
      // Plans were really changed, and were decided where the panel made trouble.
      expect(someOf(told, 'largerPlan')).toBe(true);
      expect(someOf(told, 'smallerPlan')).toBe(true);
      expect(someOf(told, 'largerPlanInTrouble', 'largerPlanInTroubleFailed')).toBe(true);
      expect(someOf(told, 'smallerPlanInTrouble', 'smallerPlanInTroubleFailed')).toBe(true);
    },
    LIMIT_MS,
  );
});
