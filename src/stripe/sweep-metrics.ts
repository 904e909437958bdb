/** The sweeps in figures for Prometheus, read from the database, so that every process tells the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { SweepRecord, type SweepState } from './sweep-record.js';

/** A scrape is answered without rather than late. */
const READ_TIMEOUT_MS = 3_000;

@Injectable()
export class SweepMetrics {
  private readonly registry = new Registry();
  private readonly succeeded = this.gauge('ledger_stripe_sweep_last_success_timestamp_seconds', 'When a sweep last came to its end.');
  private readonly found = this.gauge('ledger_stripe_sweep_found_events', 'Events that the sweeps found and no webhook had delivered.');
  private readonly failures = this.gauge('ledger_stripe_sweep_failures', 'Sweeps that failed since the last one that did not.');

  constructor(private readonly record: SweepRecord) {}

  /** In the text format of Prometheus; empty before the first sweep, and while the database does not answer. */
  async text(): Promise<string> {
    const late = delay(READ_TIMEOUT_MS, undefined, { ref: false });
    const state: SweepState | undefined = await Promise.race([this.record.read().catch(() => undefined), late]);
    if (!state) return '';
    this.succeeded.set(state.succeededAt === null ? NaN : Date.parse(state.succeededAt) / 1_000);
    this.found.set(state.foundTotal);
    this.failures.set(state.failures);
    return this.registry.metrics();
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }
}
