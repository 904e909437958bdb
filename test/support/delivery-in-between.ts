/** The property of delivery, over as many rounds as there are kills to be made. */
import fc from 'fast-check';
import { deliveryStory } from './delivery-stories.js';
import { DeliveryWorld } from './delivery-world.js';
import { seededRandom } from './random.js';

const STORIES = 10;

export interface InBetween {
  readonly seed: number;
  /** Of the ledger with -9, in all. */
  readonly kills: number;
  readonly killsPerRound: number;
  readonly stories?: number;
  readonly note?: (line: string) => void;
}

/** Throws an AssertionError for the first promise that is broken. Each round goes on in the world of the last. */
export async function toldInBetween({
  seed,
  kills,
  killsPerRound,
  stories = STORIES,
  note = () => undefined,
}: InBetween): Promise<{ rounds: number; kills: number; stories: number }> {
  const world = await DeliveryWorld.start();
  try {
    let rounds = 0;
    for (; world.kills < kills; rounds += 1) {
      const orders = await world.place(fc.sample(deliveryStory, { seed: seed + rounds, numRuns: stories }));
      await world.tell(orders, seededRandom(seed + rounds), Math.min(killsPerRound, kills - world.kills));
      await world.judge();
      const { orders: told, owed, amiss } = await world.counts();
      note(`round ${rounds + 1}: ${world.kills} kills so far; ${told} orders, ${owed} owed a server, ${amiss} of them amiss and explained`);
      await world.mend();
    }
    return { rounds, kills: world.kills, stories: rounds * stories };
  } finally {
    await world.close();
  }
}
