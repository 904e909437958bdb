/** The property of delivery, over as many rounds as there are kills to be made. */
import fc from 'fast-check';
import { deliveryStory, planStories } from './delivery-stories.js';
import { DeliveryWorld } from './delivery-world.js';
import { seededRandom } from './random.js';

const STORIES = 6;

export interface InBetween {
  readonly seed: number;
  /** Of the ledger with -9, in all. */
  readonly kills: number;
  readonly killsPerRound: number;
  /** Drawn at large in each round, besides those in which a plan is changed. */
  readonly stories?: number;
  readonly note?: (line: string) => void;
}

interface Told {
  readonly rounds: number;
  readonly kills: number;
  readonly stories: number;
  /** How often plans were changed to the end, by what it was: see `PlansAtRest.ended`. */
  readonly [change: string]: number;
}

/** Throws an AssertionError for the first promise that is broken. Each round goes on in the world of the last. */
export async function toldInBetween({ seed, kills, killsPerRound, stories = STORIES, note = () => undefined }: InBetween): Promise<Told> {
  const world = await DeliveryWorld.start();
  try {
    let [rounds, told] = [0, 0];
    for (; world.kills < kills; rounds += 1) {
      const draw = { seed: seed + rounds, numRuns: stories };
      const orders = await world.place([...fc.sample(deliveryStory, draw), ...fc.sample(planStories, { ...draw, numRuns: 1 }).flat()]);
      await world.tell(orders, seededRandom(seed + rounds), Math.min(killsPerRound, kills - world.kills));
      await world.judge();
      const { orders: all, owed, amiss } = await world.counts();
      told = all;
      note(`round ${rounds + 1}: ${world.kills} kills so far; ${told} orders, ${owed} owed a server, ${amiss} of them amiss and explained`);
      await world.mend();
    }
    return { rounds, kills: world.kills, stories: told, ...(await world.plansEnded()) };
  } finally {
    await world.close();
  }
}
