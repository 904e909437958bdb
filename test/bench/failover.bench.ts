/**
 * From kill -9 of the process that projects to the next event being visible through the one that was waiting. Options: --rounds (default 10).
 */
import type { Bench, Targets } from './support/bench.js';
import { appends, nextOf, write } from './support/ledger-writer.js';
import { percentile } from './support/numbers.js';
import { ProjectorWorld } from './support/projector.js';

/** DESIGN §7. */
export const targets: Targets = { p99Ms: { floor: 15_000, goal: 5_000, lower: true } };

export const bench: Bench = ({ option, note }) =>
  ProjectorWorld.run(async (world) => {
    const source = appends();
    const writeOne = (): Promise<bigint> => write(world.store, nextOf(source));
    await writeOne();
    let active = await world.startProjector();
    const tookMs: number[] = [];
    for (let round = 0; round < option('rounds', 10); round += 1) {
      await world.reaches(await writeOne());
      // Every lease is held, so this one waits.
      const waiting = await world.startProjector();
      const killedMs = performance.now();
      await active.kill9();
      await world.reaches(await writeOne());
      tookMs.push(performance.now() - killedMs);
      note(`taken over after ${Math.round(tookMs.at(-1) ?? 0)} ms`);
      active = waiting;
    }
    await active.stop();
    return { p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
  });
