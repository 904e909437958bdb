/** Does what is due, once at a time for each piece of work: the claim is a row, the work itself runs outside any transaction. */
import type { DataSource } from 'typeorm';
import { poolOf } from '../database/data-source.js';
import { claim, endClaim, extendClaims, forgetClaims, postponeClaim, type Work } from './claims.js';
import { messageOf } from './errors.js';
import type { Leases } from './leases.js';
import { backoffMs, pause } from './pacing.js';

export interface DueWork extends Work {
  readonly dueAt: Date;
}

export interface DueWorkOptions {
  readonly database: DataSource;
  readonly leases: Leases;
  readonly now: () => Date;
  /** What may be due, oldest first; a hint only, since handlers look for themselves. */
  readonly due: (now: Date, limit: number) => Promise<readonly DueWork[]>;
  /** By kind. A time in the answer: nothing to record yet, look again then. A rejection is logged and the work tried again later. */
  readonly handlers: Readonly<Record<string, (id: string) => Promise<Date | null>>>;
  /** Default 250 ms. */
  readonly everyMs?: number;
  /** Pieces of work at a time; default 8. */
  readonly concurrency?: number;
  /** How long a claim holds if its owner can no longer be seen to live; extended while the work runs. Default 30,000 ms. */
  readonly claimMs?: number;
  /** First pause after a failure; doubles up to 60,000 ms. Default 500 ms. */
  readonly firstRetryMs?: number;
  readonly report?: (message: string) => void;
}

/** Over as soon as either is so. */
interface Pause {
  /** By this process's own clock. */
  readonly untilMs: number;
  /** By the clock that the handler answers by, which may be moved; null where no handler has said when. */
  readonly at: Date | null;
}

const isOver = ({ untilMs, at }: Pause, now: Date): boolean => untilMs <= performance.now() || (at !== null && at <= now);

export const DUE_WORK_LEASE = 'due-work';

const RETRY_MOST_MS = 60_000;
const LOOK_AHEAD = 64;
/** Long after the last pause: a claim as old as that is of work that is no longer due. */
const FORGET_AFTER_MS = 10 * RETRY_MOST_MS;
const FORGET_MOST = 100;
/** The clock that handlers answer by may be moved; this one may not. */
const LOOK_AGAIN_MOST_MS = 5_000;

export class DueWorkRunner {
  private readonly settings: Required<Pick<DueWorkOptions, 'everyMs' | 'concurrency' | 'claimMs' | 'firstRetryMs' | 'report'>>;
  private readonly busy = new Map<string, { readonly work: Work; readonly done: Promise<void> }>();
  /** Work that may not be tried yet, so that it does not crowd out the rest of the list. */
  private readonly postponed = new Map<string, Pause>();
  private epoch: number | undefined;
  private stopping: AbortController | undefined;
  private waking = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private lastExtendedMs = 0;
  private lastForgottenMs = -Infinity;

  constructor(private readonly options: DueWorkOptions) {
    const { everyMs = 250, concurrency = 8, claimMs = 30_000, firstRetryMs = 500, report = () => undefined } = options;
    this.settings = { everyMs, concurrency, claimMs, firstRetryMs, report };
  }

  /** Works whenever this process holds the lease `due-work`. */
  start(): void {
    if (this.stopping) return;
    this.stopping = new AbortController();
    this.options.leases.want(DUE_WORK_LEASE, {
      acquired: (epoch) => {
        this.epoch = epoch;
        this.wake();
      },
      lost: () => (this.epoch = undefined),
    });
    this.loop = this.run(this.stopping.signal);
  }

