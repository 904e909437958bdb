/** How far each reader is: one row per (reader, version), which only the holder of its epoch may move, and only from where it thinks it stands. */
import type { Pool, PoolClient } from 'pg';
import { LeaseLost, LogChanged } from './errors.js';
import { isBefore, type LogReader, type Position } from './log-reader.js';
import { pause } from './pacing.js';
import { refuse } from '../refusal.js';
import { storable } from './stored-event.js';

export interface ReaderKey {
  readonly reader: string;
  readonly version: number;
}

export interface Checkpoint extends ReaderKey {
  readonly epoch: number;
  /** Raised whenever another table takes the place of the one this belongs to: what was read from the one before must not be written to it. */
  readonly generation: number;
  readonly logId: string | undefined;
  /** Everything at or before it is done; undefined: nothing yet. */
  readonly position: Position | undefined;
  /** Commit position of the last event that was handled: unlike a filter's checkpoint, it must still be in the log. */
  readonly eventPosition: bigint | undefined;
  /** It has been level with the log, and its table has its indexes. */
  readonly built: boolean;
}

interface Row {
  reader: string;
  version: number;
  epoch: number;
  generation: number;
  log_id: string | null;
  commit_position: string | null;
  prepare_position: string | null;
  event_position: string | null;
  built: boolean;
}

const checkpointOf = (row: Row): Checkpoint => ({
  reader: row.reader,
  version: row.version,
  epoch: row.epoch,
  generation: row.generation,
  logId: row.log_id ?? undefined,
  position:
    row.commit_position === null ? undefined : { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position ?? '0') },
  eventPosition: row.event_position === null ? undefined : BigInt(row.event_position),
  built: row.built,
});

const COLUMNS =
  'reader, version, epoch, generation, log_id, commit_position, prepare_position, event_position, built_at is not null as built';

const CLAIM = `
  insert into engine.checkpoint as c (reader, version, epoch)
  select * from unnest($1::text[], $2::int[], $3::int[])
  on conflict (reader, version) do update set epoch = excluded.epoch where c.epoch <= excluded.epoch
  returning ${COLUMNS}`;

/** Puts the epochs into the checkpoints, so that whoever had them before can move them no more. @throws LeaseLost */
export async function claimCheckpoints(
  pool: Pool | PoolClient,
  readers: readonly (ReaderKey & { epoch: number })[],
): Promise<Checkpoint[]> {
  const columns = [readers.map((r) => r.reader), readers.map((r) => r.version), readers.map((r) => r.epoch)];
  const { rows } = await pool.query<Row>(CLAIM, columns);
  if (rows.length < readers.length) throw new LeaseLost('a later owner has claimed the checkpoint');
  return rows.map(checkpointOf);
}

export interface Move {
  readonly logId: string;
  readonly to: Position;
  /** The last event at or before `to`, if there was one since the last move. */
  readonly lastEvent?: { readonly commit: bigint; readonly at: string } | undefined;
  /** Where each reader stands now, and how many events it has handled to move on. */
  readonly readers: readonly { key: ReaderKey; epoch: number; generation?: number; position: Position | undefined; events: number }[];
}

const MOVE = `
  update engine.checkpoint c
  set commit_position = $1, prepare_position = $2, log_id = $3, moved_at = clock_timestamp(),
      event_position = coalesce($4, c.event_position), event_at = coalesce($5, c.event_at), events = c.events + r.events, last_error = null
  from unnest($6::text[], $7::int[], $8::int[], $9::int[], $10::numeric[], $11::numeric[], $12::int[])
    as r(reader, version, epoch, generation, commit, prepare, events)
  where c.reader = r.reader and c.version = r.version and c.epoch = r.epoch and c.generation = r.generation
    and coalesce(c.log_id, $3) = $3
    and c.commit_position is not distinct from r.commit and c.prepare_position is not distinct from r.prepare`;

/** Compare and set; all or (with the transaction around it) none. @throws LeaseLost if another owner has been there */
export async function moveCheckpoints(client: Pool | PoolClient, { logId, to, lastEvent, readers }: Move): Promise<void> {
  const { rowCount } = await client.query({
    name: 'move checkpoints',
    text: MOVE,
    values: [
      String(to.commit),
      String(to.prepare),
      logId,
      lastEvent ? String(lastEvent.commit) : null,
      lastEvent?.at ?? null,
      readers.map(({ key }) => key.reader),
      readers.map(({ key }) => key.version),
      readers.map(({ epoch }) => epoch),
      readers.map(({ generation = 0 }) => generation),
      readers.map(({ position }) => position && String(position.commit)),
      readers.map(({ position }) => position && String(position.prepare)),
      readers.map(({ events }) => events),
    ],
  });
  if (rowCount !== readers.length)
    throw new LeaseLost(`the checkpoint of ${readers.map(({ key }) => key.reader).join(', ')} was moved by another`);
}

