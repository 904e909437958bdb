/** Tables of a read model's versions from before this release's, which nobody reads once the earlier release is gone. */
import type { PoolClient } from 'pg';
import type { ReaderKey } from '../checkpoints.js';
import { projectionLease } from '../projection-engine.js';

const TABLES = `select tablename as name, substring(tablename from '_v([0-9]+)')::int as version from pg_tables
  where schemaname = 'read' and tablename ~ ('^' || $1 || '_v[0-9]+(_old|_shadow)?$') order by 1`;

const HELD = `select version from unnest($1::text[], $2::int[]) as r(lease, version)
  where exists (select 1 from engine.lease l where l.name = r.lease and l.lease_until > clock_timestamp())`;

/** Everything the engine has of these versions, whichever copy it is of. */
const FORGET = [
  `delete from engine.checkpoint where split_part(reader, '@', 1) = $1 and version = any($2)`,
  `delete from engine.projection_parked where split_part(projection, '@', 1) = $1 and version = any($2)`,
  'delete from engine.rebuild where projection = $1 and version = any($2)',
];

/** Removes them with their checkpoints, but for versions that a running process still keeps up. @returns the tables, with their schema */
export async function dropEarlierVersions(client: PoolClient, { reader, version }: ReaderKey): Promise<string[]> {
  const { rows } = await client.query<{ name: string; version: number }>(TABLES, [reader.replaceAll('-', '_')]);
  const versions = [...new Set(rows.map((row) => row.version))].filter((earlier) => earlier < version);
  const leases = versions.map((earlier) => projectionLease({ reader, version: earlier }));
  const held = (await client.query<{ version: number }>(HELD, [leases, versions])).rows.map((row) => row.version);
  const gone = versions.filter((earlier) => !held.includes(earlier));
  const tables = rows.filter((row) => gone.includes(row.version)).map(({ name }) => `read.${name}`);
  for (const table of tables) await client.query(`drop table ${table}`);
  for (const forget of FORGET) await client.query(forget, [reader, gone]);
  return tables;
}
