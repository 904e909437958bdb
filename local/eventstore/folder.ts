/** The store's folder: one owner at a time, and never a folder that holds something else. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MARKER = 'eventstore.json';
const DATA = 'events.mdb';
const FORMAT = { format: 'order-ledger event store', version: 1 };

/** What lmdb writes at byte 16 of a data file. */
const LMDB_MAGIC = 0xbeefc0de;
const LMDB_MAGIC_OFFSET = 16;

export interface Folder {
  readonly dataFile: string;
  release(): Promise<void>;
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

/**
 * Takes the folder for this process. The lock is a listening socket whose name has no file (Linux): the kernel frees it when its owner
 * dies, however it dies. Elsewhere the name is a file in the folder.
 */
async function lock(dir: string): Promise<Server> {
  const { dev, ino } = statSync(dir);
  const server = createServer((socket) => socket.destroy());
  const path = process.platform === 'linux' ? `\0order-ledger-eventstore-${dev}-${ino}` : join(dir, 'owner.sock');
  try {
    await listen(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`the folder ${dir} is in use by another event store; stop that one or choose another folder`);
  }
  server.unref();
  return server;
}

const refuse = (dir: string, found: string, advice: string): never => {
  throw new Error(`the folder ${dir} cannot be used as an event store: ${found}; ${advice}`);
};

function checkMarker(dir: string): void {
  let marker: { format?: unknown; version?: unknown };
  try {
    marker = JSON.parse(readFileSync(join(dir, MARKER), 'utf8')) as typeof marker;
  } catch (error) {
    return refuse(dir, `${MARKER} cannot be read (${String(error)})`, 'restore the folder from a backup');
  }
  if (marker.format !== FORMAT.format) refuse(dir, `${MARKER} is not of this program`, 'choose another folder');
  if (marker.version !== FORMAT.version)
    refuse(dir, `its format is version ${String(marker.version)}, this program knows ${FORMAT.version}`, 'use a matching release');
}

function checkData(dir: string): void {
  const path = join(dir, DATA);
  if (!existsSync(path)) refuse(dir, `${DATA} is missing`, 'restore the folder from a backup');
  const head = Buffer.alloc(LMDB_MAGIC_OFFSET + 4);
  const file = openSync(path, 'r');
  readSync(file, head);
  closeSync(file);
  const whole = head.readUInt32LE(LMDB_MAGIC_OFFSET) === LMDB_MAGIC;
  if (!whole) refuse(dir, `${DATA} is damaged`, 'restore the folder from a backup');
}

/** Checks a folder that is in use already, or prepares an empty one. */
function prepare(dir: string): void {
  if (existsSync(join(dir, MARKER))) {
    checkMarker(dir);
    checkData(dir);
    return;
  }
  const others = readdirSync(dir).filter((name) => name !== 'owner.sock');
  if (others.length > 0) refuse(dir, `it holds other files (${others.slice(0, 3).join(', ')})`, 'choose an empty folder');
}

/** Call once the data file holds something: from then on the folder counts as a store. */
export const markFolder = (folder: Folder): void => writeFileSync(join(folder.dataFile, '..', MARKER), JSON.stringify(FORMAT));

/** Locks and checks the folder, making it if needed. Rejects, saying what was found and what to do, if it cannot be used. */
export async function takeFolder(dir: string): Promise<Folder> {
  mkdirSync(dir, { recursive: true });
  const owner = await lock(dir);
  const release = (): Promise<void> => new Promise((resolve) => owner.close(() => resolve()));
  try {
    prepare(dir);
  } catch (error) {
    await release();
    throw error;
  }
  return { dataFile: join(dir, DATA), release };
}

/** A folder that is gone when the store closes. */
export function temporaryFolder(): Folder {
  const dir = mkdtempSync(join(tmpdir(), 'eventstore-'));
  return {
    dataFile: join(dir, DATA),
    release: () => {
      rmSync(dir, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
