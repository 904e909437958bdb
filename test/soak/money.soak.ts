/**
 * Stories of money, each told to the ledger in order and to its twin in any other way: shuffled, doubled, incomplete, with the ledger killed with -9
 * in between and the sweep finding the rest. At rest both come to the same, and ledger and Stripe agree.
 */
import fc from 'fast-check';
import { moneyInAnyOrder } from '../support/money-in-any-order.js';
import { story } from '../support/money-stories.js';
import { seededRandom } from '../support/random.js';
import type { Soak } from './support.js';

export const standardCount = 20;

const STORIES = 8;
const KILLS = 3;

export const soak: Soak = async ({ seed, count, note }) => {
  for (let round = 0; round < count; round += 1) {
    const stories = fc.sample(story, { seed: seed + round, numRuns: STORIES });
    note(`round ${round + 1}: ${stories.map((one) => JSON.stringify(one)).join(' ')}`);
    await moneyInAnyOrder({ stories, random: seededRandom(seed + round), kills: KILLS, toTheEnd: true });
  }
  return { rounds: count, stories: count * STORIES, kills: count * KILLS };
};
