/** The tables on disk: events by position, streams by name, and per stream its revisions and the ids it has ever seen. */
import { createHash } from 'node:crypto';
import { open, type Database, type RootDatabase } from 'lmdb';
import { damageOf, fileAt } from './data-file.js';

export interface StreamState {
  /** Position of the stream's first event: unique, so it stands for the name in the other tables. */
  readonly key: number;
  /** Revision of the last event, −1 if there is none. */
  readonly last: number;
  /** Position of the tombstone, 0 if there is none. */
  readonly tombstone: number;
}

export interface StoredEvent {
  readonly position: number;
  readonly bytes: Buffer;
}

export interface PositionRange {
  /** First position looked at, inclusive, in the direction of reading. */
  readonly from: number;
  /** Last position looked at, inclusive. */
  readonly to: number;
  readonly limit: number;
  /** Reads towards the beginning; `from` is then the upper end. */
  readonly backwards?: boolean;
}

const NAME_LENGTH_MAX = 1000;
/** Bytes of events fetched at a time, give or take one event. */
export const PAGE_BYTES_MAX = 1 << 20;
const SHORT_NAME = 0;
const LONG_NAME = 1;

/** Keys have a largest size; a longer name is told apart by its hash. */
const nameKey = (stream: string): Buffer => {
  const name = Buffer.from(stream);
  if (name.length <= NAME_LENGTH_MAX) return Buffer.concat([Buffer.of(SHORT_NAME), name]);
  return Buffer.concat([Buffer.of(LONG_NAME), createHash('sha256').update(name).digest()]);
};

const KEY_BYTES = 6;

const idKey = (streamKey: number, eventId: string): Buffer => {
  const key = Buffer.allocUnsafe(KEY_BYTES + 16);
  key.writeUIntBE(streamKey, 0, KEY_BYTES);
  key.write(eventId.replaceAll('-', ''), KEY_BYTES, 'hex');
  return key;
};

/** A transaction that could not be written, for example because the disk is full: nothing of it is in the tables. */
export class StorageError extends Error {}

/** It is not known whether a transaction is on disk, and never will be: only opening the file anew tells what is. */
export class UnflushedError extends StorageError {}

/** lmdb rejects a commit with an error that only promises its cause, and that promise must not be left to reject unheard. */
const causeOf = async (error: unknown): Promise<unknown> => {
  try {
    await (error as { commitError?: Promise<never> }).commitError;
    return error;
  } catch (cause) {
    return cause;
  }
};

interface Tables {
  readonly root: RootDatabase;
  readonly events: Database<Buffer, number>;
  readonly streams: Database<number[], Buffer>;
  readonly revisions: Database<number, [number, number]>;
  readonly ids: Database<number, Buffer>;
}

const openTables = (path: string, durable: boolean): Tables => {
  // With event-turn batching lmdb makes promises of its own that nobody can catch, and a full disk would end the process.
  const root = open({ path, maxDbs: 8, noSync: !durable, commitDelay: 0, eventTurnBatching: false });
  return {
    root,
    events: root.openDB({ name: 'events', encoding: 'binary' }),
    streams: root.openDB({ name: 'streams', encoding: 'ordered-binary', keyEncoding: 'binary' }),
    revisions: root.openDB({ name: 'revisions', encoding: 'ordered-binary' }),
    ids: root.openDB({ name: 'ids', encoding: 'ordered-binary', keyEncoding: 'binary' }),
  };
};

export class Storage {
  private tables: Tables;
  private readonly file: string | undefined;

  /** `durable: false` never waits for the disk: for stores that die with their process. */
  constructor(
    private readonly path: string,
    private readonly durable: boolean,
  ) {
    this.tables = openTables(path, durable);
    this.file = fileAt(path);
  }

  /**
   * Runs `work` in one write transaction and resolves once it is on disk, not merely committed. Rejects with StorageError, or with UnflushedError
   * if that is not known: then nothing can be written any more, and the tables must not be closed, for lmdb would wait for the disk for ever.
   */
  async write(work: () => void): Promise<void> {
    const before = this.lastPosition();
    try {
      await this.tables.root.transaction(work);
    } catch (error) {
      const cause = await causeOf(error);
      const why = `the event store cannot write to its disk: ${cause instanceof Error ? cause.message : String(cause)}`;
      this.tables.root.resetReadTxn();
      const isNowhere = this.lastPosition() === before;
      const isUsable = await this.dropFailedFlush();
      throw isNowhere && isUsable ? new StorageError(why, { cause }) : new UnflushedError(why, { cause });
    }
    await this.tables.root.flushed;
    this.checkFile();
  }

