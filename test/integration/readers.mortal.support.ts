/** Projectors that are killed at a statement, on a real PostgreSQL and without the timing of a real process: for properties. */
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { foldOf, type ProjectionDefinition } from '../../src/platform/readers/projection-definition.js';
import { takeUp } from '../../src/platform/readers/projection-group.js';
import { PARKING_LIMITS } from '../../src/platform/readers/projection-parked.js';
import type { ReadModel } from '../../src/platform/readers/projection-rows.js';
import { ProjectionTable } from '../../src/platform/readers/projection-table.js';
import { BatchWriter, memberOf, writeBatch } from '../../src/platform/readers/projection-writer.js';
import { query, rowsOf, type ListLog } from './readers.support.js';

/** One process's life: how it reads, and where it ends. */
export interface Life {
  readonly eventsMax: number;
  /** Events before the checkpoint that it is given once more. */
  readonly again: number;
  /** Folds a batch while the one before is being committed, as the projector does. */
  readonly ahead: boolean;
  /** The statement at which it dies; whether that statement still takes effect, only its answer being lost. */
  readonly diesAt: number;
  readonly answerLost: boolean;
}

export const IMMORTAL: Life = { eventsMax: 1_000, again: 0, ahead: false, diesAt: Infinity, answerLost: false };

class Killed extends Error {}

type Query = (...given: unknown[]) => Promise<unknown>;

/** The pool of a process that is killed at a statement: PostgreSQL sees its session end there, and nothing of it afterwards. */
const mortal = (pool: Pool, { diesAt, answerLost }: Life): Pool => {
  let statements = 0;
  const dying = (client: PoolClient): Query => {
    const run = client.query.bind(client) as Query;
    let end: Promise<unknown> | undefined;
    const die = async (): Promise<never> => {
      end ??= run('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      await end;
      throw new Killed();
    };
    return async (...given) => {
      statements += 1;
      if (statements > diesAt) return die();
      if (statements === diesAt) {
        if (answerLost) await run(...given);
        return die();
      }
      // Sent ahead of the one it dies at, and not yet answered: a dead process does not learn what became of it.
      return run(...given).catch((error: unknown) => (end ? die() : Promise.reject(error as Error)));
    };
  };
  const connected = async (): Promise<object> => {
    const client = await pool.connect();
    const release = (broken: boolean): void => client.release(broken || statements >= diesAt);
    return { query: dying(client), release, connection: client.connection };
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

/** Lives on one database, one after the other. */
export class Lives {
  readonly models: readonly ReadModel[];
  deaths = 0;
  private epoch = 0;

  constructor(
    private readonly source: DataSource,
    definitions: readonly ProjectionDefinition[],
  ) {
    this.models = definitions.map((definition) => {
      const fold = foldOf(definition);
      const table = new ProjectionTable(source, definition.entity, fold.key);
      return { fold: { ...fold, problemOf: table.problemOf.bind(table) }, table };
    });
  }

  async ensureTables(): Promise<void> {
    for (const { table } of this.models) await table.ensure(poolOf(this.source));
  }

  /** Projects the log from where the life before left it, up to its end or the life's. */
  async live(log: ListLog, life: Life): Promise<void> {
    try {
      await this.project(log, life);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.deaths += 1;
    }
  }

  private async project(log: ListLog, life: Life): Promise<void> {
    this.epoch += 1;
    const { epoch } = this;
    const pool = mortal(poolOf(this.source), life);
    const members = this.models.map((model) => memberOf({ ...model, epoch }));
    const writing = await takeUp({ log, pool, owner: `life-${epoch}`, parking: PARKING_LIMITS }, members);
    const from = members[0]?.position?.commit ?? -1n;
    const next = log.events.findIndex(({ position }) => position.commit > from);
    if (next < 0) return;
    const writer = new BatchWriter(writing, members, { written: () => undefined, failed: () => undefined });
    try {
      for (let at = Math.max(0, next - life.again); at < log.events.length; at += life.eventsMax) {
        const events = log.events.slice(at, at + life.eventsMax);
        const batch = { events, to: (events.at(-1) as Recorded).position };
        await (life.ahead ? writer.write(batch) : writeBatch(writing, members, batch));
      }
      await writer.settled();
    } finally {
      // What was on its way when it died is over before the next life begins; what it failed with is thrown already.
      await writer.settled().catch(() => undefined);
    }
  }

  /** What they have left behind, byte for byte. */
  async left(): Promise<Record<string, object[]>> {
    const tables: Record<string, object[]> = {};
    for (const { table } of this.models) tables[table.tableName] = await rowsOf(this.source, table.tableName);
    const parked = 'select projection, row_key, position, event_id, error from engine.projection_parked order by projection, position';
    const checkpoints =
      'select reader, commit_position, prepare_position, event_position, event_at, events from engine.checkpoint order by reader';
    return { ...tables, parked: await query(this.source, parked), checkpoints: await query(this.source, checkpoints) };
  }

  /** Makes the database as it was before the first of them. */
  async forget(): Promise<void> {
    const tables = this.models.map(({ table }) => table.name).join(', ');
    await query(this.source, `truncate ${tables}, engine.projection_parked, engine.checkpoint`);
    this.epoch = 0;
  }
}
