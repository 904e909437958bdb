/** The property of money: however Stripe's word of it comes, at rest the outcome is that of hearing it in order, and Stripe's own. */
import assert from 'node:assert/strict';
import { MoneyWorld, type Outcome, type Pair } from './money-world.js';
import type { Story } from './money-stories.js';
import type { Random } from './random.js';

/** Longer than grace, so that what nobody paid is suspended, and shorter than retention. */
const PAST_GRACE_DAYS = 4;

export interface AnyOrder {
  readonly stories: readonly Story[];
  readonly random: Random;
  /** Of the ledger with -9, in the midst of the deliveries. */
  readonly kills: number;
}

const compared = async (world: MoneyWorld, pairs: readonly Pair[]): Promise<void> => {
  await world.rest();
  for (const { story, inOrder, anyOrder } of pairs) {
    const [expected, found]: Outcome[] = [await world.outcomeOf(inOrder), await world.outcomeOf(anyOrder)];
    assert.deepEqual(found, expected, `${JSON.stringify(story)}\nin order ${inOrder}, otherwise ${anyOrder}\n${world.heard.join('\n')}`);
  }
  await world.reconciled();
};

/** Throws an AssertionError for the first difference. */
export async function moneyInAnyOrder({ stories, random, kills }: AnyOrder): Promise<void> {
  const world = await MoneyWorld.start();
  try {
    const pairs = await world.happen(stories);
    await world.tell(pairs, random, kills);
    await world.sweep();
    await compared(world, pairs);
    await world.pass(PAST_GRACE_DAYS);
    await world.happenLate();
    await world.tell(pairs, random, 0);
    await world.sweep();
    await compared(world, pairs);
  } finally {
    await world.close();
  }
}
