/** Where rebuilds are asked for, cancelled, taken back and settled: each a short transaction; the work itself is the runner's. */
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../database/data-source.js';
import { newId } from '../../ids.js';
import { refuse } from '../../refusal.js';
import { readCheckpoints } from '../checkpoints.js';
import { isBefore } from '../log-reader.js';
import { pause } from '../pacing.js';
import type { ProjectionDefinition } from '../projection-definition.js';
import { inTransaction } from '../sessions.js';
import { subjectOf, type Subject } from './copies.js';
import { dropEarlierVersions } from './earlier-versions.js';
import { dropCopy, hasOld, oldTableOf, swapBack, type OldTable } from './exchange.js';
import {
  finishRebuild,
  insertRebuild,
  isFinished,
  readRebuilds,
  reopenRebuild,
  targetOf,
  type Purpose,
  type Rebuild,
} from './rebuild-records.js';

export interface RebuildRequest {
  readonly purpose: Purpose;
  /** Swaps also if the new rows are not the old ones. */
  readonly acceptDifferences?: boolean;
  /** Who asks: an operator's id, or `command-line`. */
  readonly by: string;
}

/** How long a rollback waits for the old table to come up to where the live one stands. */
const OLD_WAIT_MS = 5_000;
const OLD_POLL_MS = 50;

/** For how long whoever asks is made to wait for tables that others are using, beside one last lock time-out. */
const BUSY_WAIT_MS = 3_000;
/** How long a cancellation waits for statements that it has cancelled to let the table go, before it cancels again. */
const CANCEL_LOCK_TIMEOUT_MS = 1_000;
/** Whoever builds an index or compares, in whichever process, has the table locked; others are not let in between. */
const CANCEL_WORK = `
  select pg_cancel_backend(a.pid) from pg_locks l join pg_stat_activity a using (pid)
  where l.relation = to_regclass($1) and l.granted and a.pid <> pg_backend_pid() and a.usename = current_user`;
/** SQLSTATE of a lock time-out. */
const LOCK_NOT_AVAILABLE = '55P03';

export class RebuildDesk {
  private readonly pool: Pool;
  private readonly subjects: ReadonlyMap<string, Subject>;

  /** @throws if an entity does not fit its projection */
  constructor(database: DataSource, definitions: readonly ProjectionDefinition[]) {
    this.pool = poolOf(database);
    this.subjects = new Map(definitions.map((definition) => [definition.projection.name, subjectOf(database, definition)]));
  }

  /** The last run of each projection that has had one. */
  async all(): Promise<Rebuild[]> {
    return readRebuilds(
      this.pool,
      [...this.subjects.values()].map(({ key }) => key),
    );
  }

  /** @throws Refusal PROJECTION_UNKNOWN */
  async last(name: string): Promise<Rebuild | undefined> {
    const { key } = this.subject(name);
    return (await readRebuilds(this.pool, [key]))[0];
  }

  /** The table from before the last swap: whether it is kept, and still follows the log. @throws Refusal PROJECTION_UNKNOWN */
  async old(name: string): Promise<OldTable> {
    return oldTableOf(this.pool, this.subject(name));
  }

  /**
   * Asks for a rebuild or a verification. One that is unfinished goes on; one that was stopped by a difference goes on when it is accepted;
   * anything else begins anew. @throws Refusal PROJECTION_UNKNOWN, REBUILD_RUNNING, REBUILD_WAITING, TABLE_BUSY
   */
  async request(name: string, { purpose, acceptDifferences = false, by }: RebuildRequest): Promise<Rebuild> {
    const subject = this.subject(name);
    return this.alone(async (client) => {
      const [current] = await readRebuilds(client, [subject.key]);
      if (current) refuseBeside(current, purpose);
      if (current && goesOn(current, { purpose, acceptDifferences })) await reopenRebuild(client, current.id, acceptDifferences);
      else {
        await dropCopy(client, subject, targetOf(purpose));
        await insertRebuild(client, subject.key, { id: newId(), purpose, acceptDifferences, by });
      }
      const [rebuild] = await readRebuilds(client, [subject.key]);
      if (!rebuild) throw new Error(`the rebuild of ${name} was not recorded`);
      return rebuild;
    });
  }

  /**
   * Ends an unfinished run, or one that a difference has stopped, and drops what it has built.
   * @param purpose ends no run of another kind. @throws Refusal REBUILD_NOT_RUNNING, TABLE_BUSY
   */
  async cancel(name: string, purpose?: Purpose): Promise<void> {
    const subject = this.subject(name);
    await this.alone(async (client) => {
      const [current] = await readRebuilds(client, [subject.key]);
      if (!current || !isEndable(current, purpose))
        throw refuse('REBUILD_NOT_RUNNING', 409, `No ${NAMES[purpose ?? 'swap']} of ${name} is running.`);
      if (waits(current)) await reopenRebuild(client, current.id, false);
      await finishRebuild(client, current.id, { state: 'cancelled' });
      const target = targetOf(current.purpose);
      await client.query(`set local lock_timeout = ${CANCEL_LOCK_TIMEOUT_MS}`);
      await client.query(CANCEL_WORK, [subject[target].table.name]);
      await dropCopy(client, subject, target);
    });
  }

