/** How every reader is doing, measured against the true head of the log; and waiting until read models have come far enough. */
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { setTimeout as delay } from 'node:timers/promises';
import { poolOf } from '../database/data-source.js';
import { readCheckpoints, type ReaderKey } from './checkpoints.js';
import type { LogReader, Position } from './log-reader.js';
import { projectionLease, type LocalState, type ProjectionEngine } from './projection-engine.js';
import { reactorLease, type ReactorEngine } from './reactor-engine.js';

export interface ReaderStatus {
  readonly name: string;
  readonly kind: 'projection' | 'reactor';
  readonly version: number;
  /** Commit position of the checkpoint; undefined before the first. */
  readonly position: bigint | undefined;
  /** Everything in the log that concerns the reader is handled. */
  readonly caughtUp: boolean;
  /** It has been level with the log at some time: of a projection that has not, the table is still being built. */
  readonly built: boolean;
  /** How far through the log it is, 0 to 100; by position, so of bytes rather than of events. */
  readonly percent: number;
  /** Age of the last event handled; 0 at the head; null if nothing was handled yet. */
  readonly lagSeconds: number | null;
  /** For how long a head of the log has been seen (by these looks) that the reader has not reached; 0 when caught up. */
  readonly behindSeconds: number;
  /** The process that runs it; null if none does. */
  readonly owner: string | null;
  readonly epoch: number;
  /** Events parked. */
  readonly parked: number;
  /** How long the oldest of them has waited; 0 if none has. */
  readonly parkedSeconds: number;
  /** Events handled since its first, by whichever process. */
  readonly events: number;
  /** Why it is not getting on; undefined once it does. */
  readonly lastError: string | undefined;
}

export interface ReadersHealthOptions {
  readonly log: LogReader;
  readonly database: DataSource;
  readonly projections: ProjectionEngine;
  readonly reactors: ReactorEngine;
  /** For lag; default the system's clock. */
  readonly now?: () => Date;
}

interface Known extends ReaderKey {
  readonly kind: ReaderStatus['kind'];
  readonly lease: string;
  readonly prefixes: readonly string[];
}

interface Row {
  commit: string | null;
  event: string | null;
  event_at: string | null;
  built: boolean;
  owner: string | null;
  epoch: number;
  parked: number;
  parked_seconds: number;
  events: number;
  last_error: string | null;
}

const STATUS = `
  select c.commit_position as commit, c.event_position as event, c.event_at, c.built_at is not null as built,
    case when l.lease_until > clock_timestamp() then l.owner end as owner, coalesce(l.epoch, 0) as epoch,
    parked.events as parked, parked.seconds as parked_seconds, coalesce(c.events, 0)::double precision as events, c.last_error
  from unnest($1::text[], $2::int[], $3::text[], $4::text[]) with ordinality as r(reader, version, kind, lease, place)
  left join engine.checkpoint c on c.reader = r.reader and c.version = r.version
  left join engine.lease l on l.name = r.lease
  cross join lateral (
    select count(*)::int as events, coalesce(extract(epoch from clock_timestamp() - min(parked_at)), 0)::double precision as seconds
    from (select parked_at from engine.projection_parked p where r.kind = 'projection' and p.projection = r.reader and p.version = r.version
          union all
          select parked_at from engine.reactor_parked p where r.kind = 'reactor' and p.reactor = r.reader) waiting
  ) parked
  order by r.place`;

const POLL_MS = 20;

const percentOf = (position = 0n, head: Position | undefined): number =>
  head && head.commit > 0n ? Math.min(100, Number((position * 1_000n) / head.commit) / 10) : 0;

export class ReadersHealth {
  private readonly pool: Pool;
  private readonly now: () => Date;
  /** One look at the checkpoints serves everybody who waits at that moment. */
  private looking: Promise<ReadonlyMap<string, bigint>> | undefined;
  /** By lease: a head that was seen and that the reader had not reached. */
  private readonly goals = new Map<string, { readonly commit: bigint; readonly seenMs: number }>();

  constructor(private readonly options: ReadersHealthOptions) {
    this.pool = poolOf(options.database);
    this.now = options.now ?? ((): Date => new Date());
  }

