/** An event store and a database for ledgers that only project and answer reads; events as a ledger would write them; and the tables held against the log. */
import { EventStoreDBClient, FORWARDS, START, jsonEvent, type Position } from '@eventstore/db-client';
import type { DataSource } from 'typeorm';
import { startEventStore } from '../../local/eventstore/server.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { readModels } from '../../projections/index.js';
import { LEDGER_PREFIXES } from '../../src/ledger.events.js';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { recordedOf, type StoredEvent } from '../../src/platform/event-store/recorded.js';
import { farewell } from '../../src/platform/event-store/subscription.js';
import { appends, nextTogether, write } from '../bench/support/ledger-writer.js';
import { call } from './buyer.js';
import { eventually } from './eventually.js';
import { LedgerProcess, type LedgerOptions, type Surroundings } from './ledger-process.js';
import { createDatabase } from './postgres.js';
import { TablesCheck } from './tables.js';

const PATIENCE_MS = 60_000;
/** The store's client gives up an append that has waited for ten seconds, as on a busy machine the last of many would. */
const AT_ONCE_MAX = 500;

/** What a ledger wants to know before it starts; neither Stripe nor a panel is ever called. */
const environment = (store: string, database: string): Record<string, string> => ({
  EVENTSTORE_URL: store,
  DATABASE_URL: database,
  ROLES: 'http,projector',
  PORT: '0',
  LEDGER_READY_LINE: 'true',
  LOG_LEVEL: 'warn',
  RATE_LIMIT: '1000000',
  STRIPE_SECRET_KEY: 'sk_test_projector',
  STRIPE_WEBHOOK_SECRET: 'whsec_projector',
  STRIPE_API_URL: 'http://127.0.0.1:9',
  PANEL_URL: 'http://127.0.0.1:9',
  PTERO_APP_KEY: `ptla_${'0'.repeat(43)}`,
  JWT_SECRET: 'projector'.repeat(5),
  IDENTITY_KEY: Buffer.alloc(32, 1).toString('base64'),
});

/** Its table at today's version, for example `read.order_list_v3`. */
export const tableOfModel = (name: string): string => {
  const model = readModels.find(({ projection }) => projection.name === name);
  if (!model) throw new Error(`there is no read model ${name}`);
  return tableNameOf(model.projection);
};

export interface Lease {
  readonly name: string;
  readonly owner: string;
  readonly epoch: number;
  /** By the database's clock, in milliseconds of its epoch. */
  readonly takenAtMs: number;
  readonly askedAtMs: number;
  readonly isOver: boolean;
}

/** The log as it is read by whoever has nothing to do with readers. */
class LogCopy {
  private readonly events: Recorded[] = [];
  private last: Position | undefined;

  constructor(private readonly client: EventStoreDBClient) {}

  readonly read = async (): Promise<readonly Recorded[]> => {
    for await (const { event } of this.client.readAll({ direction: FORWARDS, fromPosition: this.last ?? START })) {
      if (!event || (this.last && event.position.commit <= this.last.commit)) continue;
      this.last = event.position;
      if (LEDGER_PREFIXES.some((prefix) => event.streamId.startsWith(prefix))) this.events.push(recordedOf(event as StoredEvent));
    }
    return this.events;
  };
}

export class ProjectorWorld implements Surroundings {
  private readonly ledgers: LedgerProcess[] = [];
  private readonly source = appends();
  readonly tables: TablesCheck;

  private constructor(
    private readonly url: string,
    private readonly databaseUrl: string,
    private readonly client: EventStoreDBClient,
    readonly database: DataSource,
    private readonly letGo: () => Promise<void>,
  ) {
    this.tables = new TablesCheck(database, readModels, new LogCopy(client).read);
  }

  static async start(): Promise<ProjectorWorld> {
    const [store, place] = await Promise.all([startEventStore({ inMemory: true }), createDatabase()]);
    const client = EventStoreDBClient.connectionString(store.url);
    const database = await createDataSource({ url: place.url, entities: readModels.map(({ entity }) => entity) });
    return new ProjectorWorld(store.url, place.url, client, database, async () => {
      await database.destroy();
      await farewell(client.dispose());
      await store.close();
      await place.drop();
    });
  }

