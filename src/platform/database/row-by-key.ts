/** One row of a read model by its key: what is asked while somebody waits for an answer, by a statement that sessions keep prepared. */
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { poolOf } from './data-source.js';

/** The row as the entity describes it; undefined if there is none. TypeORM makes up a statement for each question, which takes longer than the answer. */
export async function rowByKey<R extends ObjectLiteral>(
  database: DataSource,
  entity: EntityTarget<R>,
  key: string,
): Promise<R | undefined> {
  const { tablePath, columns, primaryColumns } = database.getMetadata(entity);
  const listed = columns.map(({ databaseName, propertyName }) => `"${databaseName}" as "${propertyName}"`).join(', ');
  const text = `select ${listed} from ${tablePath} where "${primaryColumns[0]?.databaseName}" = $1`;
  const { rows } = await poolOf(database).query<R>({ name: `row of ${tablePath}`, text, values: [key] });
  return rows[0];
}
