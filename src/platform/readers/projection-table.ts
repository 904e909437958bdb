/** The table of one read model, made and written by the engine alone: set-based statements built once from the entity. */
import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityMetadata, EntityTarget } from 'typeorm';
import type { ReaderKey } from './checkpoints.js';
import type { Row } from './projection-definition.js';
import type { Standing } from './projection-fold.js';

/** Column types whose values come back from PostgreSQL as the fold made them (`numeric` and `bigint` as strings). */
const TYPES = ['text', 'integer', 'smallint', 'bigint', 'numeric', 'boolean', 'double precision', 'jsonb'];

interface Column {
  readonly name: string;
  readonly property: string;
  readonly type: string;
  readonly nullable: boolean;
}

export interface RowWrite {
  readonly rowKey: string;
  readonly row: Row;
  readonly position: bigint;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export class ProjectionTable {
  /** With its schema, quoted. */
  readonly name: string;
  private readonly columns: readonly Column[];
  private readonly keyColumn: Column;

  constructor(
    database: DataSource,
    entity: EntityTarget<object>,
    readonly key: ReaderKey,
  ) {
    this.metadata = database.getMetadata(entity);
    const expected = `${key.reader.replaceAll('-', '_')}_v${key.version}`;
    if (this.metadata.tableName !== expected || this.metadata.schema !== 'read')
      throw new Error(
        `the entity of ${key.reader} version ${key.version} must name the table read.${expected}, not ${this.metadata.tablePath}`,
      );
    this.name = `read.${quoted(expected)}`;
    this.columns = this.metadata.columns.map((column) => ({
      name: column.databaseName,
      property: column.propertyName,
      type: String(column.type),
      nullable: column.isNullable,
    }));
    const wrong = this.columns.find(({ type }) => !TYPES.includes(type));
    if (wrong) throw new Error(`${this.name}.${wrong.name} is ${wrong.type}; a read model's columns are ${TYPES.join(', ')}`);
    const keys = this.columns.filter(({ name }) => this.metadata.primaryColumns.some((primary) => primary.databaseName === name));
    if (keys.length !== 1 || keys[0]?.type !== 'text') throw new Error(`${this.name} needs one primary column of type text, its row key`);
    this.keyColumn = keys[0];
  }

  private readonly metadata: EntityMetadata;

  /** Makes the table if it is not there; refuses one that has another shape, because then the version was not raised. */
  async ensure(pool: Pool): Promise<void> {
    const found = await this.shape(pool);
    const wanted = [...this.columns.map(({ name }) => name), 'ledger_position'].sort().join(', ');
    if (found === wanted) return;
    if (found !== '')
      throw new Error(`${this.name} has the columns ${found}; its entity has ${wanted}. Raise the version of ${this.key.reader}.`);
    const columns = this.columns.map(({ name, type, nullable }) => `${quoted(name)} ${type}${nullable ? '' : ' not null'}`);
    const primary = `primary key (${quoted(this.keyColumn.name)})`;
    await pool.query('create schema if not exists read');
    await pool.query(
      `create table if not exists ${this.name} (${[...columns, 'ledger_position numeric(20,0) not null', primary].join(', ')})`,
    );
    for (const [index, { columns: indexed, isUnique }] of this.metadata.indices.entries()) {
      const name = quoted(`${this.metadata.tableName}_index_${index + 1}`);
      const names = indexed.map(({ databaseName }) => quoted(databaseName)).join(', ');
      await pool.query(`create ${isUnique ? 'unique ' : ''}index if not exists ${name} on ${this.name} (${names})`);
    }
  }

  private async shape(pool: Pool): Promise<string> {
    const { rows } = await pool.query<{ column_name: string }>(
      `select column_name from information_schema.columns where table_schema = 'read' and table_name = $1`,
      [this.metadata.tableName],
    );
    return rows
      .map(({ column_name }) => column_name)
      .sort()
      .join(', ');
  }

  /** The rows with these keys as they stand now. */
  async load(client: Pool | PoolClient, rowKeys: readonly string[]): Promise<Map<string, Standing>> {
    if (rowKeys.length === 0) return new Map();
    const { rows } = await client.query<Record<string, unknown>>(
      `select ${this.columns.map(({ name, property }) => `${quoted(name)} as ${quoted(property)}`).join(', ')}, ledger_position as "ledger position"
       from ${this.name} where ${quoted(this.keyColumn.name)} = any($1::text[])`,
      [rowKeys],
    );
    return new Map(
      rows.map(({ 'ledger position': position, ...row }) => [
        row[this.keyColumn.property] as string,
        { row, position: BigInt(position as string) },
      ]),
    );
  }

  /** Inserts or replaces all these rows in one statement; a row that is already newer stays. */
  async upsert(client: PoolClient, writes: readonly RowWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const names = this.columns.map(({ name }) => quoted(name));
    const parameters = this.columns.map(({ type }, index) => `$${index + 1}::${type === 'jsonb' ? 'text' : type}[]`);
    const values = this.columns.map(({ name, type }) => `v.${quoted(name)}${type === 'jsonb' ? '::jsonb' : ''}`);
    const others = names.filter((name) => name !== quoted(this.keyColumn.name));
    await client.query(
      `insert into ${this.name} as t (${names.join(', ')}, ledger_position)
       select ${values.join(', ')}, v.ledger_position
       from unnest(${parameters.join(', ')}, $${names.length + 1}::numeric[]) as v(${names.join(', ')}, ledger_position)
       on conflict (${quoted(this.keyColumn.name)}) do update
         set ${[...others, 'ledger_position'].map((name) => `${name} = excluded.${name}`).join(', ')}
         where t.ledger_position < excluded.ledger_position`,
      [...this.columns.map((column) => writes.map(({ row }) => valueOf(column, row))), writes.map(({ position }) => String(position))],
    );
  }

  /** Removes all these rows in one statement, except those that are newer than their removal. */
  async remove(client: PoolClient, removals: readonly { rowKey: string; position: bigint }[]): Promise<void> {
    if (removals.length === 0) return;
    await client.query(
      `delete from ${this.name} t using unnest($1::text[], $2::numeric[]) as v(row_key, position)
       where t.${quoted(this.keyColumn.name)} = v.row_key and t.ledger_position < v.position`,
      [removals.map(({ rowKey }) => rowKey), removals.map(({ position }) => String(position))],
    );
  }

  /** Why a folded row cannot stand under its key; undefined if it can. */
  problemOf(rowKey: string, row: Row): string | undefined {
    const own = row[this.keyColumn.property];
    return own === rowKey ? undefined : `the fold made a row with ${this.keyColumn.property} ${String(own)} for the key ${rowKey}`;
  }
}

const valueOf = ({ property, type }: Column, row: Row): unknown => {
  const value = row[property];
  if (value === null || value === undefined) return null;
  return type === 'jsonb' ? JSON.stringify(value) : value;
};
