/** What one append, delete or tombstone does inside a write transaction: judge first, then put down everything at once. */
import { randomUUID } from 'node:crypto';
import {
  isMetadataStream,
  metadataStreamOf,
  NO_METADATA,
  parseMetadata,
  SOFT_DELETE_JSON,
  streamOfMetadata,
  type StreamMetadata,
} from './metadata.js';
import { encodeRecord, RecordView, TOMBSTONE_REVISION, type NewEvent } from './record.js';
import { judge, type Expected, type StreamFacts } from './rules.js';
import type { Storage, StreamState } from './storage.js';

export type WriteResult =
  /** `revision` −1 and no position: nothing was asked to be written and the stream holds nothing. */
  | { readonly outcome: 'written'; readonly revision: number; readonly position?: number }
  | { readonly outcome: 'wrongExpectedVersion'; readonly current: number }
  | { readonly outcome: 'streamDeleted' };

export interface WriteRequest {
  readonly stream: string;
  readonly expected: Expected;
}

export interface AppendRequest extends WriteRequest {
  readonly events: readonly NewEvent[];
}

const NO_BYTES = new Uint8Array();

const metadataEvent = (json: string): NewEvent => ({
  id: randomUUID(),
  type: '$metadata',
  isJson: true,
  data: Buffer.from(json),
  metadata: NO_BYTES,
});

/** Streams' numbers as whoever asks sees them: a writer all that is in the tables, a reader only what is on disk. */
interface Sight {
  stream(name: string): StreamState | undefined;
  positionOf(stream: StreamState, revision: number): number | undefined;
  event(position: number): Buffer | undefined;
}

/** Whether the stream, or the one whose metadata it holds, is gone for ever. */
export const isTombstoned = (sight: Pick<Sight, 'stream'>, stream: string): boolean => {
  if (sight.stream(stream)?.tombstone) return true;
  return isMetadataStream(stream) && Boolean(sight.stream(streamOfMetadata(stream))?.tombstone);
};

/** The metadata that holds for a stream now: its metadata stream's last event. */
export function metadataOf(sight: Sight, stream: string): StreamMetadata & { readonly exists: boolean } {
  const state = sight.stream(metadataStreamOf(stream));
  const position = state && sight.positionOf(state, state.last);
  const bytes = position === undefined ? undefined : sight.event(position);
  return bytes ? { ...parseMetadata(new RecordView(bytes).data), exists: true } : { ...NO_METADATA, exists: false };
}

/** Writes within one transaction; positions go on from the last one stored. */
export class Writer {
  private position: number;

  constructor(
    private readonly storage: Storage,
    private readonly nowMs: number,
  ) {
    this.position = storage.lastPosition();
  }

  append({ stream, expected, events }: AppendRequest): WriteResult {
    const facts = this.facts(stream);
    const verdict = judge(
      facts,
      expected,
      events.map(({ id }) => id),
    );
    if (verdict.verdict === 'streamDeleted') return { outcome: 'streamDeleted' };
    if (verdict.verdict === 'wrongExpectedVersion') return { outcome: 'wrongExpectedVersion', current: facts.last };
    if (events.length === 0) return { outcome: 'written', revision: facts.last };
    if (verdict.verdict === 'repeat') return this.standing(stream, verdict.revision);
    if (facts.softDeleted) this.revive(stream, facts.last + 1);
    const result = this.put(stream, events);
    if (isMetadataStream(stream)) this.keepRevived(streamOfMetadata(stream), facts.ownerSoftDeleted, events);
    return result;
  }

  /** A soft delete fails for a stream that holds neither events nor metadata, whatever was expected. */
  softDelete({ stream, expected }: WriteRequest): WriteResult {
    const facts = this.facts(stream);
    const verdict = judge(facts, expected, [randomUUID()]).verdict;
    if (verdict === 'streamDeleted') return { outcome: 'streamDeleted' };
    if (isTombstoned(this.storage, metadataStreamOf(stream))) return { outcome: 'streamDeleted' };
    const isNothing = facts.last < 0 && !facts.hasMetadata;
    if (verdict !== 'write' || isNothing) return { outcome: 'wrongExpectedVersion', current: facts.last };
    return this.put(metadataStreamOf(stream), [metadataEvent(SOFT_DELETE_JSON)]);
  }

