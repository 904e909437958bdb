/**
 * The stored form of an event is the answer message itself (`ReadResp` with an `event`), so a read copies bytes and builds nothing.
 * Fields that a filter looks at come first; protobuf allows any order.
 */
import { FIELD_OVERHEAD_MAX, fieldSize, ProtobufCursor, ProtobufWriter, varintSize } from './protobuf.js';

export interface NewEvent {
  /** Lower case, with dashes. */
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Where an event stands. Revisions and positions are safe integers inside; only a tombstone's revision is not. */
export interface Place {
  readonly stream: string;
  readonly revision: number | bigint;
  readonly position: number;
  readonly createdMs: number;
}

/** The revision of `$streamDeleted`, 2^63−1. */
export const TOMBSTONE_REVISION = 9223372036854775807n;

const RECORDED = { id: 1, stream: 2, revision: 3, prepare: 4, commit: 5, properties: 6, metadata: 7, data: 8 } as const;
const UUID_TEXT = 2;
const STREAM_NAME = 3;
const ID_LENGTH = 36;
const ID_FIELD_LENGTH = 40;
const OUTER_HEADER_MAX = 24;
const FIELDS_MAX = 12;

const property = (writer: ProtobufWriter, key: string, value: string): void => {
  writer.open(RECORDED.properties, fieldSize(key.length) + fieldSize(Buffer.byteLength(value)));
  writer.text(1, key);
  writer.text(2, value);
};

/** Milliseconds since 1970 as the wire's ticks of 100 ns. */
const ticks = (ms: number): string => `${ms}0000`;

const encodeRecorded = (writer: ProtobufWriter, event: NewEvent, place: Place): void => {
  writer.open(RECORDED.id, ID_LENGTH + 2);
  writer.text(UUID_TEXT, event.id);
  writer.open(RECORDED.stream, fieldSize(Buffer.byteLength(place.stream)));
  writer.text(STREAM_NAME, place.stream);
  property(writer, 'type', event.type);
  property(writer, 'created', ticks(place.createdMs));
  property(writer, 'content-type', event.isJson ? 'application/json' : 'application/octet-stream');
  writer.varint(RECORDED.revision << 3);
  if (typeof place.revision === 'bigint') writer.varint64(place.revision);
  else writer.varint(place.revision);
  writer.number(RECORDED.prepare, place.position);
  writer.number(RECORDED.commit, place.position);
  writer.bytes(RECORDED.metadata, event.metadata);
  writer.bytes(RECORDED.data, event.data);
};

/** Builds the bytes that are stored and sent for an event. */
export function encodeRecord(event: NewEvent, place: Place): Buffer {
  const content = (event.type.length + place.stream.length) * 3 + event.metadata.length + event.data.length;
  const writer = new ProtobufWriter(OUTER_HEADER_MAX + content + FIELDS_MAX * FIELD_OVERHEAD_MAX, OUTER_HEADER_MAX);
  encodeRecorded(writer, event, place);
  const recordedLength = writer.at - OUTER_HEADER_MAX;
  writer.number(3, place.position);
  const end = writer.at;
  const eventLength = end - OUTER_HEADER_MAX + 1 + varintSize(recordedLength);
  const start = OUTER_HEADER_MAX - (1 + varintSize(recordedLength)) - (1 + varintSize(eventLength));
  writer.at = start;
  writer.open(1, eventLength);
  writer.open(1, recordedLength);
  return writer.buffer.subarray(start, end);
}

/** Reads single facts back out of a stored record without decoding the rest. */
export class RecordView {
  private readonly bodyStart: number;
  private readonly bodyEnd: number;
  private readonly streamStart: number;
  private readonly streamEnd: number;

  constructor(readonly bytes: Buffer) {
    const cursor = new ProtobufCursor(bytes);
    cursor.length();
    const length = cursor.length();
    this.bodyStart = cursor.at;
    this.bodyEnd = cursor.at + length;
    cursor.at += ID_FIELD_LENGTH;
    cursor.length();
    const nameLength = cursor.length();
    this.streamStart = cursor.at;
    this.streamEnd = cursor.at + nameLength;
  }

  get id(): string {
    const start = this.bodyStart + ID_FIELD_LENGTH - ID_LENGTH;
    return this.bytes.toString('latin1', start, start + ID_LENGTH);
  }

  get stream(): string {
    return this.bytes.toString('utf8', this.streamStart, this.streamEnd);
  }

  /** Whether the stream is one of the store's own, which start with a dollar sign. */
  get isSystemStream(): boolean {
    return this.bytes[this.streamStart] === 0x24;
  }

  get type(): string {
    return this.property(0);
  }

  /** Milliseconds since 1970. */
  get createdMs(): number {
    return Number(this.property(1).slice(0, -4));
  }

  get data(): Buffer {
    const cursor = this.afterProperties();
    for (let field = RECORDED.revision; field <= RECORDED.commit; field += 1) {
      cursor.at += 1;
      while ((this.bytes[cursor.at++] ?? 0) >= 0x80);
    }
    const metadataLength = cursor.length();
    cursor.at += metadataLength;
    const length = cursor.length();
    return this.bytes.subarray(cursor.at, cursor.at + length);
  }

  /** The `RecordedEvent` alone, for answers that hold two of them. */
  get recorded(): Buffer {
    return this.bytes.subarray(this.bodyStart, this.bodyEnd);
  }

  /** What follows the id in the `RecordedEvent`. */
  get recordedWithoutId(): Buffer {
    return this.bytes.subarray(this.bodyStart + ID_FIELD_LENGTH, this.bodyEnd);
  }

  private property(index: number): string {
    const cursor = new ProtobufCursor(this.bytes, this.streamEnd);
    for (let skipped = 0; skipped < index; skipped += 1) {
      const length = cursor.length();
      cursor.at += length;
    }
    cursor.length();
    const keyLength = cursor.length();
    cursor.at += keyLength;
    const valueLength = cursor.length();
    return this.bytes.toString('utf8', cursor.at, cursor.at + valueLength);
  }

  private afterProperties(): ProtobufCursor {
    const cursor = new ProtobufCursor(this.bytes, this.streamEnd);
    for (let skipped = 0; skipped < 3; skipped += 1) {
      const length = cursor.length();
      cursor.at += length;
    }
    return cursor;
  }
}
