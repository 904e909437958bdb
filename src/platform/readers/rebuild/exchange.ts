/** One table in the place of another: renamed together with checkpoints and parked events, in the caller's transaction. */
import type { PoolClient } from 'pg';
import type { ReaderKey } from '../checkpoints.js';
import { copyKey, type Copy, type Subject } from './copies.js';

/** How long readers may be made to wait for a rename; then it is given up, and tried again by whoever wanted it. */
const RENAME_LOCK_TIMEOUT_MS = 500;

/** Holds a name while two others change places. */
const NOWHERE = '_moving';

/** Indexes are renamed with their table, so that a later table of the old name finds its index names free. */
async function renameTable(client: PoolClient, from: string, to: string): Promise<void> {
  await client.query(`alter table read."${from}" rename to "${to}"`);
  const { rows } = await client.query<{ indexname: string }>(
    `select indexname from pg_indexes where schemaname = 'read' and tablename = $1 and starts_with(indexname, $2)`,
    [to, `${from}_`],
  );
  for (const { indexname } of rows) await client.query(`alter index read."${indexname}" rename to "${to}${indexname.slice(from.length)}"`);
}

/** Gives what belongs to one reader to another name. The epoch stays with the name, since whoever owns that name goes on owning it. */
async function renameReader(client: PoolClient, from: ReaderKey, to: { key: ReaderKey; epoch: number; generation: number }): Promise<void> {
  // Tables that change places are level with each other, so each is built.
  await client.query(
    'update engine.checkpoint set reader = $3, epoch = $4, generation = $5, built_at = coalesce(built_at, clock_timestamp()) where reader = $1 and version = $2',
    [from.reader, from.version, to.key.reader, to.epoch, to.generation],
  );
  await client.query('update engine.projection_parked set projection = $3 where projection = $1 and version = $2', [
    from.reader,
    from.version,
    to.key.reader,
  ]);
}

interface Owned {
  readonly epoch: number;
  readonly generation: number;
}

/** Makes the row if there is none yet, so that it can be locked and renamed. */
async function ownedOf(client: PoolClient, { reader, version }: ReaderKey): Promise<Owned> {
  await client.query('insert into engine.checkpoint (reader, version, epoch) values ($1, $2, 0) on conflict do nothing', [reader, version]);
  const { rows } = await client.query<Owned>(
    'select epoch, generation from engine.checkpoint where reader = $1 and version = $2 for update',
    [reader, version],
  );
  return rows[0] ?? { epoch: 0, generation: 0 };
}

/** Removes a table with its checkpoint and parked events. Nothing happens if it is not there. */
export async function dropCopy(client: PoolClient, subject: Subject, copy: Copy): Promise<void> {
  const { reader, version } = copyKey(subject.key, copy);
  await client.query(`drop table if exists ${subject[copy].table.name}`);
  await client.query('delete from engine.checkpoint where reader = $1 and version = $2', [reader, version]);
  await client.query('delete from engine.projection_parked where projection = $1 and version = $2', [reader, version]);
}

/** Whether a table from before the last swap is kept. */
export async function hasOld(client: Pick<PoolClient, 'query'>, subject: Subject): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [subject.old.table.name]);
  return rows[0]?.found === true;
}

/** The table from before the last swap, as an operator sees it. */
export interface OldTable {
  readonly kept: boolean;
  /** Where (commit position, as text) and why it follows the log no more; null while it does. */
  readonly stopped: { readonly position: string | null; readonly error: string } | null;
}

export async function oldTableOf(client: Pick<PoolClient, 'query'>, { old }: Subject): Promise<OldTable> {
  const { rows } = await client.query<{ kept: boolean; position: string | null; error: string | null }>(
    `select to_regclass($1) is not null as kept, c.commit_position::text as position, c.last_error as error
     from (select) one left join engine.checkpoint c on c.reader = $2 and c.version = $3`,
    [old.table.name, old.fold.key.reader, old.fold.key.version],
  );
  const { kept = false, position = null, error = null } = rows[0] ?? {};
  return { kept, stopped: error === null ? null : { position, error } };
}

/** The shadow becomes the table that is read, the one that was becomes the old one; an old one from before that goes. */
export async function swapIn(client: PoolClient, subject: Subject): Promise<void> {
  const { live, shadow, old } = subject;
  await client.query(`set local lock_timeout = ${RENAME_LOCK_TIMEOUT_MS}`);
  // Tables before checkpoints, as whoever follows them locks them: the other way round the two would wait for each other.
  if (await hasOld(client, subject)) await client.query(`lock table ${old.table.name} in access exclusive mode`);
  const owned = await ownedOf(client, live.fold.key);
  const before = await ownedOf(client, old.fold.key);
  await dropCopy(client, subject, 'old');
  await renameTable(client, live.table.tableName, old.table.tableName);
  await renameTable(client, shadow.table.tableName, live.table.tableName);
  const generation = Math.max(owned.generation, before.generation) + 1;
  await renameReader(client, live.fold.key, { key: old.fold.key, epoch: before.epoch, generation });
  await renameReader(client, shadow.fold.key, { key: live.fold.key, epoch: owned.epoch, generation });
}

/** The table that is read and the old one change places. */
export async function swapBack(client: PoolClient, subject: Subject): Promise<void> {
  const { live, old } = subject;
  await client.query(`set local lock_timeout = ${RENAME_LOCK_TIMEOUT_MS}`);
  await client.query(`lock table ${live.table.name}, ${old.table.name} in access exclusive mode`);
  const owned = await ownedOf(client, live.fold.key);
  const before = await ownedOf(client, old.fold.key);
  const generation = Math.max(owned.generation, before.generation) + 1;
  const aside = `${live.table.tableName}${NOWHERE}`;
  const asideKey = { ...live.fold.key, reader: `${live.fold.key.reader}@moving` };
  await renameTable(client, live.table.tableName, aside);
  await renameTable(client, old.table.tableName, live.table.tableName);
  await renameTable(client, aside, old.table.tableName);
  await renameReader(client, live.fold.key, { key: asideKey, epoch: before.epoch, generation });
  await renameReader(client, old.fold.key, { key: live.fold.key, epoch: owned.epoch, generation });
  await renameReader(client, asideKey, { key: old.fold.key, epoch: before.epoch, generation });
}
