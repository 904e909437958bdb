/** The readers in figures for Prometheus: counted while they run, and read from database and log whenever they are asked for. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ReaderObserver } from './reader-observer.js';
import type { ReaderStatus } from './readers-health.js';

/** A rebuild that is under way. */
export interface RebuildInFigures {
  readonly projection: string;
  readonly percent: number;
}

export interface MetricsSources {
  readonly status: () => Promise<readonly ReaderStatus[]>;
  readonly rebuilds: () => Promise<readonly RebuildInFigures[]>;
}

/** A scrape is answered without the readers' state rather than late. */
const SOURCES_TIMEOUT_MS = 3_000;
const BATCH_EVENTS = [1, 5, 20, 50, 100, 250, 500, 1_000, 2_500];
const TRANSACTION_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

type OfReader = 'reader';

export class ReadersMetrics implements ReaderObserver {
  private readonly registry = new Registry();
  private readonly handled = this.counter('ledger_reader_events_total', 'Events of the log that this process has handled for the reader.');
  private readonly again = this.counter('ledger_reader_resubscribes_total', 'Subscriptions begun anew after an end, an error or silence.');
  private readonly batches = this.histogram('ledger_reader_batch_events', 'Events of a batch.', BATCH_EVENTS);
  private readonly transactions = this.histogram(
    'ledger_reader_transaction_seconds',
    'From begin to commit of a batch.',
    TRANSACTION_SECONDS,
  );
  private readonly lag = this.gauge(
    'ledger_reader_lag_seconds',
    'Age of the last event handled; 0 only when caught up and at the head of the log.',
  );
  private readonly behind = this.gauge(
    'ledger_reader_behind_seconds',
    'For how long a head of the log has been seen that the reader has not reached.',
  );
  private readonly caughtUp = this.gauge('ledger_reader_caught_up', '1 if everything in the log that concerns the reader is handled.');
  private readonly owned = this.gauge('ledger_reader_owned', '1 if some process runs the reader.');
  private readonly parked = this.gauge('ledger_reader_parked_events', 'Events that could not be handled and wait.');
  private readonly parkedAge = this.gauge('ledger_reader_parked_oldest_seconds', 'How long the oldest of them has waited.');
  private readonly rebuilding = this.gauge(
    'ledger_rebuild_percent',
    'How far a rebuild is, by position in the log; absent when none is under way.',
  );
  private readonly up = new Gauge({
    name: 'ledger_readers_up',
    help: '1 if log and database answered this scrape.',
    registers: [this.registry],
  });

  constructor(private readonly sources: MetricsSources) {
    collectDefaultMetrics({ register: this.registry });
  }

  wrote(readers: readonly string[], { events, transactionMs }: { events: number; transactionMs: number }): void {
    for (const reader of readers) {
      this.handled.inc({ reader }, events);
      this.batches.observe({ reader }, events);
      this.transactions.observe({ reader }, transactionMs / 1_000);
    }
  }

  resubscribes(readers: readonly string[]): void {
    for (const reader of readers) this.again.inc({ reader });
  }

  /** In the text format of Prometheus. Never rejects: what cannot be asked is left out, and `ledger_readers_up` is 0. */
  async text(): Promise<string> {
    const answers = Promise.all([this.sources.status(), this.sources.rebuilds()]);
    const known = await inTime(answers);
    for (const gauge of [this.lag, this.behind, this.caughtUp, this.owned, this.parked, this.parkedAge, this.rebuilding]) gauge.reset();
    this.up.set(known ? 1 : 0);
    if (known) this.take(...known);
    return this.registry.metrics();
  }

  private take(readers: readonly ReaderStatus[], rebuilds: readonly RebuildInFigures[]): void {
    for (const { name: reader, ...status } of readers) {
      // Before its first event a reader that is behind has no age.
      this.lag.set({ reader }, status.lagSeconds ?? NaN);
      this.behind.set({ reader }, status.behindSeconds);
      this.caughtUp.set({ reader }, status.caughtUp ? 1 : 0);
      this.owned.set({ reader }, status.owner ? 1 : 0);
      this.parked.set({ reader }, status.parked);
      this.parkedAge.set({ reader }, status.parkedSeconds);
    }
    for (const { projection, percent } of rebuilds) this.rebuilding.set({ reader: projection }, percent);
  }

  private counter(name: string, help: string): Counter<OfReader> {
    return new Counter({ name, help, labelNames: ['reader'], registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge<OfReader> {
    return new Gauge({ name, help, labelNames: ['reader'], registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram<OfReader> {
    return new Histogram({ name, help, labelNames: ['reader'], buckets, registers: [this.registry] });
  }
}

/** Undefined if it fails or takes too long. */
const inTime = async <T>(work: Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), SOURCES_TIMEOUT_MS)));
  try {
    return await Promise.race([work.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
};
