/** Folded rows into their table: all at once, or, where PostgreSQL refuses the data, up to the very event after which a row cannot be stored. */
import type { PoolClient } from 'pg';
import { isDefect, isPoison, MemberFailed, messageOf } from './errors.js';
import type { Recorded } from '../event.js';
import type { Fold } from './projection-definition.js';
import { foldRow, parkFrom, type FoldedRow, type KeyedEvents, type Parked, type Standing } from './projection-fold.js';
import type { ProjectionTable } from './projection-table.js';

/** One read model: how its rows come about and where they stand. */
export interface ReadModel {
  readonly fold: Fold;
  readonly table: ProjectionTable;
}

/** Rows to write, with what they were made from. */
export interface Folded {
  readonly keyed: ReadonlyMap<string, readonly Recorded[]>;
  readonly standing: ReadonlyMap<string, Standing>;
  readonly rows: readonly FoldedRow[];
}

/** Rejects with MemberFailed if the table itself is at fault, which concerns this read model only. */
export async function ofMember<T>({ fold }: ReadModel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDefect(error) ? new MemberFailed(fold.key.reader, messageOf(error)) : error;
  }
}

/** Folds what was sorted by key onto the rows as they stand. */
export const foldAll = (fold: Fold, keyed: Folded['keyed'], standing: Folded['standing']): Folded => ({
  keyed,
  standing,
  rows: [...keyed].map(([rowKey, events]) => foldRow(fold, { rowKey, events }, standing.get(rowKey))),
});

/** What will stand for each of these keys once this is written, and the keys of which it says nothing. */
export function standingAfter(
  { keyed, rows, standing }: Folded,
  rowKeys: readonly string[],
): { known: Map<string, Standing>; unknown: readonly string[] } {
  const wanted = new Set(rowKeys);
  const known = new Map<string, Standing>();
  for (const { rowKey, after, position = standing.get(rowKey)?.position } of rows)
    if (after && position !== undefined && wanted.has(rowKey)) known.set(rowKey, { row: after, position });
  return { known, unknown: rowKeys.filter((rowKey) => !keyed.has(rowKey)) };
}

/** The usual way: one upsert and one removal per table. @returns what the fold could not take */
export async function writeAtOnce(client: PoolClient, { table }: ReadModel, { rows, standing }: Folded): Promise<readonly Parked[]> {
  const changed = rows.flatMap(({ rowKey, after, position }) => (position === undefined ? [] : [{ rowKey, after, position }]));
  await table.upsert(
    client,
    changed.flatMap(({ rowKey, after, position }) => (after ? [{ rowKey, row: after, position }] : [])),
  );
  await table.remove(
    client,
    changed.filter(({ rowKey, after }) => !after && standing.has(rowKey)),
  );
  return rows.flatMap(({ parked }) => parked);
}

/** The last resort, once a statement was refused for data that no column type forbids (a value too long for an index): narrows down from all rows to one row to one event. @returns what cannot be stored */
export async function writeCarefully(client: PoolClient, model: ReadModel, folded: Folded): Promise<readonly Parked[]> {
  if ((await refusalOf(client, () => writeAtOnce(client, model, folded))) === undefined) return folded.rows.flatMap(({ parked }) => parked);
  const found: Parked[] = [];
  for (const [rowKey, events] of folded.keyed)
    found.push(...(await writeKey(client, model, { rowKey, events, before: folded.standing.get(rowKey) })));
  return found;
}

interface KeyToWrite extends KeyedEvents {
  readonly before: Standing | undefined;
}

async function writeKey(client: PoolClient, model: ReadModel, { rowKey, events, before }: KeyToWrite): Promise<readonly Parked[]> {
  const write = async (some: readonly Recorded[], from: Standing | undefined): Promise<{ row: FoldedRow; refusal: string | undefined }> => {
    const standing = new Map(from ? [[rowKey, from]] : []);
    const folded = foldAll(model.fold, new Map([[rowKey, some]]), standing);
    const [row] = folded.rows as [FoldedRow];
    return { row, refusal: await refusalOf(client, () => writeAtOnce(client, model, folded)) };
  };
  const whole = await write(events, before);
  if (whole.refusal === undefined) return whole.row.parked;
  let standing = before;
  for (const [index, event] of events.entries()) {
    const { row, refusal } = await write([event], standing);
    const error = row.parked[0]?.error ?? refusal;
    if (error !== undefined) return parkFrom({ rowKey, events: events.slice(index) }, error);
    if (row.position !== undefined) standing = row.after && { row: row.after, position: row.position };
  }
  return [];
}

/** Why PostgreSQL refuses the data, after taking back what it may have written; undefined if it does not. */
async function refusalOf(client: PoolClient, write: () => Promise<unknown>): Promise<string | undefined> {
  await client.query('savepoint rows');
  try {
    await write();
    await client.query('release savepoint rows');
    return undefined;
  } catch (error) {
    if (!isPoison(error)) throw error;
    await client.query('rollback to savepoint rows');
    return messageOf(error);
  }
}
