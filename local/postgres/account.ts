/** Under which system account PostgreSQL runs, and which folders that account can reach: PostgreSQL refuses to run as root. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Undefined means: as whoever runs this process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

const idOf = (name: string): Account => {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
};

/** The account to run PostgreSQL as: nobody special unless we are root, then `postgres`, made if it does not exist; throws when none can be had. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return undefined;
  const existing = idOf('postgres');
  if (existing) return existing;
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'ignore' });
  } catch (error) {
    console.error(`no account "postgres" could be created (${String(error)}); PostgreSQL runs as "nobody"`);
  }
  const account = idOf('postgres') ?? idOf('nobody');
  if (!account) throw new Error('PostgreSQL refuses to run as root, and this system has neither an account "postgres" nor "nobody"');
  return account;
}

/** Whether the account may pass through this folder; one that does not exist yet will be made by us and handed over. */
const passable = (folder: string, account: NonNullable<Account>): boolean => {
  if (!existsSync(folder)) return true;
  const { mode, uid, gid } = statSync(folder);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
};

/** Whether the account can reach this path, that is pass every folder above it. */
export function reachable(path: string, account: Account): boolean {
  if (!account) return true;
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (!passable(folder, account)) return false;
    if (folder === dirname(folder)) return true;
  }
}

const writable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Makes a folder that belongs to the account and to nobody else; missing parents stay open to pass through. */
export function ownFolder(folder: string, account: Account): void {
  const missing: string[] = [];
  for (let parent = dirname(folder); !existsSync(parent); parent = dirname(parent)) missing.push(parent);
  mkdirSync(folder, { recursive: true });
  for (const parent of missing) chmodSync(parent, 0o755);
  if (account) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
}

/** A durable place outside folders that only root may enter; the system's temp folder only as the last resort. */
const elsewhere = (name: string, account: Account): string => {
  const base = ['/var/lib', tmpdir()].find((folder) => existsSync(folder) && writable(folder) && reachable(join(folder, name), account));
  if (!base) throw new Error(`neither /var/lib nor ${tmpdir()} can hold PostgreSQL's data for the account it must run as`);
  return join(base, name);
};

const LOCATION_FILE = 'location';

/**
 * Where the data really goes: the folder asked for, or, where the account cannot reach it, one outside, which is said on stderr and noted
 * in the folder asked for. When that note is gone the folder was deleted by somebody who wanted a fresh start: the old data is set aside.
 */
export function placeFor(asked: string, account: Account): string {
  if (reachable(asked, account)) return asked;
  const name = `order-ledger-postgres-${createHash('sha256').update(asked).digest('hex').slice(0, 12)}`;
  const note = join(asked, LOCATION_FILE);
  const place = existsSync(note) ? readFileSync(note, 'utf8').trim() : elsewhere(name, account);
  if (!existsSync(note)) {
    if (existsSync(place)) renameSync(place, `${place}-set-aside-${statSync(place).mtimeMs.toFixed(0)}`);
    mkdirSync(asked, { recursive: true });
    writeFileSync(note, `${place}\n`);
  }
  console.error(`postgres: the account it must run as cannot reach ${asked}; its data is in ${place}`);
  return place;
}

/** The folder of the binaries, copied to where the account can reach them if it cannot reach them where they are installed. */
export function reachableBinaries(native: string, version: string, account: Account): string {
  if (reachable(join(native, 'bin', 'postgres'), account)) return native;
  const copy = elsewhere(`order-ledger-postgres-binaries-${version}`, account);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', unfinished]);
    renameSync(unfinished, copy);
  }
  return copy;
}