  /**
   * lmdb never settles the flush of a failed transaction, and waits for it when it closes. An empty one takes its place and needs no disk.
   * False if lmdb takes none any more.
   */
  private dropFailedFlush(): Promise<boolean> {
    return this.tables.root
      .transaction(() => undefined)
      .then(
        () => true,
        (error: unknown) => causeOf(error).then(() => false),
      );
  }

  /** A file that was deleted or replaced is still written by whoever has it open, and nobody will ever find what was written. */
  private checkFile(): void {
    if (fileAt(this.path) !== this.file) throw this.lost('was deleted or replaced');
  }

  private lost(how: string): UnflushedError {
    return new UnflushedError(`${this.path} ${how} while the event store ran; stop it and restore its folder from a backup`);
  }

  stream(name: string): StreamState | undefined {
    const [key, last, tombstone] = this.tables.streams.get(nameKey(name)) ?? [];
    return key === undefined ? undefined : { key, last: last ?? -1, tombstone: tombstone ?? 0 };
  }

  event(position: number): Buffer | undefined {
    return this.tables.events.get(position);
  }

  positionOf(stream: StreamState, revision: number): number | undefined {
    return this.tables.revisions.get([stream.key, revision]);
  }

  revisionOf(stream: StreamState, eventId: string): number | undefined {
    return this.tables.ids.get(idKey(stream.key, eventId));
  }

  /** 0 when nothing was ever written. */
  lastPosition(): number {
    for (const position of this.tables.events.getKeys({ reverse: true, limit: 1 })) return position;
    return 0;
  }

  /** A page of $all, at most about a megabyte, in the order read. */
  page({ from, to, limit, backwards = false }: PositionRange): StoredEvent[] {
    if (backwards ? from < to : to < from) return [];
    const found: StoredEvent[] = [];
    let bytes = 0;
    for (const { key, value } of this.tables.events.getRange({ start: from, end: to, inclusiveEnd: true, limit, reverse: backwards })) {
      found.push({ position: key, bytes: value });
      bytes += value.length;
      if (bytes >= PAGE_BYTES_MAX) break;
    }
    return found;
  }

  /** Positions of a stream's events between two revisions, both inclusive, in the order read. */
  positions(stream: StreamState, { from, to, limit, backwards = false }: PositionRange): { revision: number; position: number }[] {
    if (backwards ? from < to : to < from) return [];
    const bounds = { start: [stream.key, from] as [number, number], end: [stream.key, to] as [number, number] };
    const range = this.tables.revisions.getRange({ ...bounds, inclusiveEnd: true, limit, reverse: backwards });
    return [...range.map(({ key, value }) => ({ revision: key[1], position: value }))];
  }

  putEvent(position: number, bytes: Buffer): void {
    void this.tables.events.put(position, bytes);
  }

  putRevision(stream: StreamState, revision: number, position: number): void {
    void this.tables.revisions.put([stream.key, revision], position);
  }

  putId(stream: StreamState, eventId: string, revision: number): void {
    void this.tables.ids.put(idKey(stream.key, eventId), revision);
  }

  putStream(name: string, state: StreamState): void {
    void this.tables.streams.put(nameKey(name), [state.key, state.last, state.tombstone]);
  }

  /**
   * Opens the file anew. lmdb maps it, and each page it ever touched counts as memory of this process until then; it also keeps the old
   * mappings when the file outgrows them. Only between two writes, and first thing in a turn of the event loop: no other turn begins before
   * this is done, so no read meets closed tables. Rejects with UnflushedError, before it closes anything, if the file is not the one that was
   * opened, or is damaged: lmdb cannot be trusted to close or open it then.
   */
  async remap(): Promise<void> {
    this.checkFile();
    const damage = damageOf(this.path);
    if (damage !== undefined) throw this.lost(damage);
    await this.tables.root.close();
    this.tables = openTables(this.path, this.durable);
  }

  async close(): Promise<void> {
    await this.tables.root.close();
  }
}
