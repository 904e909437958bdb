/** Who runs which reader. One row per lease, judged by the database's clock; every taker raises the epoch, which fences the one before. */
import type { Pool, PoolClient } from 'pg';
import { newId } from '../ids.js';
import { messageOf } from './errors.js';
import { writerName } from './sessions.js';

export interface LeaseOptions {
  /** How long a lease holds without being renewed; default 6,000 ms. */
  readonly ttlMs?: number;
  /** How often leases are renewed and missing ones asked for; default 1,000 ms. */
  readonly everyMs?: number;
  readonly log?: (message: string) => void;
}

export interface Wanted {
  readonly acquired: (epoch: number) => void;
  readonly lost: () => void;
}

interface Held {
  readonly epoch: number;
  /** By this process's own clock, which runs on when the database is away. */
  validUntilMs: number;
}

const TTL_MS = 6_000;
const EVERY_MS = 1_000;

/** An owner's session holds a lock of its own: when that can be had by another, the owner's process is gone and need not be waited for. */
export const ownerKey = (parameter: string): string => `hashtextextended('ledger-owner-' || ${parameter}, 0)`;

const ACQUIRE = `
  with before as (select owner from engine.lease where name = $1)
  insert into engine.lease as l (name, owner, epoch, lease_until, taken_at)
  values ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms', clock_timestamp())
  on conflict (name) do update
    set owner = excluded.owner, epoch = l.epoch + 1, lease_until = excluded.lease_until, taken_at = excluded.taken_at
    where l.lease_until < clock_timestamp() or l.owner = excluded.owner or pg_try_advisory_xact_lock(${ownerKey('l.owner')})
  returning epoch, (select owner from before) as loser`;

const RENEW = `
  update engine.lease l set lease_until = clock_timestamp() + $3 * interval '1 ms'
  from unnest($2::text[], $4::int[]) as mine(name, epoch)
  where l.owner = $1 and l.name = mine.name and l.epoch = mine.epoch
  returning l.name`;

export class Leases {
  /** This process, for as long as it runs. */
  readonly owner = newId();
  private readonly wanted = new Map<string, Wanted>();
  private readonly held = new Map<string, Held>();
  private readonly ttlMs: number;
  private readonly everyMs: number;
  private readonly log: (message: string) => void;
  private session: PoolClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> = Promise.resolve();
  private running = false;

  constructor(
    private readonly pool: Pool,
    { ttlMs = TTL_MS, everyMs = EVERY_MS, log = () => undefined }: LeaseOptions = {},
  ) {
    this.ttlMs = ttlMs;
    this.everyMs = everyMs;
    this.log = log;
  }

  /** Asks for a lease from now on. `acquired` and `lost` are told in turn; neither may throw. */
  want(name: string, told: Wanted): void {
    this.wanted.set(name, told);
    if (this.running) this.schedule(0);
  }

  /** Gives one lease back and asks for it no more. Its `lost` is not called. */
  async giveBack(name: string): Promise<void> {
    this.wanted.delete(name);
    // In turn with the renewals: one that is under way would extend what is being given back.
    this.ticking = this.ticking.then(async () => {
      if (!this.wanted.has(name) && this.held.delete(name)) await this.release([name]);
    });
    await this.ticking;
  }

  /** True while nobody else can have the lease with this epoch: what to ask immediately before acting outside. */
  holds(name: string, epoch: number): boolean {
    const held = this.held.get(name);
    return held?.epoch === epoch && performance.now() < held.validUntilMs;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.schedule(0);
  }

  /** Gives every lease back, so that another process need not wait. */
  async stop(): Promise<void> {
    this.running = false;
    clearTimeout(this.timer);
    await this.ticking;
    const names = [...this.held.keys()];
    this.held.clear();
    this.wanted.clear();
    await this.release(names);
    this.session?.release(true);
    this.session = undefined;
  }

  private async release(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    try {
      const back = 'update engine.lease set lease_until = clock_timestamp() where owner = $1 and name = any($2)';
      await this.pool.query(back, [this.owner, names]);
    } catch (error) {
      this.log(`leases could not be given back and will expire: ${messageOf(error)}`);
    }
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.ticking = this.ticking.then(() => this.tick());
    }, delayMs);
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    if (!this.running) return;
    try {
      const session = (this.session ??= await this.open());
      await this.renew(session);
      for (const name of this.wanted.keys()) if (!this.held.has(name)) await this.acquire(session, name);
    } catch (error) {
      this.log(`leases: ${messageOf(error)}`);
      this.session?.release(true);
      this.session = undefined;
    }
    this.dropExpired();
    if (this.running) this.schedule(this.everyMs);
  }

  private async open(): Promise<PoolClient> {
    const client = await this.pool.connect();
    client.on('error', (error) => this.log(`the leases' session broke: ${messageOf(error)}`));
    try {
      await client.query(`select pg_advisory_lock(${ownerKey('$1')})`, [this.owner]);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private async renew(session: PoolClient): Promise<void> {
    if (this.held.size === 0) return;
    const askedAtMs = performance.now();
    const names = [...this.held.keys()];
    const epochs = [...this.held.values()].map(({ epoch }) => epoch);
    const { rows } = await session.query<{ name: string }>(RENEW, [this.owner, names, this.ttlMs, epochs]);
    const renewed = new Set(rows.map(({ name }) => name));
    for (const name of names) {
      const held = this.held.get(name);
      if (held && renewed.has(name)) held.validUntilMs = askedAtMs + this.ttlMs;
      else if (held) this.lose(name);
    }
  }

  private async acquire(session: PoolClient, name: string): Promise<void> {
    const askedAtMs = performance.now();
    const { rows } = await session.query<{ epoch: number; loser: string | null }>(ACQUIRE, [name, this.owner, this.ttlMs]);
    const [row] = rows;
    if (!row) return;
    if (row.loser && row.loser !== this.owner) await this.endTransactionsOf(session, row.loser);
    this.held.set(name, { epoch: row.epoch, validUntilMs: askedAtMs + this.ttlMs });
    this.wanted.get(name)?.acquired(row.epoch);
  }

  /** A stopped process may hold locks in the middle of a transaction; it has nothing to say any more. */
  private async endTransactionsOf(session: PoolClient, loser: string): Promise<void> {
    await session.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [writerName(loser)]);
  }

  private dropExpired(): void {
    for (const [name, held] of this.held) if (performance.now() >= held.validUntilMs) this.lose(name);
  }

  private lose(name: string): void {
    this.held.delete(name);
    this.log(`the lease ${name} was lost`);
    this.wanted.get(name)?.lost();
  }
}
