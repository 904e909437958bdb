/** The ledger's one connection pool, as a TypeORM DataSource whose schema is up to date. */
import { Pool, type ClientBase } from 'pg';
import { DataSource, type EntityTarget } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { migrations } from '../../../migrations/index.js';
import { refuseTransactionPooler } from './pooler.js';

export interface DatabaseOptions {
  /** `postgres://…`, to sessions of a PostgreSQL. */
  readonly url: string;
  /** Most connections at a time; default 10. */
  readonly poolMax?: number;
  readonly entities: readonly EntityTarget<object>[];
}

const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 20_000;
/** The client gives up after the server should have: only a dead connection gets this far. */
const QUERY_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** One number for every process that migrates this database. */
const MIGRATION_LOCK = 7_318_462;

/** Without a listener, a session that PostgreSQL ends between two statements of its holder would end the process; the next statement rejects. */
const outliveSession = (client: ClientBase): void => void client.on('error', () => undefined);

/** The number of its process in PostgreSQL, which the client knows and its types do not tell. */
const backendOf = (client: ClientBase): number | undefined => (client as ClientBase & { processID?: number }).processID;

/** The pool behind a DataSource, for statements that TypeORM has no words for. */
export const poolOf = (database: DataSource): Pool => (database.driver as PostgresDriver).master as Pool;

export interface PatientPool {
  /** Close with `end()`. */
  readonly pool: Pool;
  /** Ends the statements that run on these connections now, which reject; asked for on another connection. */
  cancelStatements(): Promise<void>;
}

/** A few connections of their own for work on whole tables, which takes as long as it takes, unless it is cancelled. */
export function patientPool(database: DataSource, max = 4): PatientPool {
  const { url } = database.options as { url?: string };
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: 'ledger-rebuild',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    onConnect: outliveSession,
  });
  // A broken idle connection is dropped by the pool; the next statement reports what is wrong.
  pool.on('error', () => undefined);
  const sessions = new Set<number | undefined>();
  pool.on('connect', (client) => sessions.add(backendOf(client)));
  pool.on('remove', (client) => sessions.delete(backendOf(client)));
  const cancelStatements = async (): Promise<void> => {
    const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where pid = any($1::int[]) and state = 'active'`;
    await poolOf(database).query(cancel, [[...sessions]]);
  };
  return { pool, cancelStatements };
}

/** Runs what has not run yet, one process at a time. */
async function migrate(database: DataSource): Promise<void> {
  const lock = await poolOf(database).connect();
  try {
    // Another process may take long to migrate; waiting for it is right.
    await lock.query('set statement_timeout = 0; set lock_timeout = 0');
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await database.runMigrations({ transaction: 'each' });
  } finally {
    // Closing the session gives the lock back, whatever happened.
    lock.release(true);
  }
}

/**
 * Connects, refuses a transaction pooler, and migrates. Close with `destroy()`.
 * @throws TransactionPooler, or PostgreSQL's own error
 */
export async function createDataSource({ url, poolMax = POOL_MAX, entities }: DatabaseOptions): Promise<DataSource> {
  await refuseTransactionPooler(url);
  const database = new DataSource({
    type: 'postgres',
    url,
    poolSize: poolMax,
    entities: entities as never[],
    migrations,
    migrationsTableName: 'ledger_migrations',
    synchronize: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'ledger',
    // A broken idle connection is dropped by the pool; the next statement reports what is wrong.
    poolErrorHandler: () => undefined,
    extra: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      keepAlive: true,
      onConnect: outliveSession,
    },
  });
  await database.initialize();
  try {
    await migrate(database);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return database;
}
