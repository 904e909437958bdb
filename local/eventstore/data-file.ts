/**
 * The data file as it is seen without opening it. lmdb maps it into memory, and touching a page that the file no longer has ends the process
 * with SIGBUS, which nothing can catch; so what the file says of its own size is read before.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
/** Where lmdb's data format 2 has the numbers of a meta page. */
const META = { magic: 24, pageSize: 48, flags: 52, lastPage: 144, transaction: 152, boot: 160 } as const;
const PAGE_BYTES_MAX = 1 << 16;
/** The transaction may not be on disk yet. */
const UNFLUSHED = 0x1000;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export const NOT_A_FILE = 'is not a file';

interface Meta {
  readonly transaction: bigint;
  readonly lastPage: bigint;
  readonly boot: bigint;
  readonly isFlushed: boolean;
}

const metaAt = (head: Buffer, page: number): Meta => ({
  transaction: head.readBigUInt64LE(page + META.transaction),
  lastPage: head.readBigUInt64LE(page + META.lastPage),
  boot: head.readBigInt64LE(page + META.boot),
  isFlushed: (head.readUInt16LE(page + META.flags) & UNFLUSHED) === 0,
});

/** What lmdb notes to know whether the machine was started anew: the first digits of the kernel's id, 0 where there is none. */
function currentBoot(): bigint {
  try {
    return BigInt(`0x${readFileSync(BOOT_ID, 'utf8').slice(0, 8)}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0n;
    throw error;
  }
}

/** Two pages take turns in holding the last transaction. After a restart of the machine lmdb goes back to the last one known to be on disk. */
const metaInUse = (head: Buffer, pageSize: number): Meta => {
  const [even, odd] = [metaAt(head, 0), metaAt(head, pageSize)];
  const latest = even.transaction >= odd.transaction ? even : odd;
  const isSafe = latest.isFlushed || (latest.boot !== 0n && latest.boot === currentBoot());
  return isSafe ? latest : metaAt(head, pageSize / 2);
};

const headOf = (path: string): Buffer => {
  const head = Buffer.alloc(PAGE_BYTES_MAX + META.boot + 8);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
    return head;
  } finally {
    closeSync(file);
  }
};

/** What is wrong with the file, to be said after its name; undefined if nothing is to be seen from outside. */
export function damageOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 'is missing';
  if (!found.isFile()) return NOT_A_FILE;
  const head = headOf(path);
  const pageSize = head.readUInt32LE(META.pageSize);
  const isOurs = head.readUInt32LE(META.magic) === MAGIC && pageSize > 0 && pageSize <= PAGE_BYTES_MAX && pageSize % 2 === 0;
  if (!isOurs) return 'does not begin like a data file';
  const needed = Math.max(2, Number(metaInUse(head, pageSize).lastPage) + 1) * pageSize;
  return found.size < needed ? `was cut short: it has ${found.size} bytes of ${needed}` : undefined;
}

/** Names the file that the path leads to now, whatever is in it; undefined if it leads to none. */
export function fileAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
}