  /** Of every reader this code knows, whichever process runs it. Rejects while database or log are away. */
  async status(): Promise<ReaderStatus[]> {
    const known = this.known();
    const local = new Map<string, LocalState>([...this.options.projections.states(), ...this.options.reactors.states()]);
    const heads = new Map<string, Position | undefined>();
    for (const { prefixes } of known) {
      const asked = prefixes.join(' ');
      if (!heads.has(asked)) heads.set(asked, await this.options.log.head(prefixes));
    }
    const { rows } = await this.pool.query<Row>(STATUS, [
      known.map(({ reader }) => reader),
      known.map(({ version }) => version),
      known.map(({ kind }) => kind),
      known.map(({ lease }) => lease),
    ]);
    return known.flatMap((reader, index) => {
      const row = rows[index];
      return row ? [this.statusOf(reader, row, { head: heads.get(reader.prefixes.join(' ')), local: local.get(reader.reader) })] : [];
    });
  }

  /**
   * True once the checkpoints of all these projections are at or beyond a place in the log, whichever process moves them; false after the
   * time given. @param position commit position, as the answer of an append
   */
  async waitUntil(names: readonly string[], position: bigint, timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      if (await this.haveReached(names, position)) return true;
      if (performance.now() + POLL_MS >= deadlineMs) return false;
      await delay(POLL_MS);
    }
  }

  private async haveReached(names: readonly string[], position: bigint): Promise<boolean> {
    const reached = await (this.looking ??= this.positions().finally(() => (this.looking = undefined)));
    return names.every((name) => (reached.get(name) ?? -1n) >= position);
  }

  private async positions(): Promise<ReadonlyMap<string, bigint>> {
    const checkpoints = await readCheckpoints(this.pool, this.options.projections.keys);
    return new Map(checkpoints.map(({ reader, position }) => [reader, position?.commit ?? -1n]));
  }

  private known(): Known[] {
    const { projections, reactors } = this.options;
    return [
      ...projections.keys.map((key) => ({
        ...key,
        kind: 'projection' as const,
        lease: projectionLease(key),
        prefixes: projections.prefixes,
      })),
      ...reactors.all.map(({ name, prefixes }) => ({
        reader: name,
        version: 1,
        kind: 'reactor' as const,
        lease: reactorLease({ name }),
        prefixes,
      })),
    ];
  }

  private statusOf(known: Known, row: Row, { head, local }: { head: Position | undefined; local: LocalState | undefined }): ReaderStatus {
    const position = row.commit === null ? undefined : BigInt(row.commit);
    const caughtUp = !head || (position !== undefined && position >= head.commit);
    return {
      name: known.reader,
      kind: known.kind,
      version: known.version,
      position,
      caughtUp,
      built: row.built,
      percent: caughtUp ? 100 : percentOf(position, head),
      lagSeconds: caughtUp ? 0 : this.ageSeconds(row.event_at),
      behindSeconds: this.behindSeconds(known.lease, position, caughtUp ? undefined : head),
      owner: row.owner,
      epoch: row.epoch,
      parked: row.parked,
      parkedSeconds: row.parked_seconds,
      events: row.events,
      lastError: lastErrorOf(row, local),
    };
  }

  /** Under steady load a reader is never quite at the head; what counts is whether it reaches the heads that were seen. */
  private behindSeconds(lease: string, position: bigint | undefined, missing: Position | undefined): number {
    if (!missing) {
      this.goals.delete(lease);
      return 0;
    }
    const goal = this.goals.get(lease);
    if (goal && (position ?? -1n) < goal.commit) return (performance.now() - goal.seenMs) / 1_000;
    this.goals.set(lease, { commit: missing.commit, seenMs: performance.now() });
    return 0;
  }

  private ageSeconds(iso: string | null): number | null {
    const at = iso === null ? NaN : Date.parse(iso);
    return Number.isNaN(at) ? null : Math.max(0, (this.now().getTime() - at) / 1_000);
  }
}

/** What the process that runs it knows is newer than what is on record. */
const lastErrorOf = ({ last_error }: Row, local: LocalState | undefined): string | undefined =>
  local ? local.lastError : (last_error ?? undefined);
