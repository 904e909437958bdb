/** A projector that dies at any statement, reads again what it has read, and cuts the log into any batches: the same rows as in one clean run. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { foldOf } from '../../src/platform/readers/projection-definition.js';
import { takeUp } from '../../src/platform/readers/projection-group.js';
import { PARKING_LIMITS } from '../../src/platform/readers/projection-parked.js';
import { ProjectionTable } from '../../src/platform/readers/projection-table.js';
import { memberOf, writeBatch } from '../../src/platform/readers/projection-writer.js';
import type { TestDatabase } from '../support/postgres.js';
import {
  AccountEntity,
  EntryEntity,
  ListLog,
  accounts,
  connect,
  engineDatabase,
  entries,
  event,
  query,
  rowsOf,
} from './readers.support.js';

/** One process's life: how it reads, and where it ends. */
interface Life {
  readonly eventsMax: number;
  /** Events before the checkpoint that it is given once more. */
  readonly again: number;
  /** The statement at which it dies; whether that statement still takes effect, only its answer being lost. */
  readonly diesAt: number;
  readonly answerLost: boolean;
}

class Killed extends Error {}

type Query = (...given: unknown[]) => Promise<unknown>;

/** The pool of a process that is killed at a statement: PostgreSQL sees its session end there, and nothing of it afterwards. */
const mortal = (pool: Pool, { diesAt, answerLost }: Life): Pool => {
  let statements = 0;
  const dying =
    (client: PoolClient): Query =>
    async (...given) => {
      statements += 1;
      const run = client.query.bind(client) as Query;
      if (statements < diesAt) return run(...given);
      if (statements === diesAt && answerLost) await run(...given);
      await run('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      throw new Killed();
    };
  const connected = async (): Promise<object> => {
    const client = await pool.connect();
    return { query: dying(client), release: (broken: boolean) => client.release(broken || statements >= diesAt) };
  };
  const once: Query = async (...given) => {
    const client = await pool.connect();
    try {
      return await dying(client)(...given);
    } finally {
      client.release(statements >= diesAt);
    }
  };
  return { connect: connected, query: once } as unknown as Pool;
};

let database: TestDatabase;
let source: DataSource;
const definitions = [
  { projection: accounts, entity: AccountEntity },
  { projection: entries, entity: EntryEntity },
];
const models = () =>
  definitions.map((definition) => {
    const fold = foldOf(definition);
    const table = new ProjectionTable(source, definition.entity, fold.key);
    return { fold: { ...fold, problemOf: table.problemOf.bind(table) }, table };
  });

beforeAll(async () => {
  database = await engineDatabase();
  source = await connect(database.url);
  for (const { table } of models()) await table.ensure(poolOf(source));
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** What it leaves behind, byte for byte; the database is empty again afterwards. */
const outcome = async (): Promise<object> => {
  const parked = 'select projection, row_key, position, event_id, error from engine.projection_parked order by projection, position';
  const checkpoints =
    'select reader, commit_position, prepare_position, event_position, event_at, events from engine.checkpoint order by reader';
  const left = {
    accounts: await rowsOf(source),
    entries: await rowsOf(source, 'test_entries_v1'),
    parked: await query(source, parked),
    checkpoints: await query(source, checkpoints),
  };
  await query(source, 'truncate read.test_accounts_v1, read.test_entries_v1, engine.projection_parked, engine.checkpoint');
  return left;
};

const live = async (log: ListLog, epoch: number, life: Life): Promise<void> => {
  const pool = mortal(poolOf(source), life);
  const members = models().map((model) => memberOf({ ...model, epoch }));
  const writing = await takeUp({ log, pool, owner: `life-${epoch}`, parking: PARKING_LIMITS }, members);
  const from = members[0]?.position?.commit ?? -1n;
  const next = log.events.findIndex(({ position }) => position.commit > from);
  if (next < 0) return;
  for (let at = Math.max(0, next - life.again); at < log.events.length; at += life.eventsMax) {
    const events = log.events.slice(at, at + life.eventsMax);
    await writeBatch(writing, members, { events, to: (events.at(-1) as Recorded).position });
  }
};

const immortal: Life = { eventsMax: 1_000, again: 0, diesAt: Infinity, answerLost: false };

describe('a projector', () => {
  it('leaves the same rows, parked events and checkpoints wherever it is killed, however the log is cut and whatever it is told twice', async () => {
    const what = fc.constantFrom('Put', 'Put', 'Put', 'Closed', 'Noticed', 'Broke', 'Huge', 'Later');
    const events = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), what, fc.integer({ min: -9, max: 9 })), {
      minLength: 1,
      maxLength: 25,
    });
    const life = fc.record({
      eventsMax: fc.integer({ min: 1, max: 9 }),
      again: fc.nat(6),
      diesAt: fc.integer({ min: 1, max: 30 }),
      answerLost: fc.boolean(),
    });
    let deaths = 0;
    const property = fc.asyncProperty(events, fc.array(life, { minLength: 1, maxLength: 6 }), async (told, lives) => {
      const log = new ListLog();
      for (const [accountId, type, amount] of told) {
        if (type === 'Huge') log.append(event('Put', { accountId, amount: 3_000_000_000 }));
        else if (type === 'Later') log.append(event('Put', { accountId, amount }, 2));
        else log.append(event(type, { accountId, amount }));
      }
      await live(log, 1, immortal);
      const clean = await outcome();
      for (const [index, one] of lives.entries()) {
        await live(log, index + 1, one).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          deaths += 1;
        });
      }
      await live(log, lives.length + 1, { ...immortal, again: 3 });
      expect(await outcome()).toEqual(clean);
    });
    // What the last state of a row conceals from PostgreSQL in one batch is seen by it in three.
    const concealed: [string, string, number][] = [
      ['a', 'Huge', 0],
      ['a', 'Closed', 0],
      ['a', 'Put', 5],
    ];
    await fc.assert(property, { numRuns: 40, examples: [[concealed, [{ ...immortal, eventsMax: 1 }]]] });
    expect(deaths).toBeGreaterThan(20);
  });
});
