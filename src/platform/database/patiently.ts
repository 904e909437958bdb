/** Work on whole tables takes as long as it takes, so it has connections of its own without time-outs; what it has begun there can be cancelled. */
import { Pool, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { pause } from '../readers/pacing.js';
import { CONNECT_TIMEOUT_MS, outliveSession, poolOf } from './data-source.js';

const SESSIONS_MAX = 4;
/** How soon a statement that was begun just after others were cancelled is cancelled too. */
const CANCEL_EVERY_MS = 250;

/** The number of its process in PostgreSQL, which the client knows and its types do not tell. */
const backendOf = (client: PoolClient): number | undefined => (client as PoolClient & { processID?: number }).processID;

/** Settles as `work` does; from the signal on, whatever PostgreSQL does for it is cancelled until it has. The connections are closed then. */
export async function patiently<T>(database: DataSource, signal: AbortSignal, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({
    connectionString: (database.options as { url?: string }).url,
    max: SESSIONS_MAX,
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
  const over = new AbortController();
  const cancelling = cancelFrom(signal, over.signal, async () => {
    const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where pid = any($1::int[]) and state = 'active'`;
    await poolOf(database).query(cancel, [[...sessions]]);
  });
  try {
    return await work(pool);
  } finally {
    over.abort();
    await cancelling;
    await pool.end();
  }
}

async function cancelFrom(signal: AbortSignal, over: AbortSignal, cancel: () => Promise<void>): Promise<void> {
  const either = AbortSignal.any([signal, over]);
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }));
  while (!over.aborted) {
    // A database that cannot be asked is not waited for either: the work has lost its connections too.
    await cancel().catch(() => undefined);
    await pause(CANCEL_EVERY_MS, over);
  }
}
