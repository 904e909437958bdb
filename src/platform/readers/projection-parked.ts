/** Events that a projection could not fold, and those behind them in the same row: `engine.projection_parked`, in log order within a row key. */
import type { Pool, PoolClient } from 'pg';
import type { Recorded } from '../event.js';
import type { ReaderKey } from './checkpoints.js';
import { MemberFailed } from './errors.js';
import type { Parked } from './projection-fold.js';
import { storable } from './stored-event.js';

/** Most row keys of a projection, and most events of a row key, that may be parked; beyond that the projection stops, and only it. */
export interface ParkingLimits {
  readonly keysMax: number;
  readonly eventsPerKeyMax: number;
}
export const PARKING_LIMITS: ParkingLimits = { keysMax: 1_024, eventsPerKeyMax: 1_024 };

/** How many events of each row key are parked. A key with none is about to have one. */
export type ParkedCounts = Map<string, number>;

export async function parkedCountsOf(pool: Pool, { reader, version }: ReaderKey): Promise<ParkedCounts> {
  const { rows } = await pool.query<{ row_key: string; events: number }>(
    'select row_key, count(*)::int as events from engine.projection_parked where projection = $1 and version = $2 group by row_key',
    [reader, version],
  );
  return new Map(rows.map(({ row_key, events }) => [row_key, events]));
}

/** Counts as they will be with these events. @throws MemberFailed if that is too many */
export function countsWith(
  { reader }: ReaderKey,
  counts: ParkedCounts,
  ...[parked, { keysMax, eventsPerKeyMax }]: [readonly Parked[], ParkingLimits]
): ParkedCounts {
  const after = new Map(counts);
  for (const { rowKey } of parked) after.set(rowKey, (after.get(rowKey) ?? 0) + 1);
  const crowded = [...after].find(([, events]) => events > eventsPerKeyMax);
  if (crowded)
    throw new MemberFailed(reader, `more than ${eventsPerKeyMax} events of the row ${crowded[0]} would be parked; it stops here`);
  if (after.size > keysMax) throw new MemberFailed(reader, `more than ${keysMax} rows would have parked events; it stops here`);
  return after;
}

/** An event as JSON text, byte for byte, with its position in text; PostgreSQL's json takes what jsonb and text refuse. */
const asJson = ({ position, ...event }: Recorded): string =>
  JSON.stringify({ ...event, position: { commit: String(position.commit), prepare: String(position.prepare) } });

export async function insertParked(client: PoolClient, { reader, version }: ReaderKey, parked: readonly Parked[]): Promise<void> {
  if (parked.length === 0) return;
  await client.query(
    `insert into engine.projection_parked (projection, version, row_key, position, event_id, event_type, event, error)
     select $1, $2, p.row_key, p.position, p.event_id, p.event_type, p.event::json, p.error
     from unnest($3::text[], $4::numeric[], $5::text[], $6::text[], $7::text[], $8::text[]) as p(row_key, position, event_id, event_type, event, error)
     on conflict do nothing`,
    [
      reader,
      version,
      parked.map(({ rowKey }) => rowKey),
      parked.map(({ event }) => String(event.position.commit)),
      parked.map(({ event }) => event.id),
      parked.map(({ event }) => storable(event.type)),
      parked.map(({ event }) => asJson(event)),
      parked.map(({ error }) => storable(error)),
    ],
  );
}

interface StoredRow {
  event: Omit<Recorded, 'position'> & { position: { commit: string; prepare: string } };
}

/** The parked events of one row key, oldest first. */
export async function parkedEventsOf(client: PoolClient, { reader, version }: ReaderKey, rowKey: string): Promise<Recorded[]> {
  const { rows } = await client.query<StoredRow>(
    'select event from engine.projection_parked where projection = $1 and version = $2 and row_key = $3 order by position',
    [reader, version, rowKey],
  );
  return rows.map(({ event }) => ({
    ...event,
    position: { commit: BigInt(event.position.commit), prepare: BigInt(event.position.prepare) },
  }));
}

/** Forgets the parked events of a row key that stand before a position, or all, and says why the first of the others still waits. */
export async function unpark(
  client: PoolClient,
  { reader, version }: ReaderKey,
  ...[rowKey, waiting]: [string, { readonly position: bigint; readonly error: string } | undefined]
): Promise<void> {
  await client.query(
    'delete from engine.projection_parked where projection = $1 and version = $2 and row_key = $3 and ($4::numeric is null or position < $4)',
    [reader, version, rowKey, waiting ? String(waiting.position) : null],
  );
  if (!waiting) return;
  await client.query(
    'update engine.projection_parked set error = $5 where projection = $1 and version = $2 and row_key = $3 and position = $4',
    [reader, version, rowKey, String(waiting.position), storable(waiting.error)],
  );
}
