/** Orders whose stories are told in between each other, with the panel failing and the ledger killed with -9. `npm run soak -- delivery` tells many more. */
import { describe, expect, it } from '@jest/globals';
import { toldInBetween } from '../support/delivery-in-between.js';

const SEED = 20_261_121;
const LIMIT_MS = 600_000;

describe('whatever happens to orders at Stripe, on the panel and by people, and wherever the ledger dies', () => {
  it(
    'each order that is owed a server has one, none else has, and what is not so is explained until it is mended',
    async () => {
      expect(await toldInBetween({ seed: SEED, kills: 10, killsPerRound: 10, stories: 4 })).toMatchObject({ rounds: 1, kills: 10 });
    },
    LIMIT_MS,
  );
});
