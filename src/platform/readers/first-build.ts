/** A table is filled without its indexes, which is faster; they are made when it is level with the log for the first time. */
import type { DataSource } from 'typeorm';
import { patiently } from '../database/patiently.js';
import { isPoison, LeaseLost, messageOf } from './errors.js';
import type { Member, Writing } from './projection-writer.js';
import { inTransaction } from './sessions.js';

/**
 * Makes the indexes; takes as long as it takes, or until the signal.
 * @throws if one of them cannot take a row: then the table is begun anew with its indexes, and the row's event is found, and parked, where that is written
 */
export async function finishFirstBuild(
  { database, writing }: { database: DataSource; writing: Writing },
  member: Member,
  signal: AbortSignal,
): Promise<void> {
  const { table, fold } = member;
  try {
    await patiently(database, signal, async (pool) => {
      await table.createIndexes(pool);
      await pool.query(`analyze ${table.name}`);
    });
  } catch (error) {
    if (!isPoison(error)) throw error;
    await beginAnew(writing, member);
    throw new Error(`${fold.key.reader} is begun anew with its indexes, one of which cannot take a row: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function beginAnew({ pool, owner }: Writing, { table, fold, epoch }: Member): Promise<void> {
  const { reader, version } = fold.key;
  await inTransaction(pool, { owner }, async (client) => {
    await client.query(`truncate ${table.name}`);
    await table.createIndexes(client);
    await client.query('delete from engine.projection_parked where projection = $1 and version = $2', [reader, version]);
    const { rowCount } = await client.query(
      `update engine.checkpoint set commit_position = null, prepare_position = null, event_position = null, events = 0
       where reader = $1 and version = $2 and epoch = $3`,
      [reader, version, epoch],
    );
    if (rowCount !== 1) throw new LeaseLost(`a later owner has claimed ${reader}`);
  });
}
