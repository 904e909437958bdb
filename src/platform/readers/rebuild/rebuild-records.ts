/** What is asked for and how far it is: `engine.rebuild`, one row per (projection, version), which every process may read. */
import type { Pool, PoolClient } from 'pg';
import type { ReaderKey } from '../checkpoints.js';
import type { Difference } from './compare.js';

/** A rebuild is swapped in at its end; a verification only compares. */
export type Purpose = 'swap' | 'verify';
export type RebuildState = 'building' | 'indexing' | 'verifying' | 'swapped' | 'verified' | 'differs' | 'cancelled' | 'failed';

export interface Rebuild {
  readonly projection: string;
  readonly version: number;
  /** Of this run; a later one of the same projection has another. */
  readonly id: string;
  readonly purpose: Purpose;
  readonly state: RebuildState;
  readonly acceptDifferences: boolean;
  /** Who asked for it: an operator's id, or `command-line`. */
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  /** Of the log, 0 to 100. */
  readonly percent: number;
  /** Folded by this run so far. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Null until it can be told. */
  readonly etaSeconds: number | null;
  readonly difference: Difference | null;
  /** Why it is not getting on, or why it failed. */
  readonly lastError: string | null;
}

/** How far a run is, as its process sees it. */
export interface Progress {
  readonly state: RebuildState;
  readonly position: bigint;
  readonly target: bigint;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly etaSeconds: number | null;
  readonly lastError: string | null;
}

/** The copy that a run builds. */
export const targetOf = (purpose: Purpose): 'shadow' | 'scratch' => (purpose === 'verify' ? 'scratch' : 'shadow');

const UNFINISHED: readonly RebuildState[] = ['building', 'indexing', 'verifying'];

export const isFinished = ({ state }: Rebuild): boolean => !UNFINISHED.includes(state);

const COLUMNS = `
  projection, version, id, purpose, state, accept_differences as "acceptDifferences", requested_by as "requestedBy",
  to_char(requested_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "requestedAt",
  to_char(finished_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "finishedAt",
  case when state in ('swapped', 'verified', 'differs') or target_position <= commit_position and commit_position > 0 then 100
       when target_position = 0 then 0
       else floor(1000 * commit_position / target_position) / 10 end::double precision as percent,
  events::double precision as events, events_per_second::double precision as "eventsPerSecond",
  eta_seconds::double precision as "etaSeconds", difference, last_error as "lastError"`;

/** The last run of each of these projections that has had one. */
export async function readRebuilds(pool: Pool | PoolClient, keys: readonly ReaderKey[]): Promise<Rebuild[]> {
  const { rows } = await pool.query<Rebuild>(
    `select ${COLUMNS} from engine.rebuild where (projection, version) in (select * from unnest($1::text[], $2::int[]))`,
    [keys.map(({ reader }) => reader), keys.map(({ version }) => version)],
  );
  return rows;
}

/** Those that somebody should be working on. */
export const readUnfinished = async (pool: Pool, keys: readonly ReaderKey[]): Promise<Rebuild[]> =>
  (await readRebuilds(pool, keys)).filter((rebuild) => !isFinished(rebuild));

export interface Request {
  readonly id: string;
  readonly purpose: Purpose;
  readonly acceptDifferences: boolean;
  readonly by: string;
}

/** Holds the run's record until the end of the transaction. @returns whether it is unfinished */
export async function lockUnfinished(client: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from engine.rebuild where id = $1 and state = any($2) for share', [id, UNFINISHED]);
  return rowCount === 1;
}

/** Puts a run in the place of the one before. */
export async function insertRebuild(client: PoolClient, { reader, version }: ReaderKey, request: Request): Promise<void> {
  await client.query('delete from engine.rebuild where projection = $1 and version = $2', [reader, version]);
  await client.query(
    `insert into engine.rebuild (projection, version, id, purpose, state, accept_differences, requested_by)
     values ($1, $2, $3, $4, 'building', $5, $6)`,
    [reader, version, request.id, request.purpose, request.acceptDifferences, request.by],
  );
}

/** Lets the run before go on, with its table as it is. */
export async function reopenRebuild(client: PoolClient, id: string, acceptDifferences: boolean): Promise<void> {
  await client.query(
    `update engine.rebuild set accept_differences = accept_differences or $2, last_error = null, finished_at = null,
       state = case when state = any($3) then state else 'building' end
     where id = $1`,
    [id, acceptDifferences, UNFINISHED],
  );
}

/** What the run has folded so far is gone. */
export async function restartRebuild(client: PoolClient, id: string): Promise<void> {
  await client.query('update engine.rebuild set events = 0, commit_position = 0 where id = $1', [id]);
}

/** Undefined if the run was cancelled or replaced meanwhile; then there is nothing more to do for it. */
export async function noteProgress(pool: Pool, id: string, progress: Progress): Promise<Rebuild | undefined> {
  const { rows } = await pool.query<Rebuild>(
    `update engine.rebuild set state = $2, commit_position = $3, target_position = greatest(target_position, $4), events = $5,
       events_per_second = $6, eta_seconds = $7, last_error = $8
     where id = $1 and state = any($9) returning ${COLUMNS}`,
    [
      id,
      progress.state,
      String(progress.position),
      String(progress.target),
      progress.events,
      progress.eventsPerSecond,
      progress.etaSeconds,
      progress.lastError,
      UNFINISHED,
    ],
  );
  return rows[0];
}

/** @returns whether it was still unfinished */
export async function finishRebuild(
  pool: Pool | PoolClient,
  id: string,
  end: { state: RebuildState; difference?: Difference | undefined; error?: string },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update engine.rebuild set state = $2, difference = $3, last_error = $4, finished_at = clock_timestamp(), eta_seconds = null
     where id = $1 and state = any($5)`,
    [id, end.state, end.difference ? JSON.stringify(end.difference) : null, end.error ?? null, UNFINISHED],
  );
  return rowCount === 1;
}
