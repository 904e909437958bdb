/**
 * From an append's acknowledgement to its row being visible in every read model, at a steady rate of single events.
 * Options: --rate (events a second, default 500), --seconds (default 30).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Targets } from './support/bench.js';
import { appends, nextOf, write } from './support/ledger-writer.js';
import { percentile } from './support/numbers.js';
import { ProjectorWorld } from './support/projector.js';

/** DESIGN §7. */
export const targets: Targets = { p99Ms: { floor: 150, goal: 50, lower: true } };

const WARM_UP_EVENTS = 2_000;

export const bench: Bench = ({ option, note }) =>
  ProjectorWorld.run(async (world) => {
    const rate = option('rate', 500);
    const source = appends();
    await write(world.store, nextOf(source));
    const projector = await world.startProjector();

    /** Events that are acknowledged and not yet seen, in the order of the log; the writer puts them in, the looker takes them out. */
    const waiting: { readonly position: bigint; readonly ackedMs: number }[] = [];
    const lags: number[] = [];
    const steadily = async (count: number): Promise<void> => {
      const startMs = performance.now();
      const running = new Set<Promise<void>>();
      for (let index = 0; index < count; index += 1) {
        const dueInMs = startMs + (index * 1_000) / rate - performance.now();
        if (dueInMs > 0) await delay(dueInMs);
        const one = write(world.store, nextOf(source)).then((position) => {
          waiting.push({ position, ackedMs: performance.now() });
        });
        running.add(one);
        void one.finally(() => running.delete(one));
      }
      await Promise.all(running);
    };
    let isOver = false;
    const looking = (async (): Promise<void> => {
      while (!isOver || waiting.length > 0) {
        const reached = await world.reached();
        const seenMs = performance.now();
        for (const { position, ackedMs } of waiting.splice(0)) {
          // A row that was seen before its writer heard of it has no lag.
          if (position <= reached) lags.push(Math.max(0, seenMs - ackedMs));
          else waiting.push({ position, ackedMs });
        }
        await delay(1);
      }
    })();
    await steadily(WARM_UP_EVENTS);
    note('warm');
    lags.length = 0;
    const count = Math.round(rate * option('seconds', 30));
    const startMs = performance.now();
    await steadily(count);
    const offered = (count * 1_000) / (performance.now() - startMs);
    isOver = true;
    await looking;
    note(`${lags.length} events at ${Math.round(offered)} a second`);
    await projector.stop();
    return { p50Ms: percentile(lags, 0.5), p99Ms: percentile(lags, 0.99), maxMs: Math.max(...lags), eventsPerSecond: offered };
  });
