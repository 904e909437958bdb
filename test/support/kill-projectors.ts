/** Projectors killed with -9 again and again while they project; after each kill every read model is what the log up to its checkpoint makes of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually.js';
import type { LedgerProcess } from './ledger-process.js';
import type { ProjectorWorld } from './projector-world.js';
import { seededRandom, type Random } from './random.js';

/** A burst is some batches of work, or so little that it goes the way of single events. */
const BURST_MAX = 1_000;
const FEW_MAX = 5;
/** Of a burst; a projector that is ahead of whoever writes it would often be found at its end. */
const PERCENT_MAX = 70;
/** About as long as a batch's transaction takes. */
const INSIDE_MS_MAX = 20;
const PATIENCE_MS = 60_000;

export interface Kills {
  readonly kills: number;
  /** Kills at which the projector had not come to the end of the log. */
  readonly midway: number;
  /** Events that every read model has handled in the end. */
  readonly events: number;
}

/** One that is killed while it starts has nothing to answer for. */
const launch = (world: ProjectorWorld): LedgerProcess => {
  const { ledger, ready } = world.launch();
  ready.catch(() => undefined);
  return ledger;
};

/** Begins to write events and settles somewhere on the way of the projectors through them. @returns the end of the writing */
const during = async (world: ProjectorWorld, random: Random): Promise<{ written: Promise<bigint> }> => {
  const count = random.chance(0.2) ? 1 + random.below(FEW_MAX) : FEW_MAX + random.below(BURST_MAX);
  const handled = (await world.handled()) + Math.floor(count * (random.chance(0.2) ? 0 : random.below(PERCENT_MAX) / 100));
  const written = world.write(count);
  await eventually(async () => (await world.handled()) >= handled, {
    what: `${handled} events in every read model`,
    withinMs: PATIENCE_MS,
  });
  await delay(random.below(INSIDE_MS_MAX));
  return { written };
};

/** Kills one of two as often as wanted and puts another in its place. Two are running in the end. @returns them, the one that has run for longer first */
export async function killProjectors(
  world: ProjectorWorld,
  { seed, count, note }: { seed: number; count: number; note?: (line: string) => void },
): Promise<Kills & { left: readonly [LedgerProcess, LedgerProcess] }> {
  const random = seededRandom(seed);
  let [first, second] = [launch(world), launch(world)];
  let midway = 0;
  for (let kill = 1; kill <= count; kill += 1) {
    const { written } = await during(world, random);
    // Now and then the one that waits, or has just taken over.
    const [killed, left] = random.chance(0.8) ? [first, second] : [second, first];
    await killed.kill9();
    const standings = await world.tables.now();
    const head = await written;
    if (standings.some(({ position }) => position < head)) midway += 1;
    [first, second] = [left, launch(world)];
    if (kill % 10 === 0) note?.(`${kill} kills, ${midway} of them midway`);
  }
  await world.reaches(await world.write(1));
  await world.tables.now();
  const events = await world.handled();
  return { kills: count, midway, events, left: [first, second] };
}
