/** Transactions of the readers: bounded in time, and recognisable, so that whoever takes a reader over can end them. */
import type { Pool, PoolClient } from 'pg';

const STUCK_TRANSACTION_MS = 5_000;

/** The `application_name` under which an owner's transactions can be seen. */
export const writerName = (owner: string): string => `ledger-writer-${owner}`;

export interface Session {
  readonly owner: string;
  /** The commit is answered before it is on disk: for what is done again when a crash of the database takes it back. */
  readonly relaxed?: boolean;
}

/** What is asked before `ask` first waits leaves in one write, since a write costs the system more than what is in it. */
export function inOneWrite<T>(client: PoolClient, ask: () => Promise<T>): Promise<T> {
  const { stream } = client.connection;
  stream.cork();
  try {
    return ask();
  } finally {
    stream.uncork();
  }
}

/** Commits if `work` settles well; else rolls back and rejects with its error. A session in doubt is thrown away. */
export async function inTransaction<T>(
  pool: Pool,
  { owner, relaxed = false }: Session,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let doubtful = true;
  try {
    const begin = (): Promise<unknown> =>
      client.query(
        `begin; set local application_name = '${writerName(owner)}'; set local lock_timeout = ${STUCK_TRANSACTION_MS};` +
          ` set local idle_in_transaction_session_timeout = ${STUCK_TRANSACTION_MS}` +
          (relaxed ? '; set local synchronous_commit = off' : ''),
      );
    // The first statements of the work go with it.
    const [, result] = await inOneWrite(client, () => Promise.all([begin(), work(client)]));
    await client.query('commit');
    doubtful = false;
    return result;
  } finally {
    // Closing the session rolls back whatever it had begun.
    client.release(doubtful);
  }
}
