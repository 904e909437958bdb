/** The local event store through the real client, in a process of its own, on a folder of its own that is flushed to disk as always. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { END, EventStoreDBClient, FORWARDS, NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import { farewell } from '../../src/platform/event-store/subscription.js';
import type { Bench, BenchRun, Metrics, Targets } from './support/bench.js';
import { memoryOf, peakMemory } from './support/memory.js';
import { bestOfAlternating, inParallel, percentile, perSecond } from './support/numbers.js';
import { startSource, startStore, type Program } from './support/programs.js';
import { seed, seededEvent, seededId } from './support/seed.js';

/** DESIGN §7. */
export const targets: Targets = {
  appendsPerSecond64: { floor: 5_000, goal: 12_000 },
  readAllPerSecond: { floor: 50_000, goal: 80_000 },
  liveLatencyP99Ms: { floor: 20, lower: true },
  startMsAt1M: { floor: 2_000, lower: true },
  rssMb: { floor: 200, lower: true },
  slowSubscriberPeakRssMb: { floor: 300, lower: true },
};

const EVENTS_PER_STREAM = 5;
const BATCH = 100;
const LIVE_RATE_PER_SECOND = 200;

let runs = 0;

/** Appends one event at a time to fresh streams with exact expectations, as the ledger does. */
const appends = (client: EventStoreDBClient, count: number, concurrency: number) => async (): Promise<number> => {
  const name = `appends-${(runs += 1)}`;
  const revisions = Array.from({ length: concurrency }, () => -1);
  const generations = Array.from({ length: concurrency }, () => 0);
  return perSecond(count, () =>
    inParallel(count, concurrency, async (index, worker) => {
      const revision = revisions[worker] ?? -1;
      const stream = `order-${seededId(`${name}-${worker}-${generations[worker]}`)}`;
      await client.appendToStream(stream, seededEvent(name, index), { expectedRevision: revision < 0 ? NO_STREAM : BigInt(revision) });
      revisions[worker] = revision + 1 === EVENTS_PER_STREAM ? -1 : revision + 1;
      if (revisions[worker] === -1) generations[worker] = (generations[worker] ?? 0) + 1;
    }),
  );
};

/** Events per second when 100 of them share an append. */
const batches = (client: EventStoreDBClient, count: number) => async (): Promise<number> => {
  const name = `batches-${(runs += 1)}`;
  return perSecond(count, () =>
    inParallel(count / BATCH, 4, (index) =>
      client.appendToStream(
        `batch-${seededId(`${name}-${index}`)}`,
        Array.from({ length: BATCH }, (_, n) => seededEvent(name, index * BATCH + n)),
      ),
    ),
  );
};

const drained = async (source: AsyncIterable<unknown>, count: number): Promise<void> => {
  let seen = 0;
  for await (const _ of source) if ((seen += 1) === count) return;
  throw new Error(`${seen} events came instead of ${count}`);
};

const readsAll = (client: EventStoreDBClient, count: number) => (): Promise<number> =>
  perSecond(count, () => drained(client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: count }), count));

/** A filtered subscription to $all from the start on a client of its own, as the ledger's readers have. */
const catchesUp = (url: string, count: number) => (): Promise<number> =>
  perSecond(count, async () => {
    const client = EventStoreDBClient.connectionString(url);
    const filter = streamNameFilter({ prefixes: ['seed-', 'order-', 'batch-'], checkpointInterval: 32 });
    await drained(client.subscribeToAll({ fromPosition: START, filter }), count);
    await farewell(client.dispose());
  });

/** Times from calling append to the subscriber's event, at a steady rate. */
async function liveLatencies(url: string, count: number): Promise<number[]> {
  const [writer, reader] = [EventStoreDBClient.connectionString(url), EventStoreDBClient.connectionString(url)];
  const sentAtMs = new Map<string, number>();
  const latencies: number[] = [];
  const subscription = reader.subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes: ['live-'] }) });
  await once(subscription, 'confirmation');
  const all = new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('data', ({ event }) => {
      latencies.push(performance.now() - (sentAtMs.get(event?.id ?? '') ?? Number.NaN));
      if (latencies.length === count) resolve();
    });
  });
  const name = `live-${(runs += 1)}`;
  const startMs = performance.now();
  const appending = inParallel(count, 16, async (index) => {
    const dueMs = startMs + (index * 1000) / LIVE_RATE_PER_SECOND;
    if (dueMs > performance.now()) await delay(dueMs - performance.now());
    const event = seededEvent(name, index);
    sentAtMs.set(event.id, performance.now());
    await writer.appendToStream(`live-${seededId(`${name}-${index}`)}`, event);
  });
  await Promise.all([appending, all]);
  await Promise.all([farewell(writer.dispose()), farewell(reader.dispose())]);
  return latencies;
}

/** A subscriber that stops reading at the start of a long log, lets `stallMs` pass, then reads all of it. */
async function slowSubscriber(url: string, count: number, stallMs: number): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  const subscription = client.subscribeToAll({ fromPosition: START });
  await once(subscription, 'readable');
  await delay(stallMs);
  let last = -1n;
  let seen = 0;
  for await (const { event } of subscription) {
    const commit = event?.position?.commit ?? -1n;
    if (commit <= last) throw new Error(`position ${commit} came after ${last}`);
    last = commit;
    if ((seen += 1) === count) break;
  }
  await farewell(client.dispose());
}

