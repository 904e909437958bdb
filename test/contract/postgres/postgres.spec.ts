import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { placeFor, reachable } from '../../../local/postgres/account.js';
import { startPostgres } from '../../../local/postgres/server.js';
import type { RunningPostgres } from '../../../local/postgres/server.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, createTemplate } from '../../support/postgres.js';

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const cleanups: (() => unknown)[] = [];
const cleaned = async (): Promise<void> => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
};
const folder = (): string => {
  const parent = mkdtempSync(join(tmpdir(), 'ledger-postgres-spec-'));
  chmodSync(parent, 0o755);
  cleanups.push(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'postgres');
};
const started = async (options: Parameters<typeof startPostgres>[0]): Promise<RunningPostgres> => {
  const running = await startPostgres({ fast: true, ...options });
  cleanups.push(() => running.close());
  return running;
};

/** PostgreSQL held by another process, as jest cannot be killed; the child says where it runs. */
const startElsewhere = async (dir: string): Promise<{ holder: ChildProcess; pid: number; url: string }> => {
  const server = join(import.meta.dirname, '../../support/hold-postgres.mjs');
  const holder = spawn(process.execPath, [server, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  cleanups.push(() => holder.kill('SIGKILL'));
  const line = await new Promise<string>((done) => holder.stdout.once('data', (data: Buffer) => done(data.toString())));
  return { holder, ...(JSON.parse(line) as { pid: number; url: string }) };
};

describe('the local PostgreSQL', () => {
  afterEach(cleaned);

  it('is a real PostgreSQL with an empty UTF-8 database "ledger" in UTC', async () => {
    const { url } = await started({ dir: folder() });
    const [row] = await query(
      url,
      `select current_database() as name, getdatabaseencoding() as encoding, current_setting('TimeZone') as zone`,
    );
    expect(row).toEqual({ name: 'ledger', encoding: 'UTF8', zone: 'UTC' });
    expect(await query(url, `select x from (values ('b'), ('Ä'), ('a'), ('Z')) t(x) order by x`)).toEqual(
      ['Z', 'a', 'b', 'Ä'].map((x) => ({ x })),
    );
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('keeps its data and its address over a restart on the same port', async () => {
    const dir = folder();
    const first = await startPostgres({ dir, fast: true });
    await query(first.url, 'create table kept as select 42 as answer');
    await first.close();
    expect(alive(first.pid)).toBe(false);
    const second = await started({ dir, port: Number(new URL(first.url).port) });
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('leaves no folder behind when it was given none', async () => {
    const running = await startPostgres({ fast: true });
    expect(statSync(running.dir).mode & 0o077).toBe(0);
    await running.close();
    expect(existsSync(running.dir)).toBe(false);
  });

  it('ends when the process that started it is killed', async () => {
    const { holder, pid } = await startElsewhere(folder());
    expect(alive(pid)).toBe(true);
    holder.kill('SIGKILL');
    await eventually(() => !alive(pid), { what: 'the end of PostgreSQL' });
  });

  it('stops a PostgreSQL that an earlier run left behind, and has its data', async () => {
    const dir = folder();
    const earlier = await startElsewhere(dir);
    await query(earlier.url, 'create table kept as select 42 as answer');
    const later = await started({ dir });
    expect(alive(earlier.pid)).toBe(false);
    expect(await query(later.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('says why it cannot start when its port is taken', async () => {
    const holder = createServer();
    await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
    cleanups.push(() => holder.close());
    const { port } = holder.address() as AddressInfo;
    await expect(startPostgres({ dir: folder(), port, fast: true })).rejects.toThrow(/could not bind IPv4 address "127.0.0.1".*in use/s);
  });

  it('tells a folder that another account cannot reach from one that it can', () => {
    const closed = mkdtempSync(join(tmpdir(), 'ledger-closed-'));
    cleanups.push(() => rmSync(closed, { recursive: true, force: true }));
    const stranger = { uid: 54_321, gid: 54_321 };
    expect(reachable(join(closed, 'postgres'), stranger)).toBe(false);
    expect(reachable(join(tmpdir(), 'postgres'), stranger)).toBe(true);
    expect(reachable(join(closed, 'postgres'), undefined)).toBe(true);
    const place = placeFor(join(closed, 'postgres'), stranger);
    expect(reachable(place, stranger)).toBe(true);
    mkdirSync(place);
    cleanups.push(() => rmSync(place, { recursive: true, force: true }));
    writeFileSync(join(place, 'kept'), '');
    expect(placeFor(join(closed, 'postgres'), stranger)).toBe(place);
    expect(readdirSync(place)).toEqual(['kept']);
  });
});

describe('databases for tests', () => {
  it('are empty, separate and removable', async () => {
    const [one, two] = [await createDatabase(), await createDatabase()];
    await query(one.url, 'create table only_here ()');
    expect(await query(two.url, `select to_regclass('only_here') as found`)).toEqual([{ found: null }]);
    await one.drop();
    await two.drop();
    await expect(query(one.url, 'select 1')).rejects.toThrow(/does not exist/);
  });

  it('can be copies of a prepared one', async () => {
    const template = await createTemplate(async (url) => void (await query(url, 'create table prepared as select 1 as one')));
    const copy = await createDatabase(template);
    expect(await query(copy.url, 'select one from prepared')).toEqual([{ one: 1 }]);
    await copy.drop();
  });
});
