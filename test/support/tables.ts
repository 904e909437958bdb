/** What the read models hold, against what they ought to hold: the log folded event by event with nothing of the engine but the projections. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { answerOf, knowsVersionOf, type Projection } from '../../src/platform/projection.js';
import type { ProjectionDefinition } from '../../src/platform/readers/projection-definition.js';

type Row = Readonly<Record<string, unknown>>;

/** A row with the commit position of the event that last changed it. */
export interface HeldRow {
  readonly row: Row;
  readonly position: string;
}
export type Table = ReadonlyMap<string, HeldRow>;

const nameOf = ({ projection }: ProjectionDefinition): string => (projection as unknown as Projection).name;

/** One read model, folded in memory. */
export class CleanFold {
  private readonly rows = new Map<string, HeldRow>();
  /** By row key: ids of the events that wait, in order. */
  private readonly waiting = new Map<string, string[]>();
  private folded = 0;
  private at = -1n;

  constructor(private readonly model: ProjectionDefinition) {}

  isBeyond(commit: bigint): boolean {
    return this.at > commit;
  }

  /** Folds on to the last event at or before a place. What was folded before is not looked at again. */
  upTo(log: readonly Recorded[], commit: bigint): this {
    this.at = commit;
    for (let event = log[this.folded]; event && event.position.commit <= commit; event = log[this.folded]) {
      this.take(event);
      this.folded += 1;
    }
    return this;
  }

  get events(): number {
    return this.folded;
  }

  get table(): Table {
    return this.rows;
  }

  /** `<row key> <event id>`, sorted. */
  get parked(): string[] {
    return [...this.waiting].flatMap(([rowKey, ids]) => ids.map((id) => `${rowKey} ${id}`)).sort();
  }

  private take(event: Recorded): void {
    const answer = answerOf(this.model.projection, event.type);
    if (!answer) return;
    const rowKey = answer.keyOf(event);
    const waiting = this.waiting.get(rowKey);
    if (waiting) return void waiting.push(event.id);
    if (!knowsVersionOf(event, this.model.schemaVersions)) return void this.waiting.set(rowKey, [event.id]);
    const before = this.rows.get(rowKey)?.row;
    const row = answer.evolve(before, event);
    if (row === before) return;
    if (row) this.rows.set(rowKey, { row, position: String(event.position.commit) });
    else this.rows.delete(rowKey);
  }
}

/** Every row of a read model's table, as its fold made it. @param suffix of another table of the same shape, for example `_old` */
export async function tableOf(
  client: Pick<PoolClient, 'query'>,
  database: DataSource,
  ...[model, suffix = '']: [ProjectionDefinition, string?]
): Promise<Table> {
  const { tableName, columns, primaryColumns } = database.getMetadata(model.entity);
  const names = columns.map(({ databaseName, propertyName }) => `"${databaseName}" as "${propertyName}"`);
  const key = primaryColumns[0]?.propertyName ?? '';
  const sql = `select ${names.join(', ')}, ledger_position::text as "ledger position" from read."${tableName}${suffix}"`;
  const { rows } = await client.query<Record<string, unknown>>(sql);
  return new Map(rows.map(({ 'ledger position': position, ...row }) => [String(row[key]), { row, position: position as string }]));
}

/** As it comes back from a database: no property is missing, and nothing is undefined. */
const stored = ({ row, position }: HeldRow, like: HeldRow): HeldRow => {
  const whole = Object.fromEntries([...Object.keys(like.row), ...Object.keys(row)].map((name) => [name, row[name] ?? null]));
  return { row: JSON.parse(JSON.stringify(whole)) as Row, position };
};

/** Throws an AssertionError that shows the first rows in which a table is not what it ought to be. */
export function sameTable(held: Table, wanted: Table, what: string): void {
  const wrong: object[] = [];
  for (const key of new Set([...held.keys(), ...wanted.keys()])) {
    const [is, ought] = [held.get(key), wanted.get(key)];
    if (!is || !ought || !isDeepStrictEqual(is, stored(ought, is))) wrong.push({ key, is, ought });
  }
  assert.deepEqual(wrong.slice(0, 3), [], `${what}: ${wrong.length} rows of ${held.size} are not what the log makes of them`);
}

/** Where a reader stands, as `engine.checkpoint` has it. */
export interface Standing {
  readonly reader: string;
  readonly epoch: number;
  /** -1n: nowhere yet. */
  readonly position: bigint;
  /** How many events it has handled since its first. */
  readonly events: number;
}

const STANDINGS = `select reader, epoch, coalesce(commit_position, -1)::text as position, events::int as events from engine.checkpoint order by reader`;
const PARKED = `select row_key || ' ' || event_id as what from engine.projection_parked where projection = $1`;

/** Holds every read model, and every further table of one, against the log up to its own checkpoint. */
export class TablesCheck {
  private readonly folds = new Map<string, CleanFold>();

  constructor(
    private readonly database: DataSource,
    private readonly models: readonly ProjectionDefinition[],
    /** The whole log of now. */
    private readonly log: () => Promise<readonly Recorded[]>,
  ) {}

  /** All in one snapshot, so it holds at any moment, whoever writes meanwhile. Throws an AssertionError. @returns where the readers stood */
  async now(): Promise<readonly Standing[]> {
    const client = await poolOf(this.database).connect();
    try {
      // On a busy machine the log may take longer to read than a session of the ledger may stand idle.
      await client.query('begin isolation level repeatable read, read only; set local idle_in_transaction_session_timeout = 0');
      const { rows } = await client.query<Omit<Standing, 'position'> & { position: string }>(STANDINGS);
      const standings = rows.map((row) => ({ ...row, position: BigInt(row.position) }));
      const log = await this.log();
      for (const standing of standings) await this.check(client, standing, log);
      return standings;
    } finally {
      client.release(true);
    }
  }

  private async check(client: PoolClient, { reader, position, events }: Standing, log: readonly Recorded[]): Promise<void> {
    const [name, copy] = reader.split('@');
    const model = this.models.find((one) => nameOf(one) === name);
    if (!model) return;
    const fold = this.foldOf(reader, model, position).upTo(log, position);
    const what = `${reader} at ${position}`;
    sameTable(await tableOf(client, this.database, model, copy && `_${copy}`), fold.table, what);
    assert.equal(events, fold.events, `${what}: it has handled ${events} events of ${fold.events}`);
    const { rows } = await client.query<{ what: string }>(PARKED, [reader]);
    assert.deepEqual(rows.map((row) => row.what).sort(), fold.parked, `${what}: other events are parked`);
  }

  /** A table that was begun anew stands before where another of its name once stood. */
  private foldOf(reader: string, model: ProjectionDefinition, position: bigint): CleanFold {
    const known = this.folds.get(reader);
    if (known && !known.isBeyond(position)) return known;
    const fold = new CleanFold(model);
    this.folds.set(reader, fold);
    return fold;
  }
}
