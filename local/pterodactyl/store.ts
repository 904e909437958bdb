/** The panel's tables: read from memory, written through to an lmdb file when the panel has a data folder. */
import { open } from 'lmdb';
import type { AllocationRow, DatabaseRow, LocationRow, NodeRow, ServerRow, UserRow } from './records.js';

/** Where rows survive a restart. A write is over when its promise resolves. */
interface Disk {
  load(): Iterable<{ key: [table: string, id: number]; value: unknown }>;
  put(key: [string, number], value: unknown): Promise<unknown>;
  remove(key: [string, number]): Promise<unknown>;
  close(): Promise<void>;
}

const nowhere: Disk = {
  load: () => [],
  put: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const inFolder = (dir: string): Disk => {
  const file = open<unknown, [string, number]>({ path: `${dir}/panel.lmdb` });
  return {
    load: () => file.getRange().map(({ key, value }) => ({ key, value })),
    put: (key, value) => file.put(key, value),
    remove: (key) => file.remove(key),
    close: () => file.close(),
  };
};

/** The key under which a table's last given id is kept, so that ids are never given twice. */
const SEQUENCE = 0;

export class Table<Row extends { readonly id: number }> {
  private readonly rows = new Map<number, Row>();
  private last = 0;

  constructor(
    private readonly name: string,
    private readonly disk: Disk,
  ) {}

  restore(id: number, value: unknown): void {
    if (id === SEQUENCE) this.last = value as number;
    else this.rows.set(id, value as Row);
  }

  get(id: number): Row | undefined {
    return this.rows.get(id);
  }

  /** All rows, by id. */
  all(): Row[] {
    return [...this.rows.values()].sort((a, b) => a.id - b.id);
  }

  find(wanted: (row: Row) => boolean): Row | undefined {
    return this.all().find(wanted);
  }

  /** Adds a row that is visible at once; `saved` resolves when it is on disk. */
  add(make: (id: number) => Row): { row: Row; saved: Promise<unknown> } {
    const row = make((this.last += 1));
    this.rows.set(row.id, row);
    return { row, saved: Promise.all([this.disk.put([this.name, SEQUENCE], this.last), this.disk.put([this.name, row.id], row)]) };
  }

  /** Adds a row and waits until it is on disk. */
  async insert(make: (id: number) => Row): Promise<Row> {
    const { row, saved } = this.add(make);
    await saved;
    return row;
  }

  async update(row: Row, change: Partial<Row>): Promise<Row> {
    Object.assign(row, change);
    await this.disk.put([this.name, row.id], row);
    return row;
  }

  async remove(row: Row): Promise<void> {
    this.rows.delete(row.id);
    await this.disk.remove([this.name, row.id]);
  }
}

export interface Store {
  readonly users: Table<UserRow>;
  readonly locations: Table<LocationRow>;
  readonly nodes: Table<NodeRow>;
  readonly allocations: Table<AllocationRow>;
  readonly servers: Table<ServerRow>;
  readonly databases: Table<DatabaseRow>;
  close(): Promise<void>;
}

/** Opens the tables with what the folder holds; without a folder they live as long as the process. */
export function openStore(dir: string | undefined): Store {
  const disk = dir === undefined ? nowhere : inFolder(dir);
  const tables = {
    users: new Table<UserRow>('users', disk),
    locations: new Table<LocationRow>('locations', disk),
    nodes: new Table<NodeRow>('nodes', disk),
    allocations: new Table<AllocationRow>('allocations', disk),
    servers: new Table<ServerRow>('servers', disk),
    databases: new Table<DatabaseRow>('databases', disk),
  };
  for (const { key, value } of disk.load()) tables[key[0] as keyof typeof tables].restore(key[1], value);
  return { ...tables, close: () => disk.close() };
}