  tombstone({ stream, expected }: WriteRequest): WriteResult {
    const facts = this.facts(stream);
    const verdict = judge(facts, expected, [randomUUID()]).verdict;
    if (verdict === 'streamDeleted') return { outcome: 'streamDeleted' };
    if (verdict !== 'write') return { outcome: 'wrongExpectedVersion', current: facts.last };
    const position = (this.position += 1);
    const event: NewEvent = { id: randomUUID(), type: '$streamDeleted', isJson: false, data: NO_BYTES, metadata: NO_BYTES };
    const record = encodeRecord(event, { stream, revision: TOMBSTONE_REVISION, position, createdMs: this.nowMs });
    const state = this.storage.stream(stream) ?? { key: position, last: -1, tombstone: 0 };
    this.storage.putEvent(position, record);
    this.storage.putStream(stream, { ...state, tombstone: position });
    return { outcome: 'written', revision: facts.last, position };
  }

  private facts(stream: string): StreamFacts & { readonly ownerSoftDeleted: boolean } {
    const { storage } = this;
    const state = storage.stream(stream);
    const metadata = metadataOf(storage, stream);
    return {
      tombstoned: isTombstoned(storage, stream),
      softDeleted: metadata.softDeleted,
      hasMetadata: metadata.exists,
      last: state?.last ?? -1,
      ownerSoftDeleted: isMetadataStream(stream) && metadataOf(storage, streamOfMetadata(stream)).softDeleted,
      revisionOf: (eventId) => state && storage.revisionOf(state, eventId),
      eventIdAt: (revision) => {
        const bytes = state && this.eventAt(state, revision);
        return bytes && new RecordView(bytes).id;
      },
    };
  }

  private eventAt(state: StreamState, revision: number): Buffer | undefined {
    const position = this.storage.positionOf(state, revision);
    return position === undefined ? undefined : this.storage.event(position);
  }

  /** The answer of the first write, given again. */
  private standing(stream: string, revision: number): WriteResult {
    const state = this.storage.stream(stream);
    const position = state && this.storage.positionOf(state, revision);
    return { outcome: 'written', revision, ...(position !== undefined && { position }) };
  }

  private put(stream: string, events: readonly NewEvent[]): WriteResult {
    const known = this.storage.stream(stream);
    const key = known?.key ?? this.position + 1;
    let last = known?.last ?? -1;
    // Encoding comes before the first put: a transaction does not take back what was put before an error.
    const records = events.map((event) => {
      const place = { stream, revision: (last += 1), position: (this.position += 1), createdMs: this.nowMs };
      return { id: event.id, revision: place.revision, position: place.position, bytes: encodeRecord(event, place) };
    });
    const state: StreamState = { key, last, tombstone: known?.tombstone ?? 0 };
    for (const { id, revision, position, bytes } of records) {
      this.storage.putEvent(position, bytes);
      this.storage.putRevision(state, revision, position);
      this.storage.putId(state, id, revision);
    }
    this.storage.putStream(stream, state);
    return { outcome: 'written', revision: last, position: this.position };
  }

  /** An append to a soft-deleted stream shows only what comes from now on; the other keys of the metadata stay. */
  private revive(stream: string, firstRevision: number): void {
    const { json } = metadataOf(this.storage, stream);
    this.put(metadataStreamOf(stream), [metadataEvent(JSON.stringify({ ...json, $tb: firstRevision }))]);
  }

  /** New metadata on a soft-deleted stream revives it too, unless it says itself from where events show. */
  private keepRevived(owner: string, wasSoftDeleted: boolean, written: readonly NewEvent[]): void {
    if (!wasSoftDeleted) return;
    const last = written.at(-1);
    const metadata = last ? parseMetadata(last.data) : NO_METADATA;
    if (metadata.truncateBefore !== undefined) return;
    this.revive(owner, (this.storage.stream(owner)?.last ?? -1) + 1);
  }
}
