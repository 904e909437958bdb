/** A real PostgreSQL on this machine, from npm: made on first use, kept in one folder, ended with the process that started it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import type { Running } from '../support/program.js';
import { ownFolder, placeFor, postgresAccount } from './account.js';
import { initialise, startPostmaster, stopStale } from './postmaster.js';
import type { Cluster, Postmaster } from './postmaster.js';

export interface PostgresOptions {
  /** 0 or absent takes a free one. */
  readonly port?: number | undefined;
  /** Where data is kept; absent means a temporary folder that is removed at the end. */
  readonly dir?: string | undefined;
  /** For tests: never wait for the disk. Data does not survive a power cut. */
  readonly fast?: boolean | undefined;
}

export interface RunningPostgres extends Running {
  /** `postgres://user:password@127.0.0.1:port/ledger`. */
  readonly url: string;
  /** Where the data is, which may not be the folder asked for (see README). */
  readonly dir: string;
  /** The process id of PostgreSQL itself. */
  readonly pid: number;
  /** Settles when PostgreSQL has ended, also by itself. */
  readonly ended: Promise<void>;
}

const DATABASE = 'ledger';
const FREE_PORT_ATTEMPTS_MAX = 3;
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=32MB', 'max_wal_size=256MB'];
const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC', 'log_timezone=UTC'];

const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });

/** The password of this installation, made once and kept beside the data. */
const passwordIn = (dir: string): string => {
  const file = join(dir, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
};

const ensureDatabase = async (server: string): Promise<void> => {
  const client = new Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
};

/** A port found free may be taken by somebody else before PostgreSQL has it, so a found port is tried again; a given one is not. */
const onPort = async (wanted: number, start: (port: number) => Promise<Postmaster>): Promise<{ port: number; postmaster: Postmaster }> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted || (await freePort());
    try {
      return { port, postmaster: await start(port) };
    } catch (error) {
      if (wanted || attempt >= FREE_PORT_ATTEMPTS_MAX) throw error;
    }
  }
};

/**
 * Starts PostgreSQL with an empty database `ledger` on first use. One that an earlier run left on the same folder is stopped first.
 * Throws with PostgreSQL's own words if it cannot start (port taken, folder of another version, disk full).
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const account = postgresAccount();
  const temporary = options.dir === undefined;
  const dir = options.dir === undefined ? mkdtempSync(join(tmpdir(), 'order-ledger-postgres-')) : placeFor(resolve(options.dir), account);
  ownFolder(dir, account);
  const cluster: Cluster = { data: join(dir, 'data'), log: join(dir, 'postgres.log'), account };
  const password = passwordIn(dir);
  await stopStale(cluster.data);
  if (!existsSync(cluster.data)) await initialise(cluster, password);
  const settings = [...SETTINGS, ...(options.fast ? FAST : [])].flatMap((setting) => ['-c', setting]);
  const start = (port: number): Promise<Postmaster> => startPostmaster(cluster, ['-p', String(port), ...settings], temporary ? dir : '');
  const { port, postmaster } = await onPort(options.port ?? 0, start);
  const server = `postgres://ledger:${password}@127.0.0.1:${port}`;
  await ensureDatabase(server);
  const close = async (): Promise<void> => {
    await postmaster.stop();
    if (temporary) rmSync(dir, { recursive: true, force: true });
  };
  return { url: `${server}/${DATABASE}`, dir, pid: postmaster.pid, ended: postmaster.ended, close };
}
