/** Writes one batch: rows, parked events and checkpoints of all its projections in one transaction. */
import type { Pool, PoolClient } from 'pg';
import type { Recorded } from '../event.js';
import { moveCheckpoints, type Move } from './checkpoints.js';
import { isPoison, messageOf } from './errors.js';
import { isBefore, type Position } from './log-reader.js';
import type { Fold } from './projection-definition.js';
import { foldRow, parkFrom, sortByKey, type FoldedRow, type KeyedEvents, type Parked, type Standing } from './projection-fold.js';
import type { ProjectionTable } from './projection-table.js';
import { inTransaction } from './sessions.js';
import { parkedJson, storable } from './stored-event.js';

/** One projection as its owner sees it. */
export interface Member {
  readonly fold: Fold;
  readonly table: ProjectionTable;
  readonly epoch: number;
  /** Of the table, as it was when this member began. */
  generation: number;
  position: Position | undefined;
  parkedKeys: Set<string>;
}

/** Before its checkpoint has been read. */
export const memberOf = (known: Pick<Member, 'fold' | 'table' | 'epoch'>): Member => ({
  ...known,
  generation: 0,
  position: undefined,
  parkedKeys: new Set<string>(),
});

export interface Writing {
  readonly pool: Pool;
  readonly owner: string;
  readonly logId: string;
}

/** What one projection is to write. */
interface Plan {
  readonly member: Member;
  readonly keyed: ReadonlyMap<string, Recorded[]>;
  readonly standing: ReadonlyMap<string, Standing>;
  readonly folded: readonly FoldedRow[];
  readonly parked: readonly Parked[];
}

const NOWHERE: Position = { commit: -1n, prepare: -1n };

/** True if the projection has not come this far yet. */
const isNew = (member: Member, position: Position): boolean => isBefore(member.position ?? NOWHERE, position);

/**
 * Folds and commits a batch and moves the members to its end. Data that PostgreSQL refuses parks its row; any other failure leaves everything
 * as it was and rejects. @throws LeaseLost
 */
export async function writeBatch(
  writing: Writing,
  members: readonly Member[],
  batch: { events: readonly Recorded[]; to: Position },
): Promise<void> {
  const moving = members.filter((member) => isNew(member, batch.to));
  if (moving.length === 0) return;
  const plans = await Promise.all(moving.map((member) => plan(writing.pool, member, batch.events)));
  const last = batch.events.at(-1);
  const move: Move = {
    logId: writing.logId,
    to: batch.to,
    lastEvent: last && { commit: last.position.commit, at: last.metadata?.occurredAt ?? '' },
    readers: moving.map(({ fold, epoch, generation, position }) => ({ key: fold.key, epoch, generation, position })),
  };
  const commit = (write: (client: PoolClient, one: Plan) => Promise<readonly Parked[]>): Promise<void> =>
    inTransaction(writing.pool, writing.owner, async (client) => {
      for (const one of plans) await insertParked(client, one.member, await write(client, one));
      await moveCheckpoints(client, move);
    });
  try {
    await commit(writeAtOnce);
  } catch (error) {
    if (!isPoison(error)) throw error;
    await commit(writeOneByOne);
  }
  for (const member of moving) member.position = batch.to;
}

async function plan(pool: Pool, member: Member, events: readonly Recorded[]): Promise<Plan> {
  const fresh = events.filter(({ position }) => isNew(member, position));
  const { keyed, parked } = sortByKey(member.fold, fresh, member.parkedKeys);
  const standing = await member.table.load(pool, [...keyed.keys()]);
  const folded = [...keyed].map(([rowKey, own]) => foldRow(member.fold, { rowKey, events: own }, standing.get(rowKey)));
  return { member, keyed, standing, folded, parked };
}

