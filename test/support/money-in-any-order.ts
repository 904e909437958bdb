/** The property of money: however Stripe's word of it comes, at rest the outcome is that of hearing it in order, and Stripe's own. */
import assert from 'node:assert/strict';
import { MoneyWorld, type Outcome, type Pair } from './money-world.js';
import type { Story } from './money-stories.js';
import type { Random } from './random.js';

/** Longer than grace, so that what nobody paid is suspended, and shorter than retention. */
const PAST_GRACE_DAYS = 4;
const A_PERIOD_DAYS = 31;

export interface AnyOrder {
  readonly stories: readonly Story[];
  readonly random: Random;
  /** Of the ledger with -9, in the midst of the deliveries. */
  readonly kills: number;
  /** Whether to go on until the period is over in which customers asked for the end of their service. */
  readonly toTheEnd: boolean;
}

const compared = async (world: MoneyWorld, pairs: readonly Pair[]): Promise<void> => {
  await world.rest();
  const events = await world.world.allEvents();
  for (const { story, inOrder, anyOrder } of pairs) {
    const [expected, found]: Outcome[] = [
      await world.outcomeOf({ orderId: inOrder, events }),
      await world.outcomeOf({ orderId: anyOrder, events }),
    ];
    assert.deepEqual(found, expected, `${JSON.stringify(story)}\nin order ${inOrder}, otherwise ${anyOrder}\n${world.heard.join('\n')}`);
  }
  await world.reconciled();
};

/** Throws an AssertionError for the first difference. */
export async function moneyInAnyOrder({ stories, random, kills, toTheEnd }: AnyOrder): Promise<void> {
  const world = await MoneyWorld.start();
  try {
    const pairs = await world.happen(stories);
    const hear = async (killed: number): Promise<void> => {
      await world.tell(pairs, random, killed);
      await world.sweep();
      await compared(world, pairs);
    };
    await hear(kills);
    await world.ask();
    await world.pass(PAST_GRACE_DAYS);
    await world.happenLate();
    await hear(0);
    if (!toTheEnd) return;
    await world.pass(A_PERIOD_DAYS);
    await hear(0);
  } finally {
    await world.close();
  }
}
