/** Projections that share one subscription. Whatever goes wrong, it starts again from what the database says. */
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { Batches, type BatchLimits } from './batches.js';
import { claimCheckpoints, noteBuilt, noteError, verifyLog, type ReaderKey } from './checkpoints.js';
import { LeaseLost, MemberFailed, messageOf } from './errors.js';
import { finishFirstBuild } from './first-build.js';
import { isBefore, type LogReader, type Position } from './log-reader.js';
import { backoffMs, farewell, pause } from './pacing.js';
import type { ReaderObserver } from './reader-observer.js';
import { settleRequests } from './parked-settling.js';
import { parkedCountsOf, type ParkingLimits } from './projection-parked.js';
import { BatchWriter, type Member, type Writing } from './projection-writer.js';
import { watched } from './watched.js';

export interface GroupContext {
  readonly log: LogReader;
  readonly database: DataSource;
  readonly pool: Pool;
  readonly owner: string;
  readonly prefixes: readonly string[];
  readonly limits: BatchLimits;
  readonly parking: ParkingLimits;
  readonly silenceMs: number | undefined;
  readonly report: (message: string) => void;
  /** Told each time a group reaches the end of the log. */
  readonly onCaughtUp: () => void;
  /** Told when one member keeps the others from going on. */
  readonly onMemberFailed: (reader: string) => void;
  readonly observer: ReaderObserver;
  /** How often requests for parked events are looked for; default 1,000 ms. */
  readonly requestsEveryMs?: number;
}

const BACKOFF = { firstMs: 100, mostMs: 5_000 };
const REQUESTS_EVERY_MS = 1_000;

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

  private get requestsEveryMs(): number {
    return this.context.requestsEveryMs ?? REQUESTS_EVERY_MS;
  }

  private get readers(): string[] {
    return this.members.map(({ fold }) => fold.key.reader);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        await this.failed(error);
      }
      this.caughtUp = false;
      if (signal.aborted) return;
      await pause(backoffMs(Math.max(1, this.failures), BACKOFF), signal);
      this.context.observer.resubscribes(this.readers);
    }
  }

  private async failed(error: unknown): Promise<void> {
    const { pool, report, onMemberFailed } = this.context;
    this.failures += 1;
    this.lastError = messageOf(error);
    if (error instanceof LeaseLost) return;
    report(`projections: ${this.lastError}`);
    if (error instanceof MemberFailed && this.members.length > 1) onMemberFailed(error.reader);
    // Word for other processes only; a database that is away cannot take it.
    await noteError(pool, this.epochs, this.lastError).catch((cause: unknown) => report(`projections: ${messageOf(cause)}`));
  }

  private get epochs(): (ReaderKey & { epoch: number })[] {
    return this.members.map(({ fold, epoch }) => ({ ...fold.key, epoch }));
  }

  /** One subscription's life. */
  private async follow(signal: AbortSignal): Promise<void> {
    const { log, prefixes, limits, silenceMs } = this.context;
    const writing = await takeUp(this.context, this.members);
    // Before the first batch, which may be the very one that parked too much.
    await settleRequests(writing, this.members);
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
    const nudging = setInterval(() => batches.nudge(), this.requestsEveryMs);
    const pump = reading();
    const writer = new BatchWriter(writing, this.members, {
      written: ({ events }, transactionMs) => this.written(events.length, transactionMs),
      failed: (error) => batches.fail(error),
    });
    try {
      await this.writeAll(batches, { writer, writing });
    } finally {
      clearInterval(nudging);
      stop.abort();
      // What it failed with, `take` or `write` has said already.
      await writer.settled().catch(() => undefined);
      await farewell(pump);
    }
  }

  private async writeAll(batches: Batches, { writer, writing }: { writer: BatchWriter; writing: Writing }): Promise<void> {
    let lookedMs = performance.now();
    for (let batch = await batches.take(); batch; batch = await batches.take()) {
      if (batch.to) await writer.write({ events: batch.events, to: batch.to });
      if (performance.now() - lookedMs >= this.requestsEveryMs) {
        await writer.settled();
        await settleRequests(writing, this.members);
        lookedMs = performance.now();
      }
      if (!batch.caughtUp) continue;
      await writer.settled();
      this.wentWell();
      await this.build(writing);
      this.caughtUp = true;
      this.context.onCaughtUp();
    }
    await writer.settled();
  }

  private async build(writing: Writing): Promise<void> {
    for (const member of this.members.filter(({ built }) => !built)) {
      await finishFirstBuild({ database: this.context.database, writing }, member, this.stopping.signal);
      member.built = true;
    }
    await noteBuilt(this.context.pool, this.epochs);
  }

  private written(events: number, transactionMs: number): void {
    this.wentWell();
    this.context.observer.wrote(this.readers, { events, transactionMs });
  }

  private wentWell(): void {
    this.failures = 0;
    this.lastError = undefined;
  }
}

/**
 * Puts the members' epochs into their checkpoints and the members where these stand.
 * @throws LeaseLost, LogChanged, or whatever log and database throw when they are away
 */
export async function takeUp(
  { log, pool, owner, parking }: Pick<GroupContext, 'log' | 'pool' | 'owner' | 'parking'>,
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
    member.built = checkpoint?.built ?? false;
    member.generation = checkpoint?.generation ?? 0;
    member.parked = await parkedCountsOf(pool, member.fold.key);
  }
  return { pool, owner, logId, parking };
}

/** Where the one furthest behind stands; undefined if one has not begun. */
const earliest = (members: readonly Member[]): Position | undefined =>
  members.map(({ position }) => position).reduce((one, other) => (one && other ? (isBefore(other, one) ? other : one) : undefined));
