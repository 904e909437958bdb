/** One rebuild from its request to its end: build beside the live table, index, compare at the same place of the log, swap. Killed at any moment, it goes on from what is in the database. */
import type { Pool, PoolClient } from 'pg';
import type { BatchLimits } from '../batches.js';
import { readCheckpoints, verifyLog } from '../checkpoints.js';
import { isPoison, LeaseLost, LogChanged, messageOf } from '../errors.js';
import { isBefore, type LogReader, type Position } from '../log-reader.js';
import { backoffMs, pause } from '../pacing.js';
import { takeUp } from '../projection-group.js';
import { PARKING_LIMITS } from '../projection-parked.js';
import { memberOf, type Member, type Writing } from '../projection-writer.js';
import { inTransaction } from '../sessions.js';
import { buildUpTo } from './build.js';
import { compare, type Difference } from './compare.js';
import type { Kept, Subject } from './copies.js';
import { dropCopy, swapIn } from './exchange.js';
import { RebuildProgress, Withdrawn } from './rebuild-progress.js';
import { finishRebuild, lockUnfinished, targetOf, readUnfinished, restartRebuild, type Rebuild } from './rebuild-records.js';

export interface RebuildContext {
  readonly log: LogReader;
  /** Without time-outs: indexes and comparisons take as long as they take. */
  readonly pool: Pool;
  readonly owner: string;
  readonly prefixes: readonly string[];
  readonly limits?: BatchLimits | undefined;
  readonly report: (message: string) => void;
}

/** How long the live table may be held still while the shadow comes level with it. */
const LEVEL_TIMEOUT_MS = 3_000;
const LEVEL_LOCK_TIMEOUT_MS = 2_000;
/** Once catching up takes less than this, the rest is done with the live table held still. */
const NEAR_MS = 500;
/** How soon it looks again for what is asked. */
const IDLE_MS = 200;
const BACKOFF = { firstMs: 200, mostMs: 5_000 };

/** Runs whatever is asked for of one projection to its end, again and again until the signal is aborted. Never rejects. */
export async function runRebuilds(
  context: RebuildContext,
  subject: Subject,
  { epoch, signal }: { epoch: number; signal: AbortSignal },
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let run: Run | undefined;
    try {
      const [rebuild] = await readUnfinished(context.pool, [subject.key]);
      run = rebuild && new Run(context, subject, rebuild);
      await run?.work(epoch, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (await isWithdrawn(run, error)) continue;
      failures += 1;
      context.report(`rebuild of ${subject.key.reader}: ${messageOf(error)}`);
    }
    await pause(failures === 0 ? IDLE_MS : backoffMs(failures, BACKOFF), signal);
  }
}

/** Writes down why a run does not get on; a cancellation ends what it was doing with an error that says nothing. */
async function isWithdrawn(run: Run | undefined, error: unknown): Promise<boolean> {
  if (error instanceof Withdrawn) return true;
  try {
    await run?.explain(error);
    return false;
  } catch (cause) {
    // What cannot be written down now is tried, and fails, again.
    return cause instanceof Withdrawn;
  }
}

class Run {
  private readonly progress: RebuildProgress;
  private readonly target: 'shadow' | 'scratch';
  private readonly built: Kept;
  private member: Member | undefined;

  constructor(
    private readonly context: RebuildContext,
    private readonly subject: Subject,
    private readonly rebuild: Rebuild,
  ) {
    this.progress = new RebuildProgress(context.pool, rebuild);
    this.target = targetOf(rebuild.purpose);
    this.built = subject[this.target];
  }

  /** Writes down why it does not get on, or that it never will. */
  async explain(error: unknown): Promise<void> {
    if (error instanceof LogChanged) await finishRebuild(this.context.pool, this.rebuild.id, { state: 'failed', error: messageOf(error) });
    else await this.progress.failed(messageOf(error));
  }

  async work(epoch: number, signal: AbortSignal): Promise<void> {
    const { context, subject, progress } = this;
    const { pool, log, prefixes } = context;
    await this.ensureTable();
    const member = memberOf({ ...this.built, epoch });
    this.member = member;
    const writing = await takeUp({ ...context, parking: PARKING_LIMITS }, [member]);
    await verifyLog(log, await readCheckpoints(pool, [subject.key]));
    progress.begin(member.position?.commit ?? 0n, (await log.head(prefixes))?.commit ?? 0n);
    await progress.enter('building');
    await this.catchUp(writing, signal);
    await progress.enter('indexing');
    if (!(await this.indexed())) return;
    await pool.query(`analyze ${this.built.table.name}`);
    await this.catchUp(writing, signal);
    await this.judge(writing, signal);
  }

  /**
   * Indexes are made late, which is faster, but a row that one of them cannot take is in the table by then. Its event is found, and parked, where
   * that row is written, so the table is begun anew with its indexes: false.
   */
  private async indexed(): Promise<boolean> {
    const { subject, context } = this;
    const { table } = this.built;
    try {
      await table.createIndexes(context.pool);
      return true;
    } catch (error) {
      if (!isPoison(error)) throw error;
      context.report(`rebuild of ${subject.key.reader}: begun anew, an index cannot take a row: ${messageOf(error)}`);
    }
    await inTransaction(context.pool, context, async (client) => {
      await this.mustOwn(client);
      await dropCopy(client, subject, this.target);
      await restartRebuild(client, this.rebuild.id);
    });
    await table.ensure(context.pool);
    return false;
  }

