/** Databases for tests: one PostgreSQL per test process, started on first use and ended with that process; a fresh database costs some 30 ms. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres } from '../../local/postgres/server.js';

export interface TestDatabase {
  /** `postgres://user:password@127.0.0.1:port/<a name of its own>`. */
  readonly url: string;
  /** Ends its connections and removes it. */
  drop(): Promise<void>;
}

/** Jest gives every test file fresh modules, so the server's address is kept in a file named after the process that owns the server. */
const addressFile = (): string => join(tmpdir(), 'order-ledger-test-postgres', String(process.pid));

const answers = async (url: string): Promise<boolean> => {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
};

/** The address of this test process's PostgreSQL (database `ledger`, which tests leave alone). */
export async function testPostgres(): Promise<string> {
  const file = addressFile();
  const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (known && (await answers(known))) return known;
  mkdirSync(join(tmpdir(), 'order-ledger-test-postgres'), { recursive: true });
  const { url } = await startPostgres({ fast: true });
  writeFileSync(file, url, { mode: 0o600 });
  return url;
}

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

const withDatabase = (server: string, name: string): string => {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
};

/** A fresh database; a copy of `template` if one is named (see `createTemplate`), else empty. */
export async function createDatabase(template = 'template0'): Promise<TestDatabase> {
  const server = await testPostgres();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(server, `create database "${name}" template "${template}"`);
  return { url: withDatabase(server, name), drop: () => execute(server, `drop database if exists "${name}" with (force)`) };
}

/** Prepares a database once (for example migrates it) and gives its name for `createDatabase(template)`; `prepare` must close its connections. */
export async function createTemplate(prepare: (url: string) => Promise<void>): Promise<string> {
  const { url } = await createDatabase();
  await prepare(url);
  return new URL(url).pathname.slice(1);
}
