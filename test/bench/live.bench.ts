/**
 * How many events a second the projector keeps up with while they are being written: the writer goes on as fast as it can but never runs ahead
 * by more than a second's worth. Options: --seconds (default 20), --ahead (events, default 10,000).
 */
import type { Bench, Targets } from './support/bench.js';
import { appends, nextTogether, write } from './support/ledger-writer.js';
import { memoryOf } from './support/memory.js';
import { inParallel } from './support/numbers.js';
import { ProjectorWorld } from './support/projector.js';

/** DESIGN §7. */
export const targets: Targets = {
  eventsPerSecond: { floor: 5_000, goal: 15_000 },
  rssMb: { floor: 250, goal: 160, lower: true },
};

const CHUNK = 1_000;
const APPENDS_AT_ONCE = 64;
const WARM_UP_CHUNKS = 5;

export const bench: Bench = ({ option, note }) =>
  ProjectorWorld.run(async (world) => {
    const source = appends();
    const writeChunk = async (): Promise<bigint> => {
      const chunk = nextTogether(source, CHUNK);
      let last = 0n;
      await inParallel(chunk.length, APPENDS_AT_ONCE, async (index) => {
        const append = chunk[index];
        const position = append ? await write(world.store, append) : 0n;
        if (position > last) last = position;
      });
      return last;
    };
    await writeChunk();
    const projector = await world.startProjector();
    for (let chunk = 1; chunk < WARM_UP_CHUNKS; chunk += 1) await world.reaches(await writeChunk());
    note('warm');
    const aheadChunks = Math.max(1, Math.floor(option('ahead', 10_000) / CHUNK));
    const ends: bigint[] = [];
    const startMs = performance.now();
    while (performance.now() - startMs < option('seconds', 20) * 1_000) {
      ends.push(await writeChunk());
      const mustBePassed = ends.at(-1 - aheadChunks);
      if (mustBePassed !== undefined) await world.reaches(mustBePassed);
    }
    const writtenMs = performance.now() - startMs;
    await world.reaches(ends.at(-1) ?? 0n);
    const projectedMs = performance.now() - startMs;
    const count = ends.length * CHUNK;
    note(`${count} events written in ${Math.round(writtenMs)} ms, visible in every read model after ${Math.round(projectedMs)} ms`);
    const { rssMb } = memoryOf(projector.pid);
    await projector.stop();
    return { eventsPerSecond: (count * 1_000) / projectedMs, writtenPerSecond: (count * 1_000) / writtenMs, rssMb };
  });