  /** The table from before the last swap is read again; the one that was is kept in its place. @throws Refusal OLD_TABLE_MISSING, OLD_TABLE_BEHIND, TABLE_BUSY */
  async rollback(name: string): Promise<void> {
    const subject = this.subject(name);
    if (!(await hasOld(this.pool, subject))) throw noOld(name);
    await this.untilOldIsLevel(subject);
    await this.alone(async (client) => {
      if (!(await hasOld(client, subject))) throw noOld(name);
      await swapBack(client, subject);
    });
  }

  /**
   * Forgets the table from before the last swap, and those of earlier versions that no process keeps up.
   * @returns the tables that are gone. @throws Refusal OLD_TABLE_MISSING, TABLE_BUSY
   */
  async dropOld(name: string): Promise<string[]> {
    const subject = this.subject(name);
    return this.alone(async (client) => {
      const earlier = await dropEarlierVersions(client, subject.key);
      if (!(await hasOld(client, subject))) {
        if (earlier.length === 0) throw noOld(name);
        return earlier;
      }
      await dropCopy(client, subject, 'old');
      return [`read.${subject.old.table.tableName}`, ...earlier];
    });
  }

  private subject(name: string): Subject {
    const subject = this.subjects.get(name);
    if (!subject)
      throw refuse('PROJECTION_UNKNOWN', 404, `There is no projection ${name}; there are ${[...this.subjects.keys()].join(', ')}.`);
    return subject;
  }

  /** Nobody else asks for anything meanwhile. Tries again while others use the tables. @throws Refusal TABLE_BUSY if they go on */
  private async alone<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + BUSY_WAIT_MS;
    for (;;) {
      try {
        return await inTransaction(this.pool, { owner: 'rebuild-desk' }, async (client) => {
          await client.query('lock table engine.rebuild in share row exclusive mode');
          return work(client);
        });
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== LOCK_NOT_AVAILABLE) throw error;
        if (performance.now() > deadlineMs) throw refuse('TABLE_BUSY', 409, 'Others are using the table and do not let it go; try again.');
      }
    }
  }

  /** Following tables are some milliseconds apart; one that nobody follows would be read as it was then. */
  private async untilOldIsLevel({ live, old, key }: Subject): Promise<void> {
    const [goal] = await readCheckpoints(this.pool, [live.fold.key]);
    const deadlineMs = performance.now() + OLD_WAIT_MS;
    for (;;) {
      const [kept] = await readCheckpoints(this.pool, [old.fold.key]);
      if (!goal?.position || (kept?.position && !isBefore(kept.position, goal.position))) return;
      if (performance.now() > deadlineMs)
        throw refuse('OLD_TABLE_BEHIND', 409, `The old table of ${key.reader} is behind and does not catch up; is a projector running?`);
      await pause(OLD_POLL_MS, AbortSignal.timeout(OLD_POLL_MS));
    }
  }
}

/** Stopped by a difference, with its table kept for whoever accepts that. */
const waits = ({ state, purpose }: Rebuild): boolean => state === 'differs' && purpose === 'swap';

const isEndable = (current: Rebuild, purpose: Purpose | undefined): boolean =>
  (!isFinished(current) || waits(current)) && (purpose === undefined || current.purpose === purpose);

const NAMES: Readonly<Record<Purpose, string>> = { swap: 'rebuild', verify: 'verification' };

/** @throws Refusal REBUILD_RUNNING, REBUILD_WAITING if the last run leaves no room for one of another kind */
const refuseBeside = (current: Rebuild, purpose: Purpose): void => {
  const { projection } = current;
  if (!isFinished(current) && current.purpose !== purpose)
    throw refuse('REBUILD_RUNNING', 409, `A ${NAMES[current.purpose]} of ${projection} is running.`);
  if (waits(current) && purpose === 'verify')
    throw refuse('REBUILD_WAITING', 409, `A rebuild of ${projection} waits for its differences to be accepted, or to be cancelled.`);
};

const goesOn = (current: Rebuild, { purpose, acceptDifferences }: Pick<Rebuild, 'purpose' | 'acceptDifferences'>): boolean =>
  !isFinished(current) || (waits(current) && purpose === 'swap' && acceptDifferences);

const noOld = (name: string): Error => refuse('OLD_TABLE_MISSING', 409, `No table of ${name} from before a rebuild is kept.`);
