/** Stories of money, told to the ledger in any order, doubled, incomplete and with kills in between. `npm run soak -- money` tells many more. */
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { moneyInAnyOrder } from '../support/money-in-any-order.js';
import { story } from '../support/money-stories.js';
import { seededRandom } from '../support/random.js';

const START_MS = 600_000;
const STORIES = 4;
const SEED = 4;

describe('what Stripe tells of an order’s money', () => {
  it(
    'comes to the same in whatever order, however often and by whatever road it is heard, and agrees with Stripe',
    async () => {
      const stories = fc.sample(story, { seed: SEED, numRuns: STORIES });
      await moneyInAnyOrder({ stories, random: seededRandom(SEED), kills: 1, toTheEnd: false });
    },
    START_MS,
  );
});
