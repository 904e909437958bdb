/** The table of one read model, made and written by the engine alone: set-based statements built once from the entity. */
import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityMetadata, EntityTarget } from 'typeorm';
import { tableNameOf } from '../projection.js';
import { arrayOf } from './array-literal.js';
import type { ReaderKey } from './checkpoints.js';
import { COLUMN_TYPES, columnProblem, valueOf, type Column } from './column-values.js';
import type { Row } from './projection-definition.js';
import type { Standing } from './projection-fold.js';

export interface RowWrite {
  readonly rowKey: string;
  readonly row: Row;
  readonly position: bigint;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export class ProjectionTable {
  /** Without its schema, not quoted. */
  readonly tableName: string;
  /** With its schema, quoted. */
  readonly name: string;
  /** The column of the row key, quoted. */
  readonly keyName: string;
  private readonly schema: string;
  private readonly columns: readonly Column[];
  private readonly keyColumn: Column;
  private readonly statements: ReturnType<typeof statementsOf>;

  /**
   * @param beside for a second table of the same shape: a suffix of its name, for example `_shadow`, or another schema
   * @throws if the entity is not one the engine can write
   */
  constructor(
    database: DataSource,
    entity: EntityTarget<object>,
    readonly key: ReaderKey,
    { suffix = '', schema = 'read' }: { suffix?: string; schema?: string } = {},
  ) {
    this.metadata = database.getMetadata(entity);
    const expected = tableNameOf({ name: key.reader, version: key.version });
    if (this.metadata.tablePath !== expected)
      throw new Error(`the entity of ${key.reader} version ${key.version} must name the table ${expected}, not ${this.metadata.tablePath}`);
    this.tableName = `${this.metadata.tableName}${suffix}`;
    this.schema = schema;
    this.name = `${schema}.${quoted(this.tableName)}`;
    this.columns = this.metadata.columns.map((column) => ({
      name: column.databaseName,
      property: column.propertyName,
      type: String(column.type),
      nullable: column.isNullable,
    }));
    const wrong = this.columns.find(({ type }) => !COLUMN_TYPES.includes(type));
    if (wrong) throw new Error(`${this.name}.${wrong.name} is ${wrong.type}; a read model's columns are ${COLUMN_TYPES.join(', ')}`);
    const keys = this.columns.filter(({ name }) => this.metadata.primaryColumns.some((primary) => primary.databaseName === name));
    if (keys.length !== 1 || keys[0]?.type !== 'text') throw new Error(`${this.name} needs one primary column of type text, its row key`);
    this.keyColumn = keys[0];
    this.keyName = quoted(this.keyColumn.name);
    this.statements = statementsOf(this.name, this.keyName, this.columns);
  }

  private readonly metadata: EntityMetadata;

  /** Makes the table with its indexes if it is not there; refuses one that has another shape, because then the version was not raised. */
  async ensure(pool: Pool): Promise<void> {
    // One message is one transaction: a table is never left without its indexes.
    if (!(await this.isThere(pool))) await pool.query([this.creation(), ...this.indexes()].join('; '));
  }

  /** The same without the indexes beside the primary key, for a table that is filled first. */
  async ensureBare(pool: Pool | PoolClient): Promise<void> {
    if (!(await this.isThere(pool))) await pool.query(this.creation());
  }

  /** Makes the indexes that are missing; they are named `<table>_index_<n>`. */
  async createIndexes(pool: Pool | PoolClient): Promise<void> {
    for (const index of this.indexes()) await pool.query(index);
  }

  private async isThere(pool: Pool | PoolClient): Promise<boolean> {
    const found = await this.shape(pool);
    const wanted = [...this.columns.map(({ name }) => name), 'ledger_position'].sort().join(', ');
    if (found !== '' && found !== wanted)
      throw new Error(`${this.name} has the columns ${found}; its entity has ${wanted}. Raise the version of ${this.key.reader}.`);
    return found !== '';
  }

  private creation(): string {
    const columns = this.columns.map(({ name, type, nullable }) => `${quoted(name)} ${type}${nullable ? '' : ' not null'}`);
    const primary = `primary key (${quoted(this.keyColumn.name)})`;
    return `create schema if not exists ${this.schema};
      create table if not exists ${this.name} (${[...columns, 'ledger_position numeric(20,0) not null', primary].join(', ')})`;
  }

  private indexes(): string[] {
    return this.metadata.indices.map(({ columns, isUnique, where }, index) => {
      const names = columns.map(({ databaseName }) => quoted(databaseName)).join(', ');
      return `create ${isUnique ? 'unique ' : ''}index if not exists ${quoted(`${this.tableName}_index_${index + 1}`)} on ${this.name} (${names})${where ? ` where ${where}` : ''}`;
    });
  }

  private async shape(pool: Pool | PoolClient): Promise<string> {
    const { rows } = await pool.query<{ column_name: string }>(
      `select column_name from information_schema.columns where table_schema = $1 and table_name = $2`,
      [this.schema, this.tableName],
    );
    return rows
      .map(({ column_name }) => column_name)
      .sort()
      .join(', ');
  }

  /** The rows with these keys as they stand now. */
  async load(client: Pool | PoolClient, rowKeys: readonly string[]): Promise<Map<string, Standing>> {
    if (rowKeys.length === 0) return new Map();
    const { rows } = await client.query<unknown[]>({ ...this.statements.load, values: [arrayOf(rowKeys)], rowMode: 'array' });
    return new Map(rows.map((values) => this.standingOf(values)));
  }

  /** From the columns in their order, and the position behind them. */
  private standingOf(values: readonly unknown[]): [string, Standing] {
    const row: Record<string, unknown> = {};
    for (const [index, { property }] of this.columns.entries()) row[property] = values[index];
    return [row[this.keyColumn.property] as string, { row, position: BigInt(values[this.columns.length] as string) }];
  }

  /** Inserts or replaces all these rows in one statement; a row that is already newer stays. */
  async upsert(client: PoolClient, writes: readonly RowWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const columns = this.columns.map((column) => arrayOf(writes.map(({ row }) => valueOf(column, row))));
    await client.query({ ...this.statements.upsert, values: [...columns, positionsOf(writes)] });
  }

  /** Removes all these rows in one statement, except those that are newer than their removal. */
  async remove(client: PoolClient, removals: readonly { rowKey: string; position: bigint }[]): Promise<void> {
    if (removals.length === 0) return;
    await client.query({ ...this.statements.remove, values: [arrayOf(removals.map(({ rowKey }) => rowKey)), positionsOf(removals)] });
  }

  /** Why a folded row cannot stand under its key, whether or not another follows it in the same batch; undefined if it can. @param before could stand there */
  problemOf(rowKey: string, row: Row, before?: Row): string | undefined {
    const own = row[this.keyColumn.property];
    if (own !== rowKey) return `the fold made a row with ${this.keyColumn.property} ${String(own)} for the key ${rowKey}`;
    for (const column of this.columns) {
      if (before && before[column.property] === row[column.property]) continue;
      const problem = columnProblem(column, row);
      if (problem) return problem;
    }
    return undefined;
  }
}

interface Statement {
  /** Under which each database session keeps it prepared. */
  readonly name: string;
  readonly text: string;
}

/** The three statements of a table; the same text each time, and built once. */
const statementsOf = (table: string, key: string, columns: readonly Column[]): Record<'load' | 'upsert' | 'remove', Statement> => {
  const names = columns.map(({ name }) => quoted(name));
  const parameters = columns.map(({ type }, index) => `$${index + 1}::${type}[]`);
  const values = names.map((name) => `v.${name}`);
  const replaced = [...names.filter((name) => name !== key), 'ledger_position'].map((name) => `${name} = excluded.${name}`);
  return {
    load: {
      name: `load ${table}`,
      // Key by key through the index. Asked for a set of keys, PostgreSQL would plan to read a table that was empty then from end to end, and
      // keep to that until it is analysed.
      text: `
        select t.* from unnest($1::text[]) as wanted(key) cross join lateral (
          select ${names.join(', ')}, ledger_position from ${table} where ${key} = wanted.key limit 1) as t`,
    },
    upsert: {
      name: `upsert ${table}`,
      text: `
        insert into ${table} as t (${names.join(', ')}, ledger_position)
        select ${values.join(', ')}, v.ledger_position
        from unnest(${parameters.join(', ')}, $${names.length + 1}::numeric[]) as v(${names.join(', ')}, ledger_position)
        on conflict (${key}) do update set ${replaced.join(', ')} where t.ledger_position < excluded.ledger_position`,
    },
    remove: {
      name: `remove ${table}`,
      text: `
        delete from ${table} t using unnest($1::text[], $2::numeric[]) as v(row_key, position)
        where t.${key} = v.row_key and t.ledger_position < v.position`,
    },
  };
};

const positionsOf = (writes: readonly { position: bigint }[]): string => arrayOf(writes.map(({ position }) => String(position)));