/** The usual way: one upsert and one removal per table. */
async function writeAtOnce(client: PoolClient, { member, standing, folded, parked }: Plan): Promise<readonly Parked[]> {
  await writeRows(client, member.table, folded, standing);
  return [...folded.flatMap((row) => row.parked), ...parked];
}

async function writeRows(
  client: PoolClient,
  table: ProjectionTable,
  ...[folded, standing]: [readonly FoldedRow[], ReadonlyMap<string, Standing>]
): Promise<void> {
  const changed = folded.flatMap(({ rowKey, after, position }) => (position === undefined ? [] : [{ rowKey, after, position }]));
  await table.upsert(
    client,
    changed.flatMap(({ rowKey, after, position }) => (after ? [{ rowKey, row: after, position }] : [])),
  );
  await table.remove(
    client,
    changed.filter(({ rowKey, after }) => !after && standing.has(rowKey)),
  );
}

/** The careful way, once a statement was refused for its data: finds the very event after which a row cannot be stored. */
async function writeOneByOne(client: PoolClient, { member, keyed, standing, parked }: Plan): Promise<readonly Parked[]> {
  const found: Parked[] = [];
  for (const [rowKey, events] of keyed) found.push(...(await writeCarefully({ client, member }, { rowKey, events }, standing.get(rowKey))));
  return [...found, ...parked];
}

async function writeCarefully(
  { client, member }: { client: PoolClient; member: Member },
  { rowKey, events }: KeyedEvents,
  before: Standing | undefined,
): Promise<readonly Parked[]> {
  let standing = before;
  for (const [index, event] of events.entries()) {
    const folded = foldRow(member.fold, { rowKey, events: [event] }, standing);
    const error =
      folded.parked[0]?.error ??
      (await refusalOf(client, () => writeRows(client, member.table, [folded], new Map(standing ? [[rowKey, standing]] : []))));
    if (error !== undefined) return parkFrom({ rowKey, events: events.slice(index) }, error);
    if (folded.position !== undefined) standing = folded.after && { row: folded.after, position: folded.position };
  }
  return [];
}

/** Why PostgreSQL refuses the data, after taking back what it may have written; undefined if it does not. */
async function refusalOf(client: PoolClient, write: () => Promise<void>): Promise<string | undefined> {
  await client.query('savepoint one_row');
  try {
    await write();
    await client.query('release savepoint one_row');
    return undefined;
  } catch (error) {
    if (!isPoison(error)) throw error;
    await client.query('rollback to savepoint one_row');
    return messageOf(error);
  }
}

/** In the order of the log within each row key, which is how they must be tried again. */
async function insertParked(client: PoolClient, member: Member, parked: readonly Parked[]): Promise<void> {
  if (parked.length === 0) return;
  for (const { rowKey } of parked) member.parkedKeys.add(rowKey);
  const { reader, version } = member.fold.key;
  await client.query(
    `insert into engine.projection_parked (projection, version, row_key, position, event_id, event_type, event, error)
     select $1, $2, p.row_key, p.position, p.event_id, p.event_type, p.event::jsonb, p.error
     from unnest($3::text[], $4::numeric[], $5::text[], $6::text[], $7::text[], $8::text[]) as p(row_key, position, event_id, event_type, event, error)
     on conflict do nothing`,
    [
      reader,
      version,
      parked.map(({ rowKey }) => storable(rowKey)),
      parked.map(({ event }) => String(event.position.commit)),
      parked.map(({ event }) => event.id),
      parked.map(({ event }) => event.type),
      parked.map(({ event }) => parkedJson(event)),
      parked.map(({ error }) => storable(error)),
    ],
  );
}

/** Row keys of a projection that have parked events. */
export async function parkedKeysOf(pool: Pool, { key }: Fold): Promise<Set<string>> {
  const { rows } = await pool.query<{ row_key: string }>(
    'select distinct row_key from engine.projection_parked where projection = $1 and version = $2',
    [key.reader, key.version],
  );
  return new Set(rows.map(({ row_key }) => row_key));
}
