/** Events that a reactor could not handle: kept in `engine.reactor_parked`, in log order within a key, until they succeed. */
import type { Pool, PoolClient } from 'pg';
import type { Recorded } from '../event.js';
import type { Entry } from './reactor-progress.js';
import { parkedJson, storable } from './stored-event.js';

export interface ParkedItem {
  readonly reactor: string;
  readonly key: string;
  /** Commit position in the log. */
  readonly position: bigint;
  readonly eventId: string;
  readonly eventType: string;
  readonly error: string;
  readonly attempts: number;
  readonly parkedAt: Date;
  readonly event: Recorded;
}

interface Row {
  reactor: string;
  item_key: string;
  position: string;
  event_id: string;
  event_type: string;
  error: string;
  attempts: number;
  parked_at: Date;
  event: Omit<Recorded, 'position'> & { position: { commit: string; prepare: string } };
}

const FIRST_RETRY_MS = 1_000;

const itemOf = (row: Row): ParkedItem => ({
  reactor: row.reactor,
  key: row.item_key,
  position: BigInt(row.position),
  eventId: row.event_id,
  eventType: row.event_type,
  error: row.error,
  attempts: row.attempts,
  parkedAt: row.parked_at,
  event: { ...row.event, position: { commit: BigInt(row.event.position.commit), prepare: BigInt(row.event.position.prepare) } },
});

export async function insertParkedItems(client: PoolClient, reactor: string, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const errors = entries.map(({ outcome }) => (outcome.is === 'parked' ? outcome : { error: '', attempts: 0 }));
  await client.query(
    `insert into engine.reactor_parked (reactor, item_key, position, event_id, event_type, event, error, attempts, next_at)
     select $1, p.item_key, p.position, p.event_id, p.event_type, p.event::jsonb, p.error, p.attempts, clock_timestamp() + $2 * interval '1 ms'
     from unnest($3::text[], $4::numeric[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[])
       as p(item_key, position, event_id, event_type, event, error, attempts)
     on conflict do nothing`,
    [
      reactor,
      FIRST_RETRY_MS,
      entries.map(({ key }) => key),
      entries.map(({ event }) => String(event.position.commit)),
      entries.map(({ event }) => event.id),
      entries.map(({ event }) => event.type),
      entries.map(({ event }) => parkedJson(event)),
      errors.map(({ error }) => storable(error)),
      errors.map(({ attempts }) => attempts),
    ],
  );
}

export async function parkedKeysOfReactor(pool: Pool, reactor: string): Promise<Set<string>> {
  const { rows } = await pool.query<{ item_key: string }>('select distinct item_key from engine.reactor_parked where reactor = $1', [
    reactor,
  ]);
  return new Set(rows.map(({ item_key }) => item_key));
}

/** All parked items, of one reactor or of all, oldest first, at most `limit`. */
export async function parkedItems(
  pool: Pool,
  { reactor, limit = 1_000 }: { reactor?: string; limit?: number } = {},
): Promise<ParkedItem[]> {
  const { rows } = await pool.query<Row>(
    'select * from engine.reactor_parked where $1::text is null or reactor = $1 order by parked_at, position limit $2',
    [reactor ?? null, limit],
  );
  return rows.map(itemOf);
}

/** The first item of each key whose time has come. */
export async function dueParkedItems(pool: Pool, reactor: string, limit: number): Promise<ParkedItem[]> {
  const { rows } = await pool.query<Row>(
    `select * from (select distinct on (item_key) * from engine.reactor_parked where reactor = $1 order by item_key, position) first
     where next_at <= clock_timestamp() order by next_at limit $2`,
    [reactor, limit],
  );
  return rows.map(itemOf);
}

/** The next item of a key, whatever its time. */
export async function firstParkedOf(pool: Pool, reactor: string, key: string): Promise<ParkedItem | undefined> {
  const { rows } = await pool.query<Row>(
    'select * from engine.reactor_parked where reactor = $1 and item_key = $2 order by position limit 1',
    [reactor, key],
  );
  return rows[0] && itemOf(rows[0]);
}

export async function deleteParkedItem(pool: Pool, { reactor, key, position }: ParkedItem): Promise<void> {
  await pool.query('delete from engine.reactor_parked where reactor = $1 and item_key = $2 and position = $3', [
    reactor,
    key,
    String(position),
  ]);
}

export async function postponeParkedItem(
  pool: Pool,
  item: ParkedItem,
  { error, afterMs }: { error: string; afterMs: number },
): Promise<void> {
  await pool.query(
    `update engine.reactor_parked set attempts = attempts + 1, error = $4, next_at = clock_timestamp() + $5 * interval '1 ms'
     where reactor = $1 and item_key = $2 and position = $3`,
    [item.reactor, item.key, String(item.position), storable(error), Math.round(afterMs)],
  );
}

/** Makes every parked item due, of one reactor or of all. */
export async function makeParkedDue(pool: Pool, reactor?: string): Promise<void> {
  await pool.query('update engine.reactor_parked set next_at = clock_timestamp() where $1::text is null or reactor = $1', [
    reactor ?? null,
  ]);
}