  private async judge(writing: Writing, signal: AbortSignal): Promise<void> {
    const { context, subject, progress } = this;
    const { acceptDifferences } = await progress.enter('verifying');
    const difference = await this.verify(writing, signal);
    if (this.rebuild.purpose === 'verify') return this.settleVerification(difference);
    if (difference && !acceptDifferences)
      return void (await finishRebuild(context.pool, this.rebuild.id, { state: 'differs', difference }));
    await this.catchUp(writing, signal);
    await this.level(writing, signal, async (client) => {
      if (!(await finishRebuild(client, this.rebuild.id, { state: 'swapped', difference }))) throw new Withdrawn();
      await this.mustOwn(client);
      await swapIn(client, subject);
    });
  }

  /** A cancellation waits for this, or this finds that there is nothing to build any more. @throws Withdrawn */
  private async ensureTable(): Promise<void> {
    await inTransaction(this.context.pool, this.context, async (client) => {
      if (!(await lockUnfinished(client, this.rebuild.id))) throw new Withdrawn();
      await this.built.table.ensureBare(client);
    });
  }

  /** Where no checkpoint is moved, nothing else would tell that another process has taken over. @throws LeaseLost */
  private async mustOwn(client: PoolClient): Promise<void> {
    const { reader, version } = this.built.fold.key;
    const held = 'select 1 from engine.checkpoint where reader = $1 and version = $2 and epoch = $3 for update';
    const { rowCount } = await client.query(held, [reader, version, this.member?.epoch]);
    if (rowCount !== 1) throw new LeaseLost('a later owner has claimed the rebuild, or it was cancelled');
  }

  private async settleVerification(difference: Difference | undefined): Promise<void> {
    await inTransaction(this.context.pool, this.context, async (client) => {
      await dropCopy(client, this.subject, this.target);
      await finishRebuild(client, this.rebuild.id, { state: difference ? 'differs' : 'verified', difference });
    });
  }

  /** Where the live table stands; undefined if nobody has ever moved it. */
  private async livePosition(client: Pool | PoolClient): Promise<Position | undefined> {
    const [live] = await readCheckpoints(client, [this.subject.key]);
    return live?.position;
  }

  /** Follows the live table until little is left; never beyond it, so that both can be compared. */
  private async catchUp(writing: Writing, signal: AbortSignal): Promise<void> {
    for (;;) {
      const startMs = performance.now();
      await this.buildUpTo(writing, await this.livePosition(this.context.pool), signal);
      if (performance.now() - startMs < NEAR_MS) return;
    }
  }

  private async buildUpTo(writing: Writing, goal: Position | undefined, signal: AbortSignal): Promise<void> {
    const { member, progress, context } = this;
    if (!member) return;
    if (goal) progress.aim(goal.commit);
    const onBatch = (events: number): void => progress.moved(events, member.position?.commit ?? 0n);
    await buildUpTo({ ...context, writing, member, onBatch }, goal, signal);
  }

  /** Holds the live table still, brings the shadow to exactly the same place, and does `work` in the transaction that holds it. Reads go on. */
  private level<T>(writing: Writing, signal: AbortSignal, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const { subject, context, member } = this;
    return inTransaction(context.pool, context, async (client) => {
      await client.query(
        `set local lock_timeout = ${LEVEL_LOCK_TIMEOUT_MS}; lock table ${subject.live.table.name} in share row exclusive mode`,
      );
      await client.query('select 1 from engine.checkpoint where reader = $1 and version = $2 for update', [
        subject.key.reader,
        subject.key.version,
      ]);
      const position = await this.livePosition(client);
      if (position && member?.position && isBefore(position, member.position))
        throw new Error(
          `the live table stands at ${position.commit}, before the new one at ${member.position.commit}; waiting for its projector`,
        );
      if (position) await this.buildUpTo(writing, position, AbortSignal.any([signal, AbortSignal.timeout(LEVEL_TIMEOUT_MS)]));
      return work(client);
    });
  }

  /** Compares in one snapshot in which both stand at the same place; nobody waits for the comparison itself. */
  private async verify(writing: Writing, signal: AbortSignal): Promise<Difference | undefined> {
    const snapshot = await this.context.pool.connect();
    try {
      const position = await this.level(writing, signal, async (client) => {
        await snapshot.query('begin isolation level repeatable read, read only; select 1 from engine.checkpoint limit 1');
        return this.livePosition(client);
      });
      // A live table that nobody has ever filled says nothing about the new one.
      if (!position) return undefined;
      return await compare(
        snapshot,
        { live: this.subject.live, rebuilt: this.built },
        { position: position.commit, everyRow: this.rebuild.purpose === 'verify' },
      );
    } finally {
      snapshot.release(true);
    }
  }
}
