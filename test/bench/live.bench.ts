/**
 * How many events a second the projector keeps up with while they are being written: the writer, inside the store so that it costs little, goes on
 * as fast as it can but never runs ahead by more than a second or two. Options: --seconds (default 20), --ahead (events, default 10,000).
 */
import type { Bench, Targets } from './support/bench.js';
import { cpuUsEach } from './support/cpu.js';
import { memoryOf } from './support/memory.js';
import { startSource, type Program } from './support/programs.js';
import { ProjectorWorld } from './support/projector.js';

/** DESIGN §7. */
export const targets: Targets = {
  eventsPerSecond: { floor: 5_000, goal: 15_000 },
  rssMb: { floor: 250, goal: 160, lower: true },
};

const CHUNK = 1_000;
const WARM_UP_CHUNKS = 5;

export const bench: Bench = async ({ option, note }) => {
  let writer = '';
  const startIn = async (dir: string): Promise<Program> => {
    const program = await startSource('support/writing-store.ts', ['--dir', dir]);
    writer = program.url;
    return { ...program, url: await (await fetch(writer)).text() };
  };
  const writeChunk = async (): Promise<bigint> => {
    const answer = await fetch(`${writer}/?count=${CHUNK}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the writer answered with ${answer.status}: ${await answer.text()}`);
    return BigInt(await answer.text());
  };
  return ProjectorWorld.run(async (world) => {
    await writeChunk();
    const projector = await world.startProjector();
    for (let chunk = 1; chunk < WARM_UP_CHUNKS; chunk += 1) await world.reaches(await writeChunk());
    note('warm');
    const aheadChunks = Math.max(1, Math.floor(option('ahead', 10_000) / CHUNK));
    const ends: bigint[] = [];
    let writtenMs = 0;
    const startMs = performance.now();
    const cpuUs = await cpuUsEach(projector.pid, 1, async () => {
      while (performance.now() - startMs < option('seconds', 20) * 1_000) {
        ends.push(await writeChunk());
        const mustBePassed = ends.at(-1 - aheadChunks);
        if (mustBePassed !== undefined) await world.reaches(mustBePassed);
      }
      writtenMs = performance.now() - startMs;
      await world.reaches(ends.at(-1) ?? 0n);
    });
    const projectedMs = performance.now() - startMs;
    const count = ends.length * CHUNK;
    note(`${count} events written in ${Math.round(writtenMs)} ms, visible in every read model after ${Math.round(projectedMs)} ms`);
    const { rssMb } = memoryOf(projector.pid);
    await projector.stop();
    const rates = { eventsPerSecond: (count * 1_000) / projectedMs, writtenPerSecond: (count * 1_000) / writtenMs };
    return { ...rates, cpuUsPerEvent: cpuUs / count, rssMb };
  }, startIn);
};
