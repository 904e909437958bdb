/** Runs the reactors that this process owns. */
import type { DataSource } from 'typeorm';
import { poolOf } from '../database/data-source.js';
import type { Reactor } from '../reactor.js';
import { refuseChangedLog, type ReaderKey } from './checkpoints.js';
import { messageOf } from './errors.js';
import type { Leases } from './leases.js';
import type { LogReader } from './log-reader.js';
import { makeParkedDue, parkedItems, type ParkedItem } from './parked-items.js';
import type { LocalState } from './projection-engine.js';
import { UNOBSERVED, type ReaderObserver } from './reader-observer.js';
import { reactorKey, ReactorRunner } from './reactor-runner.js';
import type { Patience } from './reactor-work.js';

export interface ReactorEngineOptions {
  readonly log: LogReader;
  readonly database: DataSource;
  readonly leases: Leases;
  readonly reactors: readonly Reactor[];
  readonly patience?: Patience;
  /** How often parked events are looked at; default 1,000 ms. */
  readonly parkedEveryMs?: number;
  /** How long silence of a subscription is believed; default 10,000 ms. */
  readonly silenceMs?: number;
  readonly report?: (message: string) => void;
  readonly observer?: ReaderObserver;
}

const PATIENCE: Required<Patience> = { concurrency: 16, triesMax: 8, tryingMs: 30_000, firstRetryMs: 100 };
const PARKED_EVERY_MS = 1_000;

export const reactorLease = (reactor: Pick<Reactor, 'name'>): string => `reactor/${reactor.name}`;

export class ReactorEngine {
  private readonly runners = new Map<string, ReactorRunner>();
  /** Runners that are on their way out: a new one of the same reactor waits for the old. */
  private readonly changes = new Map<string, Promise<void>>();
  private running = false;

  constructor(private readonly options: ReactorEngineOptions) {}

  get keys(): ReaderKey[] {
    return this.options.reactors.map(reactorKey);
  }

  get all(): readonly Reactor[] {
    return this.options.reactors;
  }

  /** Checks the log and begins. An event store that is away is waited for. @throws LogChanged */
  async start(): Promise<void> {
    const { log, database, leases, reactors } = this.options;
    await refuseChangedLog(log, poolOf(database), this.keys);
    this.running = true;
    for (const reactor of reactors) {
      leases.want(reactorLease(reactor), {
        acquired: (epoch) => this.change(reactor, () => this.begin(reactor, epoch)),
        lost: () => this.change(reactor, () => this.end(reactor)),
      });
    }
  }

  /** Settles when what is being handled has settled; the leases are given back. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.changes.values());
    await Promise.all(this.options.reactors.map((reactor) => this.end(reactor)));
    for (const reactor of this.options.reactors) await this.options.leases.giveBack(reactorLease(reactor));
  }

  /** Events that are parked, of all reactors or one, oldest first; whichever process runs them. */
  async parked(reactor?: string): Promise<ParkedItem[]> {
    return parkedItems(poolOf(this.options.database), reactor === undefined ? {} : { reactor });
  }

  /** Makes parked events due at once: to be called when something they may wait for has come about. Another process looks within a second. */
  async retryParked(reactor?: string): Promise<void> {
    await makeParkedDue(poolOf(this.options.database), reactor);
    for (const runner of this.runners.values()) runner.nudge();
  }

  /** By reader name; only readers that this process runs. */
  states(): Map<string, LocalState> {
    return new Map([...this.runners].map(([name, { caughtUp, lastError }]) => [name, { caughtUp, lastError }]));
  }

  private change({ name }: Reactor, apply: () => Promise<void>): void {
    const before = this.changes.get(name) ?? Promise.resolve();
    const after = before.then(apply).catch((error: unknown) => this.options.report?.(`${name}: ${messageOf(error)}`));
    this.changes.set(name, after);
  }

  private async begin(reactor: Reactor, epoch: number): Promise<void> {
    await this.end(reactor);
    if (!this.running) return;
    const { log, database, leases, patience, parkedEveryMs = PARKED_EVERY_MS, silenceMs, report = () => undefined } = this.options;
    const { observer = UNOBSERVED } = this.options;
    const runner = new ReactorRunner({
      log,
      pool: poolOf(database),
      owner: leases.owner,
      reactor,
      epoch,
      patience: { ...PATIENCE, ...patience },
      parkedEveryMs,
      silenceMs,
      mayAct: () => leases.holds(reactorLease(reactor), epoch),
      report,
      observer,
    });
    this.runners.set(reactor.name, runner);
  }

  private async end({ name }: Reactor): Promise<void> {
    const runner = this.runners.get(name);
    this.runners.delete(name);
    await runner?.stop();
  }
}
