/** Everything the stand-in knows: tables in memory, written through to one lmdb file when a folder is given. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import type { Kind, Kinds, StripeObject } from './records.js';

export type Table = 'object' | 'delivery' | 'idempotency' | 'setting';
export interface Row {
  readonly table: Table;
  readonly key: string;
  /** Undefined removes the row. */
  readonly value: unknown;
}

interface Kept {
  readonly position: number;
  readonly value: unknown;
}

/** Numbers sort as numbers only with a fixed width. */
const POSITION_DIGITS = 12;

export class Store {
  private readonly tables: Record<Table, Map<string, Kept>> = {
    object: new Map(),
    delivery: new Map(),
    idempotency: new Map(),
    setting: new Map(),
  };
  private readonly kinds = new Map<string, Map<string, StripeObject>>();
  private position = 0;

  private constructor(private readonly db: RootDatabase<unknown, string> | undefined) {}

  /** Opens the store in `dir`, or in memory only without one. */
  static open(dir: string | undefined): Store {
    if (dir === undefined) return new Store(undefined);
    mkdirSync(dir, { recursive: true });
    const store = new Store(open<unknown, string>({ path: join(dir, 'stripe.lmdb'), encoding: 'json' }));
    store.load();
    return store;
  }

  private load(): void {
    for (const { key, value } of this.db?.getRange({}) ?? []) {
      const [table = '', position = '', ...rest] = key.split('/');
      this.remember({ table: table as Table, key: rest.join('/'), value }, Number(position));
      this.position = Math.max(this.position, Number(position));
    }
  }

  private remember({ table, key, value }: Row, position: number): void {
    this.tables[table].set(key, { position, value });
    if (table !== 'object') return;
    const object = value as StripeObject;
    const kind = this.kinds.get(object.object) ?? new Map<string, StripeObject>();
    this.kinds.set(object.object, kind.set(object.id, object));
  }

  private forget({ table, key }: Row): void {
    const kept = this.tables[table].get(key)?.value as StripeObject | undefined;
    this.tables[table].delete(key);
    if (table === 'object' && kept) this.kinds.get(kept.object)?.delete(key);
  }

  /** Writes all rows or none; memory at once, so that later calls see them, and resolves when they are on disk. */
  async write(rows: readonly Row[]): Promise<void> {
    const puts = rows.map((row): { key: string; row: Row } => {
      const position = this.tables[row.table].get(row.key)?.position ?? (this.position += 1);
      if (row.value === undefined) this.forget(row);
      else this.remember(row, position);
      return { key: `${row.table}/${String(position).padStart(POSITION_DIGITS, '0')}/${row.key}`, row };
    });
    const db = this.db;
    if (!db) return;
    await db.batch(() => {
      for (const { key, row } of puts) void (row.value === undefined ? db.remove(key) : db.put(key, row.value));
    });
  }

  read(table: Table, key: string): unknown {
    return this.tables[table].get(key)?.value;
  }

  all(table: Table): unknown[] {
    return [...this.tables[table].values()].map(({ value }) => value);
  }

  /** The object itself, not a copy: callers that change it work on a clone. */
  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    return this.kinds.get(kind)?.get(id) as Kinds[K] | undefined;
  }

  /** All objects of a kind, oldest first. */
  list<K extends Kind>(kind: K): Kinds[K][] {
    return [...(this.kinds.get(kind)?.values() ?? [])] as Kinds[K][];
  }

  async close(): Promise<void> {
    await this.db?.close();
  }
}
