/** Whether two tables of one projection have the same rows, and if not, where they part. */
import type { PoolClient } from 'pg';
import type { ReaderKey } from '../checkpoints.js';
import type { Kept } from './copies.js';

interface Extent {
  readonly rows: number;
  /** Sum of the rows' hashes, which does not depend on their order. */
  readonly checksum: string;
  readonly parked: number;
  /** The same of the parked events with their rows. */
  readonly parkedChecksum: string;
}

interface DifferentRow {
  readonly rowKey: string;
  /** The columns whose values differ, with both; all of them if the row is in one table only. */
  readonly live: Readonly<Record<string, unknown>> | null;
  readonly rebuilt: Readonly<Record<string, unknown>> | null;
}

/** What was found at one position of the log. */
export interface Difference {
  readonly position: string;
  readonly live: Extent;
  readonly rebuilt: Extent;
  readonly differentRows: number;
  /** By row key; at most 10. */
  readonly first: readonly DifferentRow[];
}

const SHOWN_MAX = 10;

const extentOf = async (client: PoolClient, { name, row }: { name: string; row: string }, key: ReaderKey): Promise<Extent> => {
  const { rows } = await client.query<Extent>(
    `select count(*)::int as rows, coalesce(sum(hashtextextended(${row}::text, 0)::numeric), 0)::text as checksum,
       (select count(*)::int from engine.projection_parked where projection = $1 and version = $2) as parked,
       (select coalesce(sum(hashtextextended(row_key || ' ' || event_id, 0)::numeric), 0)::text
        from engine.projection_parked where projection = $1 and version = $2) as "parkedChecksum"
     from ${name} t`,
    [key.reader, key.version],
  );
  const [extent] = rows;
  if (!extent) throw new Error(`${name} could not be counted`);
  return extent;
};

/** The columns by name, so that two tables are compared alike whatever order they were made with. */
const rowOf = async (client: PoolClient, tableName: string): Promise<string> => {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg('t.' || quote_ident(column_name), ', ' order by column_name) as columns
     from information_schema.columns where table_schema = 'read' and table_name = $1`,
    [tableName],
  );
  return `row(${rows[0]?.columns ?? ''})`;
};

type Json = Record<string, unknown>;

/** Both rows without what they have in common. */
const parted = ({ key, live, rebuilt }: { key: string; live: Json | null; rebuilt: Json | null }): DifferentRow => {
  if (!live || !rebuilt) return { rowKey: key, live, rebuilt };
  const names = Object.keys(live).filter((name) => JSON.stringify(live[name]) !== JSON.stringify(rebuilt[name]));
  const only = (row: Json): Json => Object.fromEntries(names.map((name) => [name, row[name]]));
  return { rowKey: key, live: only(live), rebuilt: only(rebuilt) };
};

/**
 * Compares the live table with the one that was built as the session's snapshot shows them; both must stand at `position` in it.
 * @param everyRow compares byte for byte also when counts and checksums agree
 * @returns undefined if there is no difference
 */
export async function compare(
  client: PoolClient,
  copies: { readonly live: Kept; readonly rebuilt: Kept },
  { position, everyRow }: { position: bigint; everyRow: boolean },
): Promise<Difference | undefined> {
  const row = await rowOf(client, copies.live.table.tableName);
  const live = await extentOf(client, { name: copies.live.table.name, row }, copies.live.fold.key);
  const rebuilt = await extentOf(client, { name: copies.rebuilt.table.name, row }, copies.rebuilt.fold.key);
  const same =
    live.rows === rebuilt.rows &&
    live.checksum === rebuilt.checksum &&
    live.parked === rebuilt.parked &&
    live.parkedChecksum === rebuilt.parkedChecksum;
  if (same && !everyRow) return undefined;
  const key = copies.live.table.keyName;
  const side = (name: string): string => `(select t.${key} as key, ${row}::text as bytes, to_jsonb(t) as shown from ${name} t)`;
  const { rows } = await client.query<{ key: string; live: Json | null; rebuilt: Json | null; total: number }>(
    `select key, l.shown as live, s.shown as rebuilt, count(*) over ()::int as total
     from ${side(copies.live.table.name)} l full join ${side(copies.rebuilt.table.name)} s using (key)
     where l.bytes is distinct from s.bytes order by key collate "C" limit ${SHOWN_MAX}`,
  );
  if (same && rows.length === 0) return undefined;
  return { position: String(position), live, rebuilt, differentRows: rows[0]?.total ?? 0, first: rows.map(parted) };
}