/** Remembers that these readers have been level with the log. */
export async function noteBuilt(pool: Pool, readers: readonly (ReaderKey & { epoch: number })[]): Promise<void> {
  await pool.query(
    `update engine.checkpoint c set built_at = clock_timestamp() from unnest($1::text[], $2::int[], $3::int[]) as r(reader, version, epoch)
     where c.reader = r.reader and c.version = r.version and c.epoch = r.epoch and c.built_at is null`,
    [readers.map((r) => r.reader), readers.map((r) => r.version), readers.map((r) => r.epoch)],
  );
}

/** Leaves word of a failure for other processes, while the readers are still ours; forgotten with the next move. */
export async function noteError(pool: Pool, readers: readonly (ReaderKey & { epoch: number })[], error: string): Promise<void> {
  await pool.query(
    `update engine.checkpoint c set last_error = $4 from unnest($1::text[], $2::int[], $3::int[]) as r(reader, version, epoch)
     where c.reader = r.reader and c.version = r.version and c.epoch = r.epoch`,
    [readers.map((r) => r.reader), readers.map((r) => r.version), readers.map((r) => r.epoch), storable(error)],
  );
}

/** What is on record for these readers. */
export async function readCheckpoints(pool: Pool | PoolClient, readers: readonly ReaderKey[]): Promise<Checkpoint[]> {
  const { rows } = await pool.query<Row>(
    `select ${COLUMNS} from engine.checkpoint where (reader, version) in (select * from unnest($1::text[], $2::int[]))`,
    [readers.map((r) => r.reader), readers.map((r) => r.version)],
  );
  return rows.map(checkpointOf);
}

/**
 * Makes sure that the checkpoints were made from this very log, as far as it goes now.
 * @returns the log's identity
 * @throws LogChanged, or whatever the log throws when it is away
 */
export async function verifyLog(log: LogReader, checkpoints: readonly Checkpoint[]): Promise<string> {
  const identity = await log.logIdentity();
  const other = checkpoints.find(({ logId }) => logId !== undefined && logId !== identity);
  if (other) throw new LogChanged(other.reader, `was made from another event store (first event ${other.logId}, now ${identity})`);
  const known = checkpoints.flatMap((c) => (c.eventPosition === undefined ? [] : [{ reader: c.reader, commit: c.eventPosition }]));
  if (known.length === 0) return identity;
  const head = await log.head();
  const beyond = known.find(({ commit }) => !head || isBefore(head, { commit, prepare: 0n }));
  if (beyond)
    throw new LogChanged(beyond.reader, `has handled an event at ${beyond.commit}, but the log ends at ${head?.commit ?? 'its beginning'}`);
  return identity;
}

/** How long a start waits for a silent event store before it leaves the question to the readers, which ask again. */
const VERIFY_TIMEOUT_MS = 5_000;

/** Rejects with LogChanged if these readers have read another log; an event store that is away is no reason not to start. */
export async function refuseChangedLog(log: LogReader, pool: Pool, readers: readonly ReaderKey[]): Promise<void> {
  const checkpoints = await readCheckpoints(pool, readers);
  const waited = new AbortController();
  const verified = verifyLog(log, checkpoints).catch((error: unknown) => {
    if (error instanceof LogChanged) throw error;
  });
  await Promise.race([verified, pause(VERIFY_TIMEOUT_MS, waited.signal)]).finally(() => waited.abort());
}

/** Leases of processes that live: of one that does not, the lock of its session (`ownerKey` in leases) can be had. */
const RUNNING = `select name from engine.lease where lease_until > clock_timestamp()
  and not pg_try_advisory_xact_lock(hashtextextended('ledger-owner-' || owner, 0)) order by name limit 3`;

/**
 * Makes every reader start from the log's beginning: rows of read models are folded anew, parked items forgotten.
 * @throws Refusal READERS_RUNNING while a process runs any
 */
export async function resetReaders(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(RUNNING);
  if (rows.length > 0)
    throw refuse('READERS_RUNNING', 409, `Readers are running (${rows.map(({ name }) => name).join(', ')}); stop their processes first.`);
  await pool.query(`begin; delete from engine.checkpoint; delete from engine.projection_parked;
    update engine.parked_request set done_at = clock_timestamp(), outcome = 'every reader was reset' where done_at is null; delete from engine.reactor_parked;
    delete from engine.claims; delete from engine.rebuild; drop schema read cascade; create schema read; drop schema if exists read_scratch cascade; commit`);
}