  ledgerEnvironment(): Record<string, string> {
    return environment(this.url, this.databaseUrl);
  }

  /** Kills what still runs. */
  async close(): Promise<void> {
    await Promise.all(this.ledgers.map((ledger) => ledger.kill9()));
    await this.letGo();
  }

  /** Settles when it is ready. */
  async start(options: LedgerOptions = {}): Promise<LedgerProcess> {
    const { ledger, ready } = this.launch(options);
    await ready;
    return ledger;
  }

  /** Begins to start one, which may be killed meanwhile. */
  launch(options: LedgerOptions = {}): { ledger: LedgerProcess; ready: Promise<void> } {
    const launched = LedgerProcess.launch(this, options);
    this.ledgers.push(launched.ledger);
    return launched;
  }

  /** An access token of the demo operator, whom a ledger with DEMO_ACCOUNTS has. */
  async operator({ url }: LedgerProcess): Promise<string> {
    const body = { email: 'ops@example.com', password: 'ops-password-1' };
    return (await call<{ accessToken: string }>(url, '/api/v1/sessions', { body })).body.accessToken;
  }

  /** Appends the next so many events of a ledger's life, many at a time. @returns the commit position of the last */
  async write(count: number): Promise<bigint> {
    let last = 0n;
    for (let left = count; left > 0; left -= AT_ONCE_MAX) {
      const some = nextTogether(this.source, Math.min(left, AT_ONCE_MAX));
      for (const position of await Promise.all(some.map((append) => write(this.client, append)))) if (position > last) last = position;
    }
    return last;
  }

  /** Appends one event. @returns its commit position */
  record(stream: string, { type, data, metadata }: Pick<Recorded, 'type' | 'data' | 'metadata'>): Promise<bigint> {
    const event = jsonEvent({ type, data: { ...(data as Record<string, unknown>) }, metadata: { ...metadata } });
    return write(this.client, { stream, events: [event] });
  }

  async query<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await poolOf(this.database).query<T>(sql, values)).rows;
  }

  /** The commit position that every read model has passed; -1n before the first. */
  async reached(): Promise<bigint> {
    return (await this.least()).position;
  }

  /** How many events every read model has handled. */
  async handled(): Promise<number> {
    return (await this.least()).events;
  }

  private async least(): Promise<{ position: bigint; events: number }> {
    const [row] = await this.query<{ position: string; events: number; readers: number }>(
      `select min(coalesce(commit_position, -1))::text as position, min(events)::int as events, count(*)::int as readers
       from engine.checkpoint where reader not like '%@%'`,
    );
    return row?.readers === readModels.length ? { position: BigInt(row.position), events: row.events } : { position: -1n, events: 0 };
  }

  /** Settles when every read model has passed a position. */
  async reaches(position: bigint): Promise<void> {
    await eventually(async () => (await this.reached()) >= position, { what: `the read models at ${position}`, withinMs: PATIENCE_MS });
  }

  leases(): Promise<Lease[]> {
    return this.query<Lease>(
      `select name, owner, epoch, lease_until <= clock_timestamp() as "isOver",
         (extract(epoch from taken_at) * 1000)::double precision as "takenAtMs",
         (extract(epoch from clock_timestamp()) * 1000)::double precision as "askedAtMs"
       from engine.lease where name like 'projection/%' and name not like '%@%' order by name`,
    );
  }

  /** Settles when other owners have every lease, and have put their epochs into the checkpoints. */
  async takenOverFrom(before: readonly Lease[]): Promise<Lease[]> {
    const ask = async (): Promise<Lease[] | false> => {
      const now = await this.leases();
      const others = now.every(({ owner }, index) => owner !== before[index]?.owner);
      const [row] = await this.query<{ behind: number }>(
        `select count(*)::int as behind from engine.checkpoint c join engine.lease l on l.name = 'projection/' || c.reader || '/' || c.version
         where c.epoch < l.epoch`,
      );
      return others && row?.behind === 0 && now;
    };
    return eventually(ask, { what: 'another owner', withinMs: PATIENCE_MS });
  }
}
