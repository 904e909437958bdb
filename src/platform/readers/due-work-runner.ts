/** Takes what may be due, one taker for each thing at a time, and hands it to its kind's handler with no transaction open. */
import type { DataSource } from 'typeorm';
import type { Pool } from 'pg';
import { poolOf } from '../database/data-source.js';
import { messageOf } from './errors.js';
import type { Leases } from './leases.js';
import { backoffMs, pause } from './pacing.js';

export interface DueWork {
  readonly kind: string;
  readonly id: string;
  readonly dueAt: Date;
}

/** Does what really is due; answers when to look again although nothing was recorded, or null. */
export type DueWorkHandler = (id: string) => Promise<Date | null>;

export interface DueWorkOptions {
  readonly database: DataSource;
  readonly leases: Leases;
  /** What may be due at a time, oldest first: only a hint. */
  readonly due: (now: Date, limit: number) => Promise<DueWork[]>;
  readonly handlers: Readonly<Record<string, DueWorkHandler>>;
  readonly now: () => Date;
  /** Default 250 ms. */
  readonly everyMs?: number;
  readonly report?: (message: string) => void;
}

const LEASE = 'due-work';
const EVERY_MS = 250;
const CONCURRENCY = 8;
const HINTS_MAX = 64;
/** A claim outlives its taker by this; a call to the panel may take most of a minute. */
const CLAIM_SECONDS = 60;
const BACKOFF = { firstMs: 500, mostMs: 60_000 };

const CLAIM = `
  insert into engine.claims as c (kind, id, owner, lease_until)
  values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
  on conflict (kind, id) do update
    set owner = excluded.owner, lease_until = excluded.lease_until, claimed_at = clock_timestamp(), not_before = null, attempts = c.attempts + 1
    where c.owner <> excluded.owner and c.lease_until < clock_timestamp() or c.not_before is not null and c.not_before <= clock_timestamp()
  returning attempts`;

const PUT_OFF = `
  update engine.claims
  set lease_until = clock_timestamp(), not_before = clock_timestamp() + $4 * interval '1 ms', attempts = $5, last_error = $6
  where kind = $1 and id = $2 and owner = $3`;

export class DueWorkRunner {
  private readonly pool: Pool;
  private readonly busy = new Map<string, Promise<void>>();
  private stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private epoch: number | undefined;
  private poke: () => void = () => undefined;

  constructor(private readonly options: DueWorkOptions) {
    this.pool = poolOf(options.database);
  }

  start(): void {
    this.stopping = new AbortController();
    this.options.leases.want(LEASE, {
      acquired: (epoch) => {
        this.epoch = epoch;
      },
      lost: () => {
        this.epoch = undefined;
      },
    });
    this.loop = this.run(this.stopping.signal);
  }

  /** Looks at once, not at the next turn. */
  wake(): void {
    this.poke();
  }

  /** Settles when what is being handled has settled. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await Promise.all(this.busy.values());
    await this.options.leases.giveBack(LEASE);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.epoch !== undefined && this.options.leases.holds(LEASE, this.epoch)) await this.round();
      } catch (error) {
        this.options.report?.(`due work: ${messageOf(error)}`);
      }
      const woken = new AbortController();
      this.poke = () => woken.abort();
      await pause(this.options.everyMs ?? EVERY_MS, AbortSignal.any([signal, woken.signal]));
    }
  }

  private async round(): Promise<void> {
    const hints = await this.options.due(this.options.now(), HINTS_MAX);
    for (const { kind, id } of hints) {
      const key = `${kind}/${id}`;
      if (this.stopping.signal.aborted || this.busy.size >= CONCURRENCY) return;
      if (this.busy.has(key)) continue;
      const attempts = await this.claim(kind, id);
      if (attempts === undefined) continue;
      this.busy.set(
        key,
        this.handle({ kind, id, attempts }).finally(() => this.busy.delete(key)),
      );
    }
  }

  private async claim(kind: string, id: string): Promise<number | undefined> {
    const { rows } = await this.pool.query<{ attempts: number }>(CLAIM, [kind, id, this.options.leases.owner, CLAIM_SECONDS]);
    return rows[0]?.attempts;
  }

  private async handle({ kind, id, attempts }: { kind: string; id: string; attempts: number }): Promise<void> {
    try {
      const again = await this.options.handlers[kind]?.(id);
      if (again) await this.putOff({ kind, id, inMs: again.getTime() - this.options.now().getTime(), attempts: 0, error: null });
      else
        await this.pool.query('delete from engine.claims where kind = $1 and id = $2 and owner = $3', [
          kind,
          id,
          this.options.leases.owner,
        ]);
    } catch (error) {
      this.options.report?.(`${kind} ${id}: ${messageOf(error)}`);
      await this.putOff({ kind, id, inMs: backoffMs(attempts, BACKOFF), attempts, error: messageOf(error) }).catch((failure: unknown) =>
        this.options.report?.(`${kind} ${id}: the claim expires by itself: ${messageOf(failure)}`),
      );
    }
  }

  private async putOff(claim: { kind: string; id: string; inMs: number; attempts: number; error: string | null }): Promise<void> {
    const { kind, id, inMs, attempts, error } = claim;
    await this.pool.query(PUT_OFF, [kind, id, this.options.leases.owner, Math.max(inMs, 0), attempts, error]);
  }
}
