/** A read model is rebuilt while 200 events a second are written and read over HTTP; its process is killed in the middle; another goes on; it is swapped in and taken back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { ProjectionStatus } from '../../src/ops/projections.js';
import { seededId } from '../bench/support/seed.js';
import { call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import { ProjectorWorld, tableOfModel } from '../support/projector-world.js';

const NAME = 'order-timeline';
const TABLE = tableOfModel(NAME);
/** Several batches of a rebuild. */
const EVENTS = 8_000;
const WRITES_PER_SECOND = 200;
const WRITE_EVERY_MS = 25;
const READ_EVERY_MS = 20;
/** Less than a batch of the rebuild takes. */
const LOOK_EVERY_MS = 5;
const PATIENT_MS = 240_000;

/** Of the projection engine. */
const BATCH_EVENTS_MAX = 500;

let world: ProjectorWorld;
let ledger: LedgerProcess;
let operator: string;
beforeAll(async () => {
  world = await ProjectorWorld.start();
  ledger = await world.start({ env: { DEMO_ACCOUNTS: 'true' } });
  operator = await world.operator(ledger);
  await world.reaches(await world.write(EVENTS));
}, PATIENT_MS);
afterAll(() => world.close(), PATIENT_MS);

/** Goes on by itself until it is told to stop, which rejects with what went wrong meanwhile. */
class Ongoing {
  count = 0;
  private readonly over = new AbortController();
  private readonly done: Promise<void>;

  /** @param round one turn; @returns how much it has done */
  constructor(round: () => Promise<number>) {
    this.done = (async () => {
      while (!this.over.signal.aborted) this.count += await round();
    })();
    this.done.catch(() => undefined);
  }

  stop(): Promise<void> {
    this.over.abort();
    return this.done;
  }
}

const writing = (): Ongoing => {
  const startMs = performance.now();
  let written = 0;
  return new Ongoing(async () => {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * WRITES_PER_SECOND) - written;
    if (due > 0) await world.write(due);
    else await delay(WRITE_EVERY_MS);
    written += Math.max(0, due);
    return Math.max(0, due);
  });
};

/** The timeline of an order to which nothing happens any more, as its reader sees it. */
const reading = (): Ongoing => {
  const path = `/api/v1/ops/orders/${seededId('order-9')}/timeline`;
  let seen: unknown;
  return new Ongoing(async () => {
    const { status, body } = await call<{ entries: unknown[] }>(ledger.url, path, { token: operator });
    expect(status).toBe(200);
    expect(body.entries.length).toBeGreaterThan(5);
    expect(body).toStrictEqual((seen ??= body));
    await delay(READ_EVERY_MS);
    return 1;
  });
};

const projection = async (path = '', method: 'GET' | 'POST' = 'GET'): Promise<ProjectionStatus> => {
  const body = method === 'POST' ? { body: {} } : {};
  const answer = await call<ProjectionStatus>(ledger.url, `/api/v1/ops/projections/${NAME}${path}`, { method, token: operator, ...body });
  expect(answer.status).toBe(200);
  return answer.body;
};

interface Shadow {
  readonly id: string;
  readonly state: string;
  /** Folded by this rebuild so far. */
  readonly folded: number;
  /** Handled to make the new table what it is; null before it is begun and when it has been swapped in. */
  readonly events: number | null;
  readonly position: string | null;
}

const shadow = async (): Promise<Shadow | undefined> => {
  const sql = `
    select r.id, r.state, r.events::int as folded, c.events::int as events, c.commit_position::text as position
    from engine.rebuild r left join engine.checkpoint c on c.reader = r.projection || '@shadow' where r.projection = $1`;
  return (await world.query<Shadow>(sql, [NAME]))[0];
};

/** The tables themselves, whatever they are called now. */
const tables = async (): Promise<{ live: string | null; old: string | null }> => {
  const sql = `select to_regclass($1)::oid::text as live, to_regclass($2)::oid::text as old`;
  const [found] = await world.query<{ live: string | null; old: string | null }>(sql, [TABLE, `${TABLE}_old`]);
  return found ?? { live: null, old: null };
};

/** Begins a rebuild from a shell, stops it after some of its batches, and kills it there. */
const killedRebuild = async (): Promise<Shadow> => {
  const cli = join(resolve(process.env['LEDGER_DIST'] ?? 'dist'), 'src/ops/cli.js');
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', ...world.ledgerEnvironment() };
  const child = spawn(process.execPath, [cli, 'projections', 'rebuild', NAME], { env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  const holder = new Client({ connectionString: env['DATABASE_URL'] });
  await holder.connect();
  try {
    while (((await shadow())?.events ?? 0) === 0) {
      expect(child.exitCode).toBeNull();
      await delay(LOOK_EVERY_MS);
    }
    await holder.query(`begin; lock table ${TABLE}_shadow in share mode`);
    child.kill('SIGKILL');
    await gone;
    const left = await shadow();
    if (left?.state !== 'building') throw new Error(`the rebuild was over too soon: ${left?.state}`);
    return left;
  } finally {
    await holder.end();
  }
};

/** Waits until it is over. @returns it, and from how many events on it was seen to go on */
const resumed = async (): Promise<{ done: Shadow; least: number }> => {
  let least = Infinity;
  const look = async (): Promise<Shadow | false> => {
    const now = await shadow();
    if (now?.state === 'swapped') return now;
    least = Math.min(least, now?.events ?? 0);
    return false;
  };
  return { done: await eventually(look, { what: 'the swap', withinMs: 60_000 }), least };
};

describe('a rebuild under load', () => {
  it(
    'is killed, resumed where it was, swapped in and taken back; everybody reads what is right all the while',
    async () => {
      const before = await tables();
      const [writer, reader] = [writing(), reading()];
      try {
        const killed = await killedRebuild();
        const { events: live } = (await world.tables.now()).find(({ reader: name }) => name === NAME) ?? { events: 0 };
        expect(killed.events).toBeLessThan(live);
        const { done, least } = await resumed();
        expect([done.id, least >= (killed.events ?? 0)]).toStrictEqual([killed.id, true]);
        // It went on where it was: at most the batch that was under way is folded again.
        const [total] = await world.query<{ events: number }>('select events::int as events from engine.checkpoint where reader = $1', [
          NAME,
        ]);
        expect(done.folded).toBeLessThanOrEqual((total?.events ?? 0) - (killed.events ?? 0) + killed.folded + BATCH_EVENTS_MAX);
        const swapped = await tables();
        expect([swapped.old, swapped.live === before.live]).toStrictEqual([before.live, false]);
        await world.tables.now();
        expect(await projection('/rollback', 'POST')).toMatchObject({ oldKept: true, rebuild: { state: 'swapped', difference: null } });
        expect(await tables()).toStrictEqual({ live: before.live, old: swapped.live });
        await world.tables.now();
      } finally {
        await Promise.all([writer.stop(), reader.stop()]);
      }
      expect([writer.count > WRITES_PER_SECOND, reader.count > 20]).toStrictEqual([true, true]);
      await world.reaches(await world.write(1));
      const standings = await world.tables.now();
      expect(standings.map(({ reader: name }) => name)).toContain(`${NAME}@old`);
      expect(await projection('/drop-old', 'POST')).toMatchObject({ oldKept: false });
      await world.tables.now();
    },
    PATIENT_MS,
  );
});
