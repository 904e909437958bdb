/** Works on rebuilds that were asked for, and follows the log with tables that are kept for a rollback: whatever nobody else holds the lease of. */
import type { DataSource } from 'typeorm';
import { poolOf } from '../../database/data-source.js';
import { patiently } from '../../database/patiently.js';
import type { BatchLimits } from '../batches.js';
import { readCheckpoints } from '../checkpoints.js';
import { messageOf } from '../errors.js';
import type { Leases } from '../leases.js';
import type { LogReader } from '../log-reader.js';
import { pause } from '../pacing.js';
import type { ProjectionDefinition } from '../projection-definition.js';
import { projectionLease } from '../projection-engine.js';
import { ProjectionGroup } from '../projection-group.js';
import { PARKING_LIMITS } from '../projection-parked.js';
import { memberOf } from '../projection-writer.js';
import { UNOBSERVED } from '../reader-observer.js';
import { subjectOf, type Subject } from './copies.js';
import { runRebuilds } from './rebuild-job.js';
import { readUnfinished } from './rebuild-records.js';

export interface RebuildRunnerOptions {
  readonly log: LogReader;
  readonly database: DataSource;
  readonly leases: Leases;
  readonly definitions: readonly ProjectionDefinition[];
  readonly prefixes: readonly string[];
  /** Of the batches of a rebuild. */
  readonly limits?: BatchLimits;
  /** How often it looks for what is to be done; default 1,000 ms. */
  readonly everyMs?: number;
  readonly report?: (message: string) => void;
}

/** Something that goes on for as long as its lease is held and it is wanted. */
interface Task {
  readonly lease: string;
  /** Settles when the work has ended. */
  run(epoch: number, signal: AbortSignal): Promise<void>;
}

const EVERY_MS = 1_000;

export class RebuildRunner {
  private readonly subjects: readonly Subject[];
  private readonly wanted = new Map<string, Task>();
  private readonly running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  private stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  /** @throws if an entity does not fit its projection */
  constructor(private readonly options: RebuildRunnerOptions) {
    this.subjects = options.definitions.map((definition) => subjectOf(options.database, definition));
  }

  start(): void {
    this.stopping = new AbortController();
    this.loop = this.look(this.stopping.signal);
  }

  /** Settles soon, also in the midst of a long statement; what is unfinished goes on where the leases are had next. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await Promise.all([...this.wanted.keys()].map((lease) => this.unwant(lease)));
  }

  private async look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.adjust(await this.tasks());
      } catch (error) {
        this.report(`rebuilds: ${messageOf(error)}`);
      }
      await pause(this.options.everyMs ?? EVERY_MS, signal);
    }
  }

  private async tasks(): Promise<Task[]> {
    const pool = poolOf(this.options.database);
    const unfinished = await readUnfinished(
      pool,
      this.subjects.map(({ key }) => key),
    );
    const kept = await readCheckpoints(
      pool,
      this.subjects.map(({ old }) => old.fold.key),
    );
    return this.subjects.flatMap((subject) => [
      ...(unfinished.some(({ projection }) => projection === subject.key.reader) ? [this.rebuilding(subject)] : []),
      ...(kept.some(({ reader }) => reader === subject.old.fold.key.reader) ? [this.following(subject)] : []),
    ]);
  }

  private async adjust(tasks: readonly Task[]): Promise<void> {
    const leases = new Set(tasks.map(({ lease }) => lease));
    await Promise.all([...this.wanted.keys()].filter((lease) => !leases.has(lease)).map((lease) => this.unwant(lease)));
    for (const task of tasks) if (!this.wanted.has(task.lease)) this.want(task);
  }

  private want(task: Task): void {
    this.wanted.set(task.lease, task);
    this.options.leases.want(task.lease, {
      acquired: (epoch) => this.begin(task, epoch),
      lost: () => this.running.get(task.lease)?.stop.abort(),
    });
  }

  /** A lease that was lost and had again waits for the work of the time before. */
  private begin(task: Task, epoch: number): void {
    const before = this.running.get(task.lease)?.done ?? Promise.resolve();
    const stop = new AbortController();
    const done = before.then(() => (stop.signal.aborted ? undefined : task.run(epoch, stop.signal)));
    this.running.set(task.lease, { stop, done });
  }

  private async unwant(lease: string): Promise<void> {
    this.wanted.delete(lease);
    const running = this.running.get(lease);
    this.running.delete(lease);
    running?.stop.abort();
    await running?.done;
    await this.options.leases.giveBack(lease);
  }

  private rebuilding(subject: Subject): Task {
    const { log, database, leases, prefixes, limits } = this.options;
    const run = async (epoch: number, signal: AbortSignal): Promise<void> => {
      const context = { log, owner: leases.owner, prefixes, limits, report: (message: string): void => this.report(message) };
      await patiently(database, signal, (pool) => runRebuilds({ ...context, pool }, subject, { epoch, signal }));
    };
    return { lease: projectionLease(subject.shadow.fold.key), run };
  }

  private following(subject: Subject): Task {
    const { log, database, leases, prefixes } = this.options;
    const run = async (epoch: number, signal: AbortSignal): Promise<void> => {
      const context = {
        log,
        database,
        pool: poolOf(database),
        owner: leases.owner,
        prefixes,
        limits: {},
        parking: PARKING_LIMITS,
        observer: UNOBSERVED,
        onMemberFailed: () => undefined,
        silenceMs: undefined,
        report: (message: string): void => this.report(message),
        onCaughtUp: () => undefined,
      };
      const group = new ProjectionGroup(context, [memberOf({ ...subject.old, epoch })]);
      await new Promise((over) => (signal.aborted ? over(undefined) : signal.addEventListener('abort', over, { once: true })));
      await group.stop();
    };
    return { lease: projectionLease(subject.old.fold.key), run };
  }

  private report(message: string): void {
    this.options.report?.(message);
  }
}
