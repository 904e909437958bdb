/** The local event store through the real client, in a process of its own, on a folder of its own that is flushed to disk as always. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { END, EventStoreDBClient, FORWARDS, NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import { farewell } from '../../src/platform/event-store/subscription.js';
import type { Bench, BenchRun, Metrics, Targets } from './support/bench.js';
import { cpuUsEach } from './support/cpu.js';
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
const APPENDS = 5_000;
const LONG_STREAM = 'seed-long';
const LONG_STREAM_EVENTS = 100_000;
const BATCH = 100;
const LIVE_RATE_PER_SECOND = 200;
const LIVE_EVENTS = 500;
const STUCK = 4;

let runs = 0;

/** Appends one event at a time to fresh streams with exact expectations, as the ledger does. */
const appends = (client: EventStoreDBClient, count: number, concurrency: number) => async (): Promise<number> => {
  const name = `appends-${(runs += 1)}`;
  const events = Array.from({ length: count }, (_, index) => seededEvent(name, index));
  const revisions = Array.from({ length: concurrency }, () => -1);
  const generations = Array.from({ length: concurrency }, () => 0);
  return perSecond(count, () =>
    inParallel(count, concurrency, async (index, worker) => {
      const revision = revisions[worker] ?? -1;
      const stream = `order-${seededId(`${name}-${worker}-${generations[worker]}`)}`;
      await client.appendToStream(stream, events[index] ?? [], { expectedRevision: revision < 0 ? NO_STREAM : BigInt(revision) });
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

/** Measures while some subscribers, each on a client of its own, have read the log's first event and then no more. */
const besideStuck = (url: string, measure: () => Promise<number>) => async (): Promise<number> => {
  const clients = Array.from({ length: STUCK }, () => EventStoreDBClient.connectionString(url));
  await Promise.all(clients.map((client) => once(client.subscribeToAll({ fromPosition: START }), 'readable')));
  const measured = await measure();
  await Promise.all(clients.map((client) => farewell(client.dispose())));
  return measured;
};

/** What subscribers that do not read cost those who write and those who do read. */
async function amongStuck({ option, note }: BenchRun, url: string): Promise<Metrics> {
  note(`appends and live latency, alone and beside ${STUCK} subscribers that do not read, in turn`);
  const client = EventStoreDBClient.connectionString(url);
  const append = appends(client, APPENDS, 64);
  const liveQuickness = async (): Promise<number> => 1 / percentile(await liveLatencies(url, LIVE_EVENTS), 0.99);
  const best = await bestOfAlternating(option('rounds', 3), {
    alone: append,
    beside: besideStuck(url, append),
    liveAlone: liveQuickness,
    liveBeside: besideStuck(url, liveQuickness),
  });
  await farewell(client.dispose());
  return {
    appendsPerSecondBesideStuck: best.beside,
    appendsRatioBesideStuck: best.beside / best.alone,
    liveLatencyP99MsBesideStuck: 1 / best.liveBeside,
    liveLatencyP99RatioBesideStuck: best.liveAlone / best.liveBeside,
  };
}

async function emptyStore({ option, note }: BenchRun, dir: string): Promise<Metrics> {
  const rounds = option('rounds', 6);
  const [store, noop] = await Promise.all([startStore(dir), startSource('support/noop-store.ts')]);
  const [client, ceiling] = [EventStoreDBClient.connectionString(store.url), EventStoreDBClient.connectionString(noop.url)];
  await Promise.all([appends(client, 2_000, 64)(), appends(ceiling, 2_000, 64)()]);
  note('appends, the store and a server that does nothing in turn');
  const appended = await bestOfAlternating(rounds, {
    at1: appends(client, 500, 1),
    at64: appends(client, APPENDS, 64),
    noop64: appends(ceiling, APPENDS, 64),
    at256: appends(client, APPENDS, 256),
    noop256: appends(ceiling, APPENDS, 256),
    batched: batches(client, 10_000),
  });
  const appendCpuUs64 = await cpuUsEach(store.pid, APPENDS, appends(client, APPENDS, 64));
  note(`live latency at ${LIVE_RATE_PER_SECOND} appends/s`);
  let latencies = await liveLatencies(store.url, LIVE_EVENTS);
  for (let round = 1; round < rounds; round += 1) {
    const again = await liveLatencies(store.url, LIVE_EVENTS);
    if (percentile(again, 0.99) < percentile(latencies, 0.99)) latencies = again;
  }
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
    appendCpuUs64,
    liveLatencyP50Ms: percentile(latencies, 0.5),
    liveLatencyP99Ms: percentile(latencies, 0.99),
    rssMbAfterAppends: rssMb,
  };
}

async function reads({ option, note }: BenchRun, store: Program): Promise<Metrics> {
  const noop = await startSource('support/noop-store.ts');
  const [client, ceiling] = [EventStoreDBClient.connectionString(store.url), EventStoreDBClient.connectionString(noop.url)];
  const count = LONG_STREAM_EVENTS;
  note(`reads of ${count} events, the store and a server that does nothing in turn`);
  const streamRead = (): Promise<number> => perSecond(count, () => drained(client.readStream(LONG_STREAM, { maxCount: count }), count));
  const best = await bestOfAlternating(option('rounds', 3), {
    all: readsAll(client, count),
    noop: readsAll(ceiling, count),
    stream: streamRead,
    catchUp: catchesUp(store.url, count),
  });
  const readCpuUs = await cpuUsEach(store.pid, count, readsAll(client, count));
  await Promise.all([farewell(client.dispose()), farewell(ceiling.dispose())]);
  await noop.stop();
  return {
    readAllPerSecond: best.all,
    streamReadPerSecond: best.stream,
    catchUpPerSecond: best.catchUp,
    noopReadAllPerSecond: best.noop,
    ratioToNoopReadAll: best.all / best.noop,
    readCpuUs,
  };
}

async function fill(url: string, count: number): Promise<void> {
  await seed(url, { count: count - LONG_STREAM_EVENTS });
  const append = (index: number) => ({
    stream: LONG_STREAM,
    events: Array.from({ length: 250 }, (_, n) => seededEvent('long', index * 250 + n)),
  });
  await seed(url, { count: LONG_STREAM_EVENTS, append });
}

/** The quickest of some starts on the folder. */
async function startTimeMs(dir: string, rounds: number): Promise<number> {
  const starts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const store = await startStore(dir);
    starts.push(store.startMs);
    await store.stop();
  }
  return Math.min(...starts);
}

/** Everything that is asked of a store that holds a million events. */
async function longLog(run: BenchRun, dir: string): Promise<Metrics> {
  const { option, note } = run;
  const count = option('events', 1_000_000);
  let store = await startStore(dir);
  note(`writing ${count} events`);
  let seededPerSecond = 0;
  const writing = await peakMemory(store.pid, async () => {
    seededPerSecond = await perSecond(count, () => fill(store.url, count));
  });
  await store.stop();
  const startMsAt1M = await startTimeMs(dir, option('rounds', 3));
  store = await startStore(dir);
  let readMetrics: Metrics = {};
  const reading = await peakMemory(store.pid, async () => {
    readMetrics = await reads(run, store);
  });
  const stuckMetrics = await amongStuck(run, store.url);
  note(`a subscriber ${count} events behind`);
  const lagging = await peakMemory(store.pid, () => slowSubscriber(store.url, count, 2_000));
  await store.stop();
  const { blocks } = statSync(join(dir, 'events.mdb'));
  return {
    ...readMetrics,
    ...stuckMetrics,
    seededPerSecond,
    startMsAt1M,
    bytesPerEvent: (blocks * 512) / count,
    // All resident memory, mapped pages of the data file included, at its highest while a million events are written and read.
    rssMb: Math.max(writing.rssMb, reading.rssMb),
    anonMb: Math.max(writing.anonMb, reading.anonMb),
    slowSubscriberPeakRssMb: lagging.rssMb,
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
