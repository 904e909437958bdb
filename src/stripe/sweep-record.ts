/** What is remembered of the sweeps between rounds and processes: the row of `engine.stripe_sweep`. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf } from '../platform/database/data-source.js';

/** Times are ISO-8601 in UTC. */
export interface SweepState {
  /** Unix seconds by Stripe's clock: everything that Stripe made before has been compared. */
  readonly sweptTo: number;
  /** Where the last round of questions about open money ended. */
  readonly askedAfter: string;
  readonly dueAt: string;
  readonly succeededAt: string | null;
  readonly failures: number;
  /** Events that nobody had delivered, of all rounds. */
  readonly foundTotal: number;
}

const READ = `
  select swept_to::float8 as "sweptTo", asked_after as "askedAfter", due_at as "dueAt", succeeded_at as "succeededAt", failures,
         found_total::float8 as "foundTotal"
  from engine.stripe_sweep`;

@Injectable()
export class SweepRecord {
  constructor(private readonly database: DataSource) {}

  /** Undefined before the first round. */
  async read(): Promise<SweepState | undefined> {
    const { rows } = await this.pool.query<SweepState>(READ);
    return rows[0];
  }

  /** The first round begins here; nothing changes when there was one. */
  async begin(sweptTo: number, at: string): Promise<SweepState> {
    await this.pool.query('insert into engine.stripe_sweep (swept_to, due_at) values ($1, $2) on conflict do nothing', [sweptTo, at]);
    const state = await this.read();
    if (!state) throw new Error('engine.stripe_sweep has no row');
    return state;
  }

  /** Never back: of two that sweep at once the one that is further counts. */
  async advance(sweptTo: number): Promise<void> {
    await this.pool.query('update engine.stripe_sweep set swept_to = greatest(swept_to, $1)', [sweptTo]);
  }

  async found(count: number, at: string): Promise<void> {
    const found = 'update engine.stripe_sweep set found_total = found_total + $1, found_last = $1, found_at = $2';
    await this.pool.query(found, [count, at]);
  }

  async askedUntil(askedAfter: string): Promise<void> {
    await this.pool.query('update engine.stripe_sweep set asked_after = $1', [askedAfter]);
  }

  async succeeded(at: string, dueAt: string): Promise<void> {
    await this.pool.query(
      'update engine.stripe_sweep set succeeded_at = $1, due_at = $2, failures = 0, failing_since = null, last_error = null',
      [at, dueAt],
    );
  }

  async failed(at: string, error: string): Promise<void> {
    await this.pool.query(
      'update engine.stripe_sweep set failures = failures + 1, failing_since = coalesce(failing_since, $1), last_error = $2',
      [at, error],
    );
  }

  private get pool(): ReturnType<typeof poolOf> {
    return poolOf(this.database);
  }
}
