/** A log that is a list, a small read model, and a database with the engine's tables: what the readers' tests have in common. */
import { Column, Entity, Index, PrimaryColumn, type DataSource, type EntityTarget } from 'typeorm';
import type { Fact, Recorded } from '../../src/platform/event.js';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import { projection } from '../../src/platform/projection.js';
import { Leases, type LeaseOptions } from '../../src/platform/readers/leases.js';
import type { LogMessage, LogReader, Position } from '../../src/platform/readers/log-reader.js';
import { ProjectionEngine, type ProjectionEngineOptions } from '../../src/platform/readers/projection-engine.js';
import { createDatabase, createTemplate, type TestDatabase } from '../support/postgres.js';

export const PREFIXES = ['account-'];

type Put = Fact<'Put', { accountId: string; amount: number | string }>;
type Closed = Fact<'Closed', { accountId: string }>;
type Broke = Fact<'Broke', { accountId: string }>;
type Noticed = Fact<'Noticed', { accountId: string }>;
export type AccountEvent = Put | Closed | Broke | Noticed;

export interface AccountRow {
  accountId: string;
  total: number;
  history: (number | string)[];
  lastAt: string | null;
}

/** Sums and remembers; `Broke` is the event it cannot take. */
export const accounts = projection<AccountRow, AccountEvent>({
  name: 'test-accounts',
  version: 1,
  key: ({ data }) => data.accountId,
  on: {
    Put: (row, { data, metadata }) => ({
      accountId: data.accountId,
      total: (row?.total ?? 0) + Number(data.amount),
      history: [...(row?.history ?? []), data.amount],
      lastAt: metadata.occurredAt,
    }),
    Closed: () => undefined,
    Broke: () => {
      throw new Error('this fold has a defect');
    },
    Noticed: 'ignored',
  },
});

@Entity({ schema: 'read', name: 'test_accounts_v1' })
@Index(['total'])
export class AccountEntity implements AccountRow {
  @PrimaryColumn({ type: 'text', name: 'account_id' })
  accountId!: string;

  @Column({ type: 'integer', name: 'total' })
  total!: number;

  @Column({ type: 'jsonb', name: 'history' })
  history!: (number | string)[];

  @Column({ type: 'text', name: 'last_at', nullable: true })
  lastAt!: string | null;
}

/** The same read model in a later release. */
export const accountsV2 = { ...accounts, version: 2 };

@Entity({ schema: 'read', name: 'test_accounts_v2' })
export class AccountV2Entity extends AccountEntity {}

/** One row per event, under the key of the event. */
export const entries = projection<{ entryId: string; kind: string }, AccountEvent>({
  name: 'test-entries',
  version: 1,
  key: ({ id }) => id,
  on: {
    Put: (_none, { id, type }) => ({ entryId: id, kind: type }),
    Closed: (_none, { id, type }) => ({ entryId: id, kind: type }),
    Broke: 'ignored',
    Noticed: 'ignored',
  },
});

@Entity({ schema: 'read', name: 'test_entries_v1' })
export class EntryEntity {
  @PrimaryColumn({ type: 'text', name: 'entry_id' })
  entryId!: string;

  @Column({ type: 'text', name: 'kind' })
  kind!: string;
}

let serial = 0;

/** An event at the place after the last of this process. */
export const event = (type: AccountEvent['type'], data: { accountId: string; amount?: number | string }, schemaVersion = 1): Recorded => {
  serial += 1;
  const place = BigInt(serial) * 100n;
  return {
    type,
    data,
    id: `event-${String(serial).padStart(6, '0')}`,
    stream: `account-${data.accountId}`,
    revision: serial,
    position: { commit: place, prepare: place - 1n },
    metadata: {
      $correlationId: data.accountId,
      $causationId: 'test',
      commandId: `command-${serial}`,
      actor: { kind: 'system', id: 'test' },
      occurredAt: new Date(1_800_000_000_000 + serial).toISOString(),
      schemaVersion,
    },
  };
};

export const put = (accountId: string, amount: number | string): Recorded => event('Put', { accountId, amount });

