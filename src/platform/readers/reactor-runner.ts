/** Runs one reactor while this process owns it. Whatever goes wrong, it starts again from its checkpoint. */
import type { Pool } from 'pg';
import type { Recorded } from '../event.js';
import type { Reactor } from '../reactor.js';
import { claimCheckpoints, moveCheckpoints, verifyLog, type Checkpoint, type ReaderKey } from './checkpoints.js';
import { LeaseLost, messageOf } from './errors.js';
import type { LogReader, Position } from './log-reader.js';
import { backoffMs, farewell, pause } from './pacing.js';
import { insertParkedItems, parkedKeysOfReactor } from './parked-items.js';
import { ParkedKeys, ParkedRetrier } from './parked-retrier.js';
import type { ReaderObserver } from './reader-observer.js';
import { ReactorProgress } from './reactor-progress.js';
import { ReactorWork, type Patience, type WorkContext } from './reactor-work.js';
import { inTransaction } from './sessions.js';
import { watched } from './watched.js';

export interface RunnerContext {
  readonly log: LogReader;
  readonly pool: Pool;
  readonly owner: string;
  readonly reactor: Reactor;
  readonly epoch: number;
  readonly patience: Required<Patience>;
  /** How often parked events are looked at. */
  readonly parkedEveryMs: number;
  readonly silenceMs: number | undefined;
  readonly mayAct: () => boolean;
  readonly report: (message: string) => void;
  readonly observer: ReaderObserver;
}

/** A reactor has a version of its own only if its meaning changes, which a new name says better. */
export const reactorKey = (reactor: Reactor): ReaderKey => ({ reader: reactor.name, version: 1 });

const BACKOFF = { firstMs: 100, mostMs: 5_000 };
/** Events read ahead of the checkpoint. */
const OPEN_MAX = 256;
const FLUSH_EVERY_MS = 25;
const IDLE_FLUSH_EVERY_MS = 1_000;

/** One subscription's life: what is open, and where the checkpoint stands. */
interface Life {
  readonly logId: string;
  readonly progress: ReactorProgress;
  readonly parkedKeys: ParkedKeys;
  readonly stop: AbortController;
  readonly stopped: AbortSignal;
  position: Position | undefined;
  failure: unknown;
  lastIdleFlushMs: number;
}

export class ReactorRunner {
  caughtUp = false;
  lastError: string | undefined;
  private readonly stopping = new AbortController();
  private readonly done: Promise<void>;
  private retrier: ParkedRetrier | undefined;
  private failures = 0;

  /** Runs from now on. */
  constructor(private readonly context: RunnerContext) {
    this.done = this.run(this.stopping.signal);
  }

  /** Settles when what is being handled is settled and written down. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  /** Tries parked events that are due at once. */
  nudge(): void {
    this.retrier?.nudge();
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        this.failures += 1;
        this.lastError = messageOf(error);
        if (!(error instanceof LeaseLost)) this.context.report(`${this.context.reactor.name}: ${this.lastError}`);
      }
      this.caughtUp = false;
      if (signal.aborted) return;
      await pause(backoffMs(Math.max(1, this.failures), BACKOFF), signal);
      this.context.observer.resubscribes([this.context.reactor.name]);
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { pool, reactor } = this.context;
    const life = await this.begin(signal);
    const fail = (error: unknown): void => {
      life.failure ??= error;
      life.stop.abort();
    };
    const work = new ReactorWork(this.workContext(life, fail), life.progress, life.parkedKeys);
    this.retrier = new ParkedRetrier(
      {
        pool,
        reactor: reactor.name,
        handle: reactor.handle,
        mayAct: this.context.mayAct,
        report: this.context.report,
        everyMs: this.context.parkedEveryMs,
      },
      life.parkedKeys,
      (key) => life.progress.unwritten().some((entry) => entry.key === key),
    );
    const reading = this.read(life, work).catch(fail);
    const retrying = this.retrier.run(life.stopped);
    await this.flushUntilStopped(life).catch(fail);
    await Promise.all([farewell(reading), retrying, work.drained()]);
    if (life.failure !== undefined) throw life.failure as Error;
    await this.flush(life);
  }

  private async begin(signal: AbortSignal): Promise<Life> {
    const { log, pool, reactor, epoch } = this.context;
    const [claimed] = (await claimCheckpoints(pool, [{ ...reactorKey(reactor), epoch }])) as [Checkpoint];
    const logId = await verifyLog(log, [claimed]);
    const stop = new AbortController();
    return {
      logId,
      position: claimed.position,
      progress: new ReactorProgress(),
      parkedKeys: new ParkedKeys(await parkedKeysOfReactor(pool, reactor.name)),
      stop,
      stopped: AbortSignal.any([signal, stop.signal]),
      failure: undefined,
      lastIdleFlushMs: performance.now(),
    };
  }

  private workContext({ stopped }: Life, failed: (error: unknown) => void): WorkContext {
    const { reactor, patience, mayAct, report } = this.context;
    return { reactor, patience, mayAct, report, signal: stopped, failed };
  }

  private async read({ progress, position, stopped }: Life, work: ReactorWork): Promise<void> {
    const { log, reactor, silenceMs } = this.context;
    const watch = { log, prefixes: reactor.prefixes, from: position, signal: stopped, ...(silenceMs !== undefined && { silenceMs }) };
    for await (const message of watched(watch)) {
      this.failures = 0;
      if (message.kind === 'event') work.take(message.event);
      else if (message.kind === 'checkpoint') progress.passed(message.position);
      else this.caughtUp = true;
      while (progress.open >= OPEN_MAX && !stopped.aborted) await pause(FLUSH_EVERY_MS, stopped);
    }
  }

  private async flushUntilStopped(life: Life): Promise<void> {
    while (!life.stopped.aborted) {
      await this.flush(life);
      await pause(FLUSH_EVERY_MS, life.stopped);
    }
  }

  /** Writes newly parked events and moves the checkpoint over everything settled, in one transaction. */
  private async flush(life: Life): Promise<void> {
    const { pool, owner, reactor, epoch, observer } = this.context;
    const unwritten = life.progress.unwritten();
    const { count, to, lastEvent } = life.progress.settled();
    if (unwritten.length === 0 && (to === undefined || this.isEarly(life, lastEvent))) return;
    const move = to ?? life.position;
    const beganMs = performance.now();
    await inTransaction(pool, { owner }, async (client) => {
      await insertParkedItems(client, reactor.name, unwritten);
      const readers = [{ key: reactorKey(reactor), epoch, position: life.position, events: count }];
      const last = lastEvent && { commit: lastEvent.position.commit, at: lastEvent.metadata?.occurredAt ?? '' };
      if (move) await moveCheckpoints(client, { logId: life.logId, to: move, lastEvent: last, readers });
      else await claimCheckpoints(client, [{ ...reactorKey(reactor), epoch }]);
    });
    observer.wrote([reactor.name], { events: count, transactionMs: performance.now() - beganMs });
    for (const { outcome } of unwritten) outcome.written = true;
    life.progress.forget(count);
    life.position = move;
    life.lastIdleFlushMs = performance.now();
    this.lastError = undefined;
  }

  /** Progress without an event is written down once a second only. */
  private isEarly({ lastIdleFlushMs }: Life, lastEvent: Recorded | undefined): boolean {
    return lastEvent === undefined && performance.now() - lastIdleFlushMs < IDLE_FLUSH_EVERY_MS;
  }
}
