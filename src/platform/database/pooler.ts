/** Finds out whether a pooler hands out another session for every transaction, which would make leases and time-outs meaningless. */
import { Client } from 'pg';

/** The database is reached through a pooler in transaction mode; the message names the way out. */
export class TransactionPooler extends Error {
  readonly code = 'TRANSACTION_POOLER';
}

const ROUNDS = 3;
const CONNECT_TIMEOUT_MS = 5_000;

const backendOf = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
};

/** Two open connections that ever share a server process, or one that changes its own, are not sessions. */
export const areSessions = async (first: () => Promise<number>, second: () => Promise<number>): Promise<boolean> => {
  const own = await first();
  for (let round = 0; round < ROUNDS; round += 1) if ((await second()) === own || (await first()) !== own) return false;
  return true;
};

/** @throws TransactionPooler, or whatever connecting throws */
export async function refuseTransactionPooler(url: string): Promise<void> {
  const [first, second] = [url, url].map((connectionString) => {
    const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    // A connection lost between two statements fails the next one as well, which is where it is reported.
    client.on('error', () => undefined);
    return client;
  }) as [Client, Client];
  try {
    await first.connect();
    await second.connect();
    if (await areSessions(() => backendOf(first), inTransaction(second))) return;
    const { rows } = await second.query<{ address: string | null; port: number | null }>(
      'select host(inet_server_addr()) as address, inet_server_port() as port',
    );
    const direct = rows[0]?.address ? `${rows[0].address}:${rows[0].port}` : "the server's own host and port (usually 5432)";
    throw new TransactionPooler(
      `DATABASE_URL (${new URL(url).host}) is a pooler in transaction mode. The ledger needs sessions: use the direct address ${direct}, or the pooler's session mode.`,
    );
  } finally {
    await Promise.all([first.end(), second.end()]);
  }
}

/** Asks inside a transaction, so that a pooler must give a server process to this connection while the other one is idle. */
const inTransaction = (client: Client) => async (): Promise<number> => {
  await client.query('begin');
  const pid = await backendOf(client);
  await client.query('commit');
  return pid;
};
