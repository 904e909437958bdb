/** The ledger's one connection pool, as a TypeORM DataSource whose schema is up to date. */
import type { ClientBase, Pool } from 'pg';
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
export const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 20_000;
/** The client gives up after the server should have: only a dead connection gets this far. */
const QUERY_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** One number for every process that migrates this database. */
const MIGRATION_LOCK = 7_318_462;

/** Without a listener, a session that PostgreSQL ends between two statements of its holder would end the process; the next statement rejects. */
export const outliveSession = (client: ClientBase): void => void client.on('error', () => undefined);

/** The pool behind a DataSource, for statements that TypeORM has no words for. */
export const poolOf = (database: DataSource): Pool => (database.driver as PostgresDriver).master as Pool;

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
      // Statements that do not wait for each other share a round trip.
      pipeline: true,
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
