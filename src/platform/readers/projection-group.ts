/** Projections that share one subscription. Whatever goes wrong, it starts again from what the database says. */
import type { Pool } from 'pg';
import { Batches, type BatchLimits } from './batches.js';
import { claimCheckpoints, verifyLog } from './checkpoints.js';
import { LeaseLost, messageOf } from './errors.js';
import { isBefore, type LogReader, type Position } from './log-reader.js';
import { backoffMs, farewell, pause } from './pacing.js';
import { parkedKeysOf, writeBatch, type Member, type Writing } from './projection-writer.js';
import { watched } from './watched.js';

export interface GroupContext {
  readonly log: LogReader;
  readonly pool: Pool;
  readonly owner: string;
  readonly prefixes: readonly string[];
  readonly limits: BatchLimits;
  readonly silenceMs: number | undefined;
  readonly report: (message: string) => void;
  /** Told each time a group reaches the end of the log. */
  readonly onCaughtUp: () => void;
}

const BACKOFF = { firstMs: 100, mostMs: 5_000 };

export class ProjectionGroup {
  caughtUp = false;
  lastError: string | undefined;
  private readonly stopping = new AbortController();
  private readonly done: Promise<void>;
  private failures = 0;

  /** Runs from now on. */
  constructor(
    private readonly context: GroupContext,
    readonly members: readonly Member[],
  ) {
    this.done = this.run(this.stopping.signal);
  }

  /** Settles when the batch being written is written. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        this.failures += 1;
        this.lastError = messageOf(error);
        if (!(error instanceof LeaseLost)) this.context.report(`projections: ${this.lastError}`);
      }
      this.caughtUp = false;
      if (!signal.aborted) await pause(backoffMs(Math.max(1, this.failures), BACKOFF), signal);
    }
  }

  /** One subscription's life. */
  private async follow(signal: AbortSignal): Promise<void> {
    const { log, prefixes, limits, silenceMs } = this.context;
    const writing = await takeUp(this.context, this.members);
    const batches = new Batches(limits);
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    const close = (): void => batches.close();
    stopped.addEventListener('abort', close, { once: true });
    // Told to stop while it was beginning, the signal says so only once.
    if (stopped.aborted) close();
    const reading = async (): Promise<void> => {
      const watch = { log, prefixes, signal: stopped, from: earliest(this.members), ...(silenceMs !== undefined && { silenceMs }) };
      try {
        for await (const message of watched(watch)) await batches.add(message);
        batches.close();
      } catch (error) {
        batches.fail(error);
      }
    };
    const pump = reading();
    try {
      await this.writeAll(batches, writing);
    } finally {
      stop.abort();
      await farewell(pump);
    }
  }

  private async writeAll(batches: Batches, writing: Writing): Promise<void> {
    for (let batch = await batches.take(); batch; batch = await batches.take()) {
      if (batch.to) await writeBatch(writing, this.members, { events: batch.events, to: batch.to });
      this.failures = 0;
      this.lastError = undefined;
      if (!batch.caughtUp) continue;
      this.caughtUp = true;
      this.context.onCaughtUp();
    }
  }
}

/**
 * Puts the members' epochs into their checkpoints and the members where these stand.
 * @throws LeaseLost, LogChanged, or whatever log and database throw when they are away
 */
export async function takeUp(
  { log, pool, owner }: Pick<GroupContext, 'log' | 'pool' | 'owner'>,
  members: readonly Member[],
): Promise<Writing> {
  const claimed = await claimCheckpoints(
    pool,
    members.map(({ fold, epoch }) => ({ ...fold.key, epoch })),
  );
  const logId = await verifyLog(log, claimed);
  for (const member of members) {
    const { reader, version } = member.fold.key;
    const checkpoint = claimed.find((c) => c.reader === reader && c.version === version);
    member.position = checkpoint?.position;
    member.generation = checkpoint?.generation ?? 0;
    member.parkedKeys = await parkedKeysOf(pool, member.fold);
  }
  return { pool, owner, logId };
}

/** Where the one furthest behind stands; undefined if one has not begun. */
const earliest = (members: readonly Member[]): Position | undefined =>
  members.map(({ position }) => position).reduce((one, other) => (one && other ? (isBefore(other, one) ? other : one) : undefined));
