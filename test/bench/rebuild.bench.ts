/**
 * Read models from a long log: the real projector with everything to do, the command line's rebuild of one, and, of the same run, what reading
 * alone takes and what one TypeORM save per event does. Options: --count (events, default 1,000,000), --sample (events of the baseline).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BACKWARDS, END, EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import { Client } from 'pg';
import type { Bench, Metrics, Targets } from './support/bench.js';
import { baselinePerSecond } from './support/rebuild-baseline.js';
import { seedLedger } from './support/ledger-seed.js';
import { peakMemory } from './support/memory.js';
import { perSecond } from './support/numbers.js';
import { runBuilt, startBuilt, startStore } from './support/programs.js';
import { environment } from './support/projector.js';

/** DESIGN §7. A run whose baseline is under its floor was made on a machine too busy to count. */
export const targets: Targets = {
  eventsPerSecond: { floor: 20_000, goal: 30_000 },
  ratioToRaw: { goal: 0.35 },
  allProjectionsEventsPerSecond: { floor: 8_000, goal: 20_000 },
  peakRssMb: { floor: 250, goal: 160, lower: true },
  baselineEventsPerSecond: { floor: 800 },
};

const PROJECTION = 'order-list';
const POLL_MS = 100;
const CAUGHT_UP_WITHIN_MS = 900_000;

async function readsAll(url: string, count: number): Promise<number> {
  const client = EventStoreDBClient.connectionString(url);
  let seen = 0;
  const rate = await perSecond(count, async () => {
    for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: count + 1 })) if (event) seen += 1;
  });
  if (seen < count) throw new Error(`${seen} events were read instead of ${count}`);
  await client.dispose();
  return rate;
}

async function headOf(url: string): Promise<bigint> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    for await (const { event } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))
      return event?.position?.commit ?? 0n;
    throw new Error('the log is empty');
  } finally {
    await client.dispose();
  }
}

/** Settles when every projection has reached the head. */
async function caughtUp(database: Client, head: bigint): Promise<void> {
  const deadlineMs = performance.now() + CAUGHT_UP_WITHIN_MS;
  for (;;) {
    const { rows } = await database.query<{ readers: number; behind: number }>(
      'select count(*)::int as readers, count(*) filter (where commit_position is null or commit_position < $1)::int as behind from engine.checkpoint',
      [String(head)],
    );
    if (rows[0] && rows[0].readers > 0 && rows[0].behind === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`${rows[0]?.behind} projections did not catch up`);
    await delay(POLL_MS);
  }
}

interface Measured {
  readonly state: string;
  readonly events: number;
  readonly seconds: number;
}

async function measure(dir: string, wanted: number, { option, note }: Parameters<Bench>[0]): Promise<Metrics> {
  const storeDir = join(dir, 'eventstore');
  const count = await seedLedger(storeDir, wanted);
  note(`${count} events seeded`);
  const store = await startStore(storeDir);
  const postgres = await startBuilt('local/postgres/main.js', ['--dir', join(dir, 'postgres'), '--port', '0']);
  const database = new Client({ connectionString: postgres.url });
  try {
    const [head, raw] = [await headOf(store.url), await readsAll(store.url, count)];
    note(`read alone: ${Math.round(raw)} events/s`);
    const env = environment(store.url, postgres.url);
    const ledger = await startBuilt('src/main.js', [], env);
    await database.connect();
    let all = 0;
    const peak = await peakMemory(ledger.pid, async () => {
      all = await perSecond(count, () => caughtUp(database, head));
    });
    note(`all projections at once: ${Math.round(all)} events/s, ${Math.round(peak.rssMb)} MB`);
    const built = await runBuilt('src/ops/cli.js', ['projections', 'rebuild', PROJECTION], env);
    const { rows } = await database.query<Measured>(
      `select state, events::int as events, extract(epoch from finished_at - requested_at)::float8 as seconds from engine.rebuild`,
    );
    const [rebuild] = rows;
    if (rebuild?.state !== 'swapped' || rebuild.events < count) throw new Error(`the rebuild was ${rebuild?.state}: ${built}`);
    const one = count / rebuild.seconds;
    note(`one projection, indexed, compared and swapped: ${Math.round(one)} events/s`);
    await ledger.stop();
    const baseline = await baselinePerSecond(store.url, postgres.url, option('sample', 20_000));
    return {
      eventsPerSecond: one,
      ratioToRaw: one / raw,
      ratioToBaseline: one / baseline,
      allProjectionsEventsPerSecond: all,
      peakRssMb: peak.rssMb,
      rawReadAllPerSecond: raw,
      baselineEventsPerSecond: baseline,
      events: count,
      rebuildSeconds: rebuild.seconds,
    };
  } finally {
    await database.end();
    await postgres.stop();
    await store.stop();
  }
}

export const bench: Bench = async (run) => {
  const dir = mkdtempSync(join(tmpdir(), 'order-ledger-bench-'));
  try {
    return await measure(dir, run.option('count', 1_000_000), run);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