  /** Settles when the work in hand is finished; the lease is given back. */
  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.loop;
    await Promise.all([...this.busy.values()].map(({ done }) => done));
    await this.options.leases.giveBack(DUE_WORK_LEASE);
    this.stopping = undefined;
    this.epoch = undefined;
  }

  /** Looks at once: to be called when something has just become due. */
  wake(): void {
    this.waking.abort();
  }

  /** Pieces of work in hand. */
  get running(): number {
    return this.busy.size;
  }

  private isOwner(): boolean {
    return this.epoch !== undefined && this.options.leases.holds(DUE_WORK_LEASE, this.epoch);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.waking = new AbortController();
      try {
        if (this.busy.size > 0) await this.extend();
        if (this.isOwner()) await this.round(signal);
      } catch (error) {
        this.settings.report(`due work: ${messageOf(error)}`);
      }
      await pause(this.settings.everyMs, AbortSignal.any([signal, this.waking.signal]));
    }
  }

  private async extend(): Promise<void> {
    const { claimMs } = this.settings;
    if (performance.now() - this.lastExtendedMs < claimMs / 3) return;
    this.lastExtendedMs = performance.now();
    const works = [...this.busy.values()].map(({ work }) => work);
    await extendClaims(this.pool, works, { owner: this.owner, leaseMs: claimMs });
  }

  /** What killed processes have left behind; a hundred rows at a time, for claims are few. */
  private async forget(): Promise<void> {
    if (performance.now() - this.lastForgottenMs < this.settings.claimMs) return;
    this.lastForgottenMs = performance.now();
    await forgetClaims(this.pool, { olderThanMs: FORGET_AFTER_MS, limit: FORGET_MOST });
  }

  private async round(signal: AbortSignal): Promise<void> {
    await this.forget();
    const now = this.options.now();
    for (const [key, until] of this.postponed) if (isOver(until, now)) this.postponed.delete(key);
    const due = await this.options.due(now, LOOK_AHEAD + this.postponed.size + this.busy.size);
    for (const work of due) {
      if (signal.aborted || this.busy.size >= this.settings.concurrency || !this.isOwner()) return;
      const key = `${work.kind}:${work.id}`;
      if (this.busy.has(key) || this.postponed.has(key)) continue;
      const attempt = await claim(this.pool, work, { owner: this.owner, leaseMs: this.settings.claimMs });
      if (attempt === undefined) continue;
      this.busy.set(key, { work, done: this.perform(work, attempt).finally(() => this.finished(key)) });
    }
  }

  private finished(key: string): void {
    // A full house may have kept others waiting.
    if (this.busy.size >= this.settings.concurrency) this.wake();
    this.busy.delete(key);
  }

  /** Never rejects: a claim that cannot be ended expires. */
  private async perform(work: DueWork, attempt: number): Promise<void> {
    try {
      const again = await this.handle(work);
      if (again) this.lookAgain(work, again);
      await endClaim(this.pool, work, this.owner);
    } catch (error) {
      await this.postpone(work, attempt, error);
    }
  }

  /** Remembered in this process only: another owner looks a little early, which costs one look. */
  private lookAgain({ kind, id }: Work, at: Date): void {
    const inMs = at.getTime() - this.options.now().getTime();
    if (inMs > 0) this.postponed.set(`${kind}:${id}`, { untilMs: performance.now() + Math.min(inMs, LOOK_AGAIN_MOST_MS), at });
  }

  private async handle({ kind, id }: Work): Promise<Date | null> {
    const handler = this.options.handlers[kind];
    if (!handler) throw new Error(`there is no handler for work of the kind ${kind}`);
    return handler(id);
  }

  private async postpone(work: DueWork, attempt: number, error: unknown): Promise<void> {
    const afterMs = backoffMs(attempt, { firstMs: this.settings.firstRetryMs, mostMs: RETRY_MOST_MS });
    this.settings.report(`due work ${work.kind} of ${work.id} failed (try ${attempt}): ${messageOf(error)}`);
    this.postponed.set(`${work.kind}:${work.id}`, { untilMs: performance.now() + afterMs, at: null });
    try {
      await postponeClaim(this.pool, work, { owner: this.owner, afterMs, error: messageOf(error) });
    } catch (failure) {
      this.settings.report(`due work ${work.kind} of ${work.id} could not be postponed: ${messageOf(failure)}`);
    }
  }

  private get pool(): ReturnType<typeof poolOf> {
    return poolOf(this.options.database);
  }

  private get owner(): string {
    return this.options.leases.owner;
  }
}