async function emptyStore({ option, note }: BenchRun, dir: string): Promise<Metrics> {
  const rounds = option('rounds', 3);
  const [store, noop] = await Promise.all([startStore(dir), startSource('support/noop-store.ts')]);
  const [client, ceiling] = [EventStoreDBClient.connectionString(store.url), EventStoreDBClient.connectionString(noop.url)];
  await Promise.all([appends(client, 2_000, 64)(), appends(ceiling, 2_000, 64)()]);
  note('appends, the store and a server that does nothing in turn');
  const appended = await bestOfAlternating(rounds, {
    at1: appends(client, 1_000, 1),
    at64: appends(client, 10_000, 64),
    noop64: appends(ceiling, 10_000, 64),
    at256: appends(client, 10_000, 256),
    noop256: appends(ceiling, 10_000, 256),
    batched: batches(client, 20_000),
  });
  note(`live latency at ${LIVE_RATE_PER_SECOND} appends/s`);
  const latencies = await liveLatencies(store.url, 2_000);
  const { rssMb } = memoryOf(store.pid);
  await Promise.all([farewell(client.dispose()), farewell(ceiling.dispose())]);
  await Promise.all([store.stop(), noop.stop()]);
  return {
    appendsPerSecond1: appended.at1,
    appendsPerSecond64: appended.at64,
    appendsPerSecond256: appended.at256,
    batchedEventsPerSecond: appended.batched,
    noopAppendsPerSecond64: appended.noop64,
    ratioToNoop64: appended.at64 / appended.noop64,
    ratioToNoop256: appended.at256 / appended.noop256,
    liveLatencyP50Ms: percentile(latencies, 0.5),
    liveLatencyP99Ms: percentile(latencies, 0.99),
    rssMbAfterAppends: rssMb,
  };
}

async function reads({ option, note }: BenchRun, store: Program, stream: string): Promise<Metrics> {
  const noop = await startSource('support/noop-store.ts');
  const [client, ceiling] = [EventStoreDBClient.connectionString(store.url), EventStoreDBClient.connectionString(noop.url)];
  const count = 100_000;
  note(`reads of ${count} events, the store and a server that does nothing in turn`);
  const streamRead = (): Promise<number> => perSecond(count, () => drained(client.readStream(stream, { maxCount: count }), count));
  const best = await bestOfAlternating(option('rounds', 3), {
    all: readsAll(client, count),
    noop: readsAll(ceiling, count),
    stream: streamRead,
    catchUp: catchesUp(store.url, count),
  });
  await Promise.all([farewell(client.dispose()), farewell(ceiling.dispose())]);
  await noop.stop();
  return {
    readAllPerSecond: best.all,
    streamReadPerSecond: best.stream,
    catchUpPerSecond: best.catchUp,
    noopReadAllPerSecond: best.noop,
    ratioToNoopReadAll: best.all / best.noop,
  };
}

/** Everything that is asked of a store that holds a million events. */
async function longLog(run: BenchRun, dir: string): Promise<Metrics> {
  const { option, note } = run;
  const count = option('events', 1_000_000);
  const longStream = 'seed-long';
  let store = await startStore(dir);
  note(`writing ${count} events`);
  const writtenPerSecond = await perSecond(count, () => seed(store.url, { count: count - 100_000 }));
  await seed(store.url, {
    count: 100_000,
    append: (index) => ({ stream: longStream, events: Array.from({ length: 250 }, (_, n) => seededEvent('long', index * 250 + n)) }),
  });
  const afterSeed = memoryOf(store.pid);
  await store.stop();
  const starts: number[] = [];
  for (let round = 0; round < option('rounds', 3); round += 1) {
    store = await startStore(dir);
    starts.push(store.startMs);
    await store.stop();
  }
  store = await startStore(dir);
  const readMetrics = await reads(run, store, longStream);
  note(`a subscriber ${count} events behind`);
  const peak = await peakMemory(store.pid, () => slowSubscriber(store.url, count, 2_000));
  const settled = memoryOf(store.pid);
  await store.stop();
  const { blocks } = statSync(join(dir, 'events.mdb'));
  return {
    ...readMetrics,
    seededPerSecond: writtenPerSecond,
    startMsAt1M: Math.min(...starts),
    bytesPerEvent: (blocks * 512) / count,
    seedRssMb: afterSeed.rssMb,
    seedAnonMb: afterSeed.anonMb,
    rssMb: settled.rssMb,
    anonMb: settled.anonMb,
    fileMb: settled.fileMb,
    slowSubscriberPeakRssMb: peak.rssMb,
    slowSubscriberPeakAnonMb: peak.anonMb,
  };
}

export const bench: Bench = async (run) => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-eventstore-'));
  try {
    return { ...(await emptyStore(run, join(dir, 'empty'))), ...(await longLog(run, join(dir, 'long'))) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
