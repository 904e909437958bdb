/** The store's folder: one owner at a time, and never a folder that holds something else. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { damageOf, NOT_A_FILE } from './data-file.js';
import { Storage } from './storage.js';

const MARKER = 'eventstore.json';
const DATA = 'events.mdb';
const LOCK = 'owner.sock';
const FORMAT = 'order-ledger event store';
const VERSION = 1;

/** Says what the folder is. A folder that is `new` has never held an event. */
interface Marker {
  readonly format: string;
  readonly version: number;
  readonly state: 'new' | 'ready';
}

export interface Folder {
  readonly dataFile: string;
  /** Says that the folder now holds events. */
  markReady(): void;
  release(): Promise<void>;
}

const refusal = (dir: string, found: string, advice: string): Error =>
  new Error(`the folder ${dir} cannot be used as an event store: ${found}; ${advice}`);

const RESTORE = 'restore the folder from a backup, or start with an empty folder';

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

/**
 * Takes the folder for this process. The lock is a listening socket; on Linux its name has no file, and the kernel frees it when the owner
 * dies, however it dies. Elsewhere it is a file in the folder, to be deleted by hand after a crash.
 */
async function lock(dir: string): Promise<Server> {
  const { dev, ino } = statSync(dir);
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, process.platform === 'linux' ? `\0order-ledger-eventstore-${dev}-${ino}` : join(dir, LOCK));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw refusal(dir, 'another event store is using it', 'stop that one or choose another folder');
  }
  return server.unref();
}

function readMarker(dir: string): Marker {
  let marker: Marker | null;
  try {
    marker = JSON.parse(readFileSync(join(dir, MARKER), 'utf8')) as Marker | null;
  } catch (error) {
    throw refusal(dir, `${MARKER} cannot be read (${String(error)})`, RESTORE);
  }
  if (marker?.format !== FORMAT) throw refusal(dir, `${MARKER} is not of this program`, 'choose another folder');
  if (marker.version !== VERSION)
    throw refusal(dir, `its format is ${marker.version}, this program knows ${VERSION}`, 'use the release that wrote it');
  return marker;
}

/** Written aside and moved into place, so that a crash leaves the old one or the new one. */
function writeMarker(dir: string, state: Marker['state']): void {
  const marker: Marker = { format: FORMAT, version: VERSION, state };
  const aside = join(dir, `${MARKER}.next`);
  writeFileSync(aside, JSON.stringify(marker), { flush: true });
  renameSync(aside, join(dir, MARKER));
}

/** A folder that has never held an event may lack its data file, or have the beginning of one. */
function checkData(dir: string, state: Marker['state']): void {
  const damage = damageOf(join(dir, DATA));
  if (damage !== undefined && (state === 'ready' || damage === NOT_A_FILE)) throw refusal(dir, `${DATA} ${damage}`, RESTORE);
}

/** Checks a folder that is in use already, or marks an empty one as ours before anything else is put there. Answers what it is. */
function prepare(dir: string): Marker['state'] {
  if (existsSync(join(dir, MARKER))) {
    const marker = readMarker(dir);
    checkData(dir, marker.state);
    return marker.state;
  }
  const others = readdirSync(dir).filter((name) => name !== LOCK && name !== `${MARKER}.next`);
  if (others.length > 0) throw refusal(dir, `it holds other files (${others.slice(0, 3).join(', ')})`, 'choose an empty folder');
  writeMarker(dir, 'new');
  return 'new';
}

/** Locks and checks the folder, making it if needed. Rejects, saying what was found and what to do, if it cannot be used. */
export async function takeFolder(dir: string): Promise<Folder> {
  mkdirSync(dir, { recursive: true });
  const owner = await lock(dir);
  const unlock = (): Promise<void> => new Promise((resolve) => owner.close(() => resolve()));
  let state: Marker['state'];
  try {
    state = prepare(dir);
  } catch (error) {
    await unlock();
    throw error;
  }
  return {
    dataFile: join(dir, DATA),
    markReady: () => {
      if (state === 'ready') return;
      writeMarker(dir, 'ready');
      state = 'ready';
    },
    release: unlock,
  };
}

/** A folder that is gone when the store closes. */
export function temporaryFolder(): Folder {
  const dir = mkdtempSync(join(tmpdir(), 'eventstore-'));
  const release = (): Promise<void> => Promise.resolve(rmSync(dir, { recursive: true, force: true }));
  return { dataFile: join(dir, DATA), markReady: () => undefined, release };
}

/** Opens the tables. Throws, saying what was found and what to do, if the data file is damaged. */
export function openStorage({ dataFile }: Folder, durable: boolean): Storage {
  try {
    return new Storage(dataFile, durable);
  } catch (error) {
    throw refusal(dirname(dataFile), `${DATA} cannot be opened (${String(error)})`, RESTORE);
  }
}
