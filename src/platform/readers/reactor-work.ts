/** Handles the events of one reactor: keys side by side, each key in order, with bounded patience for what fails. */
import { NotYet, type Reactor } from '../reactor.js';
import type { Recorded } from '../event.js';
import { LeaseLost, messageOf } from './errors.js';
import { backoffMs, pause } from './pacing.js';
import type { ParkedKeys } from './parked-retrier.js';
import type { Entry, ReactorProgress } from './reactor-progress.js';
import { Slots } from './slots.js';
import { storable } from './stored-event.js';

export interface Patience {
  /** Keys handled at a time; default 16. */
  readonly concurrency?: number;
  /** After so many tries an event is parked; default 8. */
  readonly triesMax?: number;
  /** After this long an event that fails is parked; default 30,000 ms. */
  readonly tryingMs?: number;
  /** First pause between tries; doubles up to 5,000 ms. Default 100 ms. */
  readonly firstRetryMs?: number;
}

export interface WorkContext {
  readonly reactor: Reactor;
  readonly patience: Required<Patience>;
  readonly mayAct: () => boolean;
  readonly report: (message: string) => void;
  readonly signal: AbortSignal;
  /** Told when the lease turns out to be gone. */
  readonly failed: (error: unknown) => void;
}

const RETRY_MOST_MS = 5_000;

export class ReactorWork {
  private readonly slots: Slots;
  private readonly tails = new Map<string, Promise<void>>();

  constructor(
    private readonly context: WorkContext,
    private readonly progress: ReactorProgress,
    private readonly parkedKeys: ParkedKeys,
  ) {
    this.slots = new Slots(context.patience.concurrency);
  }

  /** Puts an event in line behind the others of its key. */
  take(event: Recorded): void {
    const key = this.keyOf(event);
    const entry = this.progress.begin(event, typeof key === 'string' ? key : storable(`stream:${event.stream}`));
    if (typeof key !== 'string') return this.park(entry, messageOf(key), 1);
    const tail = (this.tails.get(key) ?? Promise.resolve())
      .then(() => this.process(entry))
      .catch((error: unknown) => this.context.failed(error));
    this.tails.set(key, tail);
    void tail.then(() => this.tails.get(key) === tail && this.tails.delete(key));
  }

  /** Settles when nothing is being handled any more. */
  async drained(): Promise<void> {
    await Promise.all(this.tails.values());
  }

  private keyOf(event: Recorded): string | Error {
    try {
      return storable(this.context.reactor.key(event));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async process(entry: Entry): Promise<void> {
    const { patience, signal } = this.context;
    const startedAtMs = performance.now();
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      if (this.parkedKeys.has(entry.key)) return this.park(entry, 'an earlier event of this key is parked', 0);
      const error = await this.slots.run(() => this.attempt(entry.event));
      if (error === undefined) return this.settle(entry);
      if (error instanceof LeaseLost) {
        if (signal.aborted) return;
        throw error;
      }
      const isOver = attempt >= patience.triesMax || performance.now() - startedAtMs >= patience.tryingMs;
      this.tell(entry, error, isOver);
      if (isOver) return this.park(entry, messageOf(error), attempt);
      await pause(backoffMs(attempt, { firstMs: patience.firstRetryMs, mostMs: RETRY_MOST_MS }), signal);
    }
  }

  /** The error, or undefined if the event is handled. */
  private async attempt(event: Recorded): Promise<unknown> {
    if (this.context.signal.aborted || !this.context.mayAct()) return new LeaseLost(`${this.context.reactor.name} is not ours any more`);
    try {
      await this.context.reactor.handle(event);
      return undefined;
    } catch (error) {
      return error ?? new Error('rejected without a reason');
    }
  }

  private tell({ event, key }: Entry, error: unknown, parks: boolean): void {
    if (error instanceof NotYet) return;
    const { reactor, report } = this.context;
    report(`${reactor.name}: ${event.type} of ${key} failed${parks ? ' and is parked' : ''}: ${messageOf(error)}`);
  }

  private settle(entry: Entry): void {
    this.progress.settle(entry, { is: 'done' });
  }

  private park(entry: Entry, error: string, attempts: number): void {
    this.parkedKeys.join(entry.key);
    this.progress.settle(entry, { is: 'parked', error, attempts, written: false });
  }
}
