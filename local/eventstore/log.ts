/** The log: one writer that commits waiting appends together, and readers that see only what is safely on disk. */
import { systemClock, type Clock } from '../support/clock.js';
import { firstVisible, isMetadataStream } from './metadata.js';
import { RecordView } from './record.js';
import { nextTurn } from './paging.js';
import { EXPECTED } from './rules.js';
import { PAGE_BYTES_MAX, StorageError, UnflushedError, type Storage, type StoredEvent, type StreamState } from './storage.js';
import { isTombstoned, metadataOf, Writer, type AppendRequest, type WriteRequest, type WriteResult } from './writer.js';

/** The log is closing: the append was not tried. */
export class LogClosedError extends Error {}

interface Waiting {
  /** Bytes of event data, to keep a transaction from growing without end. */
  readonly bytes: number;
  readonly work: (writer: Writer) => WriteResult;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: unknown) => void;
}

/** How a stream looks to a reader now. `first` is the lowest revision that shows, `notBeforeMs` the oldest age that shows. */
export type StreamSight =
  | { readonly sight: 'missing' }
  | { readonly sight: 'tombstoned' }
  | { readonly sight: 'present'; readonly state: StreamState; readonly first: number; readonly last: number; readonly notBeforeMs: number };

export interface PageRequest {
  readonly from: number;
  readonly limit: number;
  readonly backwards?: boolean;
}

/** Appends in one transaction at most; keeps the event loop free between transactions. */
const BATCH_MAX = 512;
const BATCH_BYTES_MAX = 8 << 20;
const SECOND_MS = 1000;
/** Far longer than a disk that still works takes for a transaction. */
const CONFIRM_TIMEOUT_MS = 30_000;
/** How often the memory is looked at, and by how much it may grow before the data file is mapped anew, which takes about a millisecond. */
const MEMORY_LOOK_MS = 100;
const MEMORY_GROWTH_BYTES_MAX = 32 << 20;
const NO_STREAM_STATE: StreamState = { key: 0, last: -1, tombstone: 0 };

const isHidden = (view: RecordView): boolean => {
  if (!view.isSystemStream) return false;
  const { stream } = view;
  if (stream === '$epoch-information') return true;
  return stream.startsWith('$persistentsubscription-$all::') && /-(checkpoint|parked)$/.test(stream);
};

/** Does one write's work; its answer waits until the transaction is on disk. One that fails leaves the others in the transaction alone. */
const settle = ({ work, resolve, reject }: Waiting, writer: Writer): (() => void) => {
  try {
    const result = work(writer);
    return () => resolve(result);
  } catch (error) {
    return () => reject(error);
  }
};

export class Log {
  /** The last position that is on disk; readers see nothing above it. */
  head: number;
  /** The id of the first event, which tells this log from every other; undefined while there is none. */
  identity: string | undefined;
  private waiting: Waiting[] = [];
  private draining: Promise<void> | undefined;
  private closed = false;
  private broken: StorageError | undefined;
  private readonly watchers = new Set<() => void>();
  private memoryBytes = process.memoryUsage.rss();
  private remapDue = false;
  private readonly memoryLook = setInterval(() => this.lookAtMemory(), MEMORY_LOOK_MS).unref();

  /** `onBroken` is told once when the disk did not confirm a write or the file could not be opened anew: nothing can be written until the folder is opened anew. */
  constructor(
    private readonly storage: Storage,
    private readonly clock: Clock = systemClock,
    private readonly onBroken: (error: Error) => void = () => undefined,
    private readonly confirmTimeoutMs = CONFIRM_TIMEOUT_MS,
  ) {
    this.head = storage.lastPosition();
    this.identity = this.firstId();
  }

  append(request: AppendRequest): Promise<WriteResult> {
    const bytes = request.events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    return this.submit((writer) => writer.append(request), bytes);
  }

  softDelete(request: WriteRequest): Promise<WriteResult> {
    return this.submit((writer) => writer.softDelete(request));
  }

  tombstone(request: WriteRequest): Promise<WriteResult> {
    return this.submit((writer) => writer.tombstone(request));
  }

  /** A page of $all in the direction of reading; `from` is inclusive. `nextFrom` goes past hidden events too and is absent at the end. */
  readAll({ from, limit, backwards = false }: PageRequest): { events: StoredEvent[]; nextFrom?: number } {
    const start = backwards ? Math.min(from, this.head) : Math.max(from, 1);
    const page = this.storage.page({ from: start, to: backwards ? 1 : this.head, limit, backwards });
    const last = page.at(-1);
    const events = page.filter(({ bytes }) => !isHidden(new RecordView(bytes)));
    return last ? { events, nextFrom: last.position + (backwards ? -1 : 1) } : { events };
  }

  look(stream: string): StreamSight {
    const state = this.stream(stream);
    if (isTombstoned(this, stream)) return { sight: 'tombstoned' };
    const metadata = metadataOf(this, stream);
    if (state.last < 0 || metadata.softDeleted) return { sight: 'missing' };
    const bounded = isMetadataStream(stream) ? { ...metadata, maxCount: 1 } : metadata;
    const notBeforeMs = metadata.maxAge === undefined ? 0 : this.clock().getTime() - metadata.maxAge * SECOND_MS;
    return { sight: 'present', state, first: firstVisible(bounded, state.last), last: state.last, notBeforeMs };
  }