/** A log in memory that can be cut, silenced and exchanged. */
export class ListLog implements LogReader {
  readonly events: Recorded[] = [];
  identity = 'log-one';
  /** Where subscriptions have begun. */
  readonly begun: (bigint | undefined)[] = [];
  /** Subscriptions hear nothing of what is appended while this is set. */
  deaf = false;
  /** How many subscriptions are open. */
  open = 0;
  private listeners = new Set<() => void>();
  private cuts = 0;

  append(...events: readonly Recorded[]): void {
    this.events.push(...events);
    for (const wake of this.listeners) wake();
  }

  /** Ends every subscription with an error. */
  cut(): void {
    this.cuts += 1;
    for (const wake of this.listeners) wake();
  }

  logIdentity(): Promise<string> {
    return Promise.resolve(this.identity);
  }

  head(): Promise<Position | undefined> {
    return Promise.resolve(this.events.at(-1)?.position);
  }

  async *subscribe({
    from,
    signal,
  }: {
    from?: Position;
    prefixes: readonly string[];
    signal: AbortSignal;
  }): AsyncGenerator<LogMessage, void, void> {
    this.begun.push(from?.commit);
    this.open += 1;
    try {
      yield* this.messages(from, signal);
    } finally {
      this.open -= 1;
    }
  }

  private async *messages(from: Position | undefined, signal: AbortSignal): AsyncGenerator<LogMessage, void, void> {
    const cuts = this.cuts;
    let index = this.events.findIndex(({ position }) => position.commit > (from?.commit ?? -1n));
    if (index < 0) index = this.events.length;
    let toldCaughtUp = false;
    while (!signal.aborted) {
      if (this.cuts !== cuts) throw new Error('the connection was cut');
      const next = this.deaf && toldCaughtUp ? undefined : this.events[index];
      if (next) {
        index += 1;
        yield { kind: 'event', event: next };
      } else if (!toldCaughtUp) {
        toldCaughtUp = true;
        yield { kind: 'caughtUp' };
      } else await this.change(signal);
    }
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.listeners.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.listeners.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

const entities: EntityTarget<object>[] = [AccountEntity, AccountV2Entity, EntryEntity];
let template: Promise<string> | undefined;

/** A fresh database with the schema `engine`. */
export const engineDatabase = async (): Promise<TestDatabase> => {
  template ??= createTemplate(async (url) => (await createDataSource({ url, entities })).destroy());
  return createDatabase(await template);
};

/** @param own entities of the test's own read models */
export const connect = (url: string, own: readonly EntityTarget<object>[] = []): Promise<DataSource> =>
  createDataSource({ url, poolMax: 8, entities: [...new Set([...entities, ...own])] });

export const FAST: LeaseOptions = { ttlMs: 2_000, everyMs: 50 };

/** A process of its own as far as the database can tell. */
export class Instance {
  private constructor(
    readonly database: DataSource,
    readonly leases: Leases,
    readonly engine: ProjectionEngine,
  ) {}

  static async start(
    url: string,
    log: LogReader,
    options: Partial<ProjectionEngineOptions> & { lease?: LeaseOptions } = {},
  ): Promise<Instance> {
    const { definitions = [{ projection: accounts, entity: AccountEntity }] } = options;
    const database = await connect(
      url,
      definitions.map(({ entity }) => entity),
    );
    const leases = new Leases(poolOf(database), options.lease ?? FAST);
    const engine = new ProjectionEngine({ log, database, leases, prefixes: PREFIXES, ...options, definitions });
    try {
      await engine.start();
    } catch (error) {
      await database.destroy();
      throw error;
    }
    leases.start();
    return new Instance(database, leases, engine);
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await this.leases.stop();
    await this.database.destroy();
  }
}

export const query = async <T extends object>(database: DataSource, sql: string, parameters: unknown[] = []): Promise<T[]> =>
  (await poolOf(database).query<T>(sql, parameters)).rows;

/** The table as it stands, byte for byte. */
export const rowsOf = (database: DataSource, table = 'test_accounts_v1'): Promise<object[]> =>
  query(database, `select t::text as row from read.${table} t order by 1`);

/** Commit position of a projection's checkpoint; -1n before its first. */
export const positionOf = async (database: DataSource, reader = 'test-accounts'): Promise<bigint> => {
  const [row] = await query<{ at: string | null }>(database, 'select commit_position as at from engine.checkpoint where reader = $1', [
    reader,
  ]);
  return BigInt(row?.at ?? -1);
};