  /** A page of a stream's events by revision, `from` inclusive, down to revision `floor`; what shows is the caller's to say. */
  readStream(state: StreamState, request: PageRequest & { readonly floor: number }): (StoredEvent & { revision: number })[] {
    const { from, limit, backwards = false, floor } = request;
    const to = backwards ? floor : state.last;
    const found: (StoredEvent & { revision: number })[] = [];
    let taken = 0;
    for (const { revision, position } of this.storage.positions(state, { from, to, limit, backwards })) {
      const bytes = this.event(position);
      if (!bytes) continue;
      found.push({ revision, position, bytes });
      taken += bytes.length;
      if (taken >= PAGE_BYTES_MAX) break;
    }
    return found;
  }

  positionOf(state: StreamState, revision: number): number | undefined {
    return this.storage.positionOf(state, revision);
  }

  event(position: number): Buffer | undefined {
    return position <= this.head ? this.storage.event(position) : undefined;
  }

  /** The stream's numbers as far as they are on disk, also when it is empty or deleted. */
  stream(stream: string): StreamState {
    const state = this.storage.stream(stream) ?? NO_STREAM_STATE;
    let { last } = state;
    while (last >= 0 && (this.storage.positionOf(state, last) ?? 0) > this.head) last -= 1;
    return { ...state, last, tombstone: state.tombstone > this.head ? 0 : state.tombstone };
  }

  /** How many wait for the next commit. */
  get watching(): number {
    return this.watchers.size;
  }

  /** Calls back after every commit until the returned function is called. */
  watch(onCommit: () => void): () => void {
    this.watchers.add(onCommit);
    return () => this.watchers.delete(onCommit);
  }

  /** Resolves when every write that waits now is answered. */
  async settled(): Promise<void> {
    await this.submit(() => ({ outcome: 'written', revision: -1 }));
  }

  /** Writes what is waiting, then closes the files. Those of a broken log are left to the end of the process: closing them might never end. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.memoryLook);
    await this.draining;
    if (!this.broken) await this.storage.close();
  }

  /** A new store gets one event of its own, so that $all never begins with somebody's first event. */
  async begin(): Promise<void> {
    if (this.head > 0) return;
    const event = { id: crypto.randomUUID(), type: '$storeCreated', isJson: true, data: Buffer.from('{}'), metadata: new Uint8Array() };
    await this.append({ stream: '$store', expected: EXPECTED.noStream, events: [event] });
  }

  private submit(work: Waiting['work'], bytes = 0): Promise<WriteResult> {
    if (this.closed) return Promise.reject(new LogClosedError('the event store is closing'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, work, resolve, reject });
      this.draining ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    try {
      // Appends that arrive in the same turn share the first transaction.
      await nextTurn();
      while (this.waiting.length > 0 || this.remapDue) {
        if (this.waiting.length > 0) await this.commit(this.takeBatch());
        if (this.remapDue) await this.remap();
      }
    } finally {
      this.draining = undefined;
    }
  }

  private lookAtMemory(): void {
    const bytes = process.memoryUsage.rss();
    this.memoryBytes = Math.min(this.memoryBytes, bytes);
    if (this.broken || bytes - this.memoryBytes < MEMORY_GROWTH_BYTES_MAX) return;
    this.remapDue = true;
    this.draining ??= this.drain();
  }

  private async remap(): Promise<void> {
    await nextTurn();
    this.remapDue = false;
    try {
      if (!this.broken) await this.openAnew();
    } catch (error) {
      if (error instanceof StorageError) this.breakOff(error);
      else this.breakOff(new StorageError(`the event store cannot open its file anew: ${String(error)}`, { cause: error }));
    }
    this.memoryBytes = process.memoryUsage.rss();
  }

  private async openAnew(): Promise<void> {
    const { identity, head } = this;
    await this.storage.remap();
    if (this.firstId() === identity && this.storage.lastPosition() >= head) return;
    throw new StorageError('the data file was overwritten while the event store ran; stop it and restore its folder from a backup');
  }

  /** When a write of its own fails late, lmdb never says so. */
  private async confirmed(written: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      const error = new UnflushedError(`the disk did not confirm a write within ${this.confirmTimeoutMs} ms`);
      timer = setTimeout(() => reject(error), this.confirmTimeoutMs);
    });
    try {
      await Promise.race([written, overdue]);
    } finally {
      clearTimeout(timer);
    }
  }

  private firstId(): string | undefined {
    const bytes = this.storage.event(1);
    return bytes && new RecordView(bytes).id;
  }

  private breakOff(error: StorageError): void {
    if (!this.broken) this.onBroken((this.broken = error));
  }

  private takeBatch(): Waiting[] {
    let size = 0;
    let bytes = 0;
    for (const { bytes: more } of this.waiting) {
      if (size >= BATCH_MAX || bytes >= BATCH_BYTES_MAX) break;
      size += 1;
      bytes += more;
    }
    return this.waiting.splice(0, size);
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const answers: (() => void)[] = [];
    try {
      if (this.broken) throw this.broken;
      const written = this.storage.write(() => {
        const writer = new Writer(this.storage, this.clock().getTime());
        for (const waiting of batch) answers.push(settle(waiting, writer));
      });
      await this.confirmed(written);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      if (error instanceof UnflushedError) this.breakOff(error);
      return;
    }
    this.head = this.storage.lastPosition();
    this.identity ??= this.firstId();
    for (const answer of answers) answer();
    for (const onCommit of [...this.watchers]) onCommit();
  }
}
