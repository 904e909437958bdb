/**
 * The messages of BatchAppend, taken off the wire and put on it field by field: every append comes through here, and the generated classes
 * take three times as long for it. What is rare is still left to them.
 */
import { status } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import rpcStatus from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import protobuf from 'google-protobuf';
import wellKnownAny from 'google-protobuf/google/protobuf/any_pb.js';
import wellKnownEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import { writeError } from './append.js';
import { decoded } from './errors.js';
import { fieldSize, ProtobufWriter, varintSize } from './protobuf.js';
import type { NewEvent } from './record.js';
import type { Expected } from './rules.js';
import { nameExpected, proposedEvent, readEncodedUuid, streamIdentifier } from './wire.js';
import type { WriteResult } from './writer.js';

/** One message of the call: an append, or a part of one. */
export interface Chunk {
  /** The encoded UUID, to be sent back as it came. */
  readonly correlationId: Uint8Array;
  /** The encoded options, in an append's first chunk. */
  readonly options?: Uint8Array;
  /** Encoded events. */
  readonly proposed: readonly Uint8Array[];
  readonly isFinal: boolean;
  /** Length of the whole message. */
  readonly bytes: number;
}

export interface Failure {
  readonly code: number;
  readonly name: string;
  readonly content: { serializeBinary(): Uint8Array };
  readonly message?: string;
}

const NO_BYTES = new Uint8Array();
/** Bytes around the ids and names in an answer, and those of a success. */
const ANSWER_OVERHEAD_MAX = 32;
const SUCCESS_MAX = 64;

/** Throws on bytes that are not a message. */
export function readChunk(bytes: Uint8Array): Chunk {
  const reader = new protobuf.BinaryReader(bytes);
  const proposed: Uint8Array[] = [];
  let correlationId: Uint8Array = NO_BYTES;
  let options: Uint8Array | undefined;
  let isFinal = false;
  while (reader.nextField() && !reader.isEndGroup()) {
    const field = reader.getFieldNumber();
    if (field === 1) correlationId = reader.readBytes();
    else if (field === 2) options = reader.readBytes();
    else if (field === 3) proposed.push(reader.readBytes());
    else if (field === 4) isFinal = reader.readBool();
    else reader.skipField();
  }
  return { correlationId, ...(options && { options }), proposed, isFinal, bytes: bytes.length };
}

/** Throws INVALID_ARGUMENT. */
export const readOptions = (bytes: Uint8Array): BatchAppendReq.Options =>
  decoded('the options', () => streams.BatchAppendReq.Options.deserializeBinary(bytes));

const readProperty = (bytes: Uint8Array): [key: string, value: string] => {
  const reader = new protobuf.BinaryReader(bytes);
  let [key, value] = ['', ''];
  while (reader.nextField() && !reader.isEndGroup()) {
    const field = reader.getFieldNumber();
    if (field === 1) key = reader.readString();
    else if (field === 2) value = reader.readString();
    else reader.skipField();
  }
  return [key, value];
};

/** An event of a chunk. Throws INVALID_ARGUMENT, also when its id or a required property is missing. */
export const readEvent = (bytes: Uint8Array): NewEvent => decoded('the event', () => eventIn(bytes));

function eventIn(bytes: Uint8Array): NewEvent {
  const reader = new protobuf.BinaryReader(bytes);
  const properties = new Map<string, string>();
  let id: Uint8Array = NO_BYTES;
  let [data, metadata]: [Uint8Array, Uint8Array] = [NO_BYTES, NO_BYTES];
  while (reader.nextField() && !reader.isEndGroup()) {
    const field = reader.getFieldNumber();
    if (field === 1) id = reader.readBytes();
    else if (field === 2) properties.set(...readProperty(reader.readBytes()));
    else if (field === 3) metadata = reader.readBytes();
    else if (field === 4) data = reader.readBytes();
    else reader.skipField();
  }
  return proposedEvent(properties, () => readEncodedUuid(id), { data, metadata });
}

/** google.rpc codes, which are gRPC's. */
const CODES = { unknown: 2, invalid: 3, timeout: 4, notFound: 5, exists: 6, denied: 7 } as const;

export const TIMED_OUT: Failure = { code: CODES.timeout, name: 'Timeout', content: new shared.Timeout(), message: 'Timeout' };

export const conflict = (expected: Expected, current: number): Failure => {
  const content = new shared.WrongExpectedVersion();
  if (current < 0) content.setCurrentNoStream(new wellKnownEmpty.Empty());
  else content.setCurrentStreamRevision(String(current));
  nameExpected(expected, new wellKnownEmpty.Empty(), {
    any: (empty) => content.setExpectedAny(empty),
    noStream: (empty) => content.setExpectedNoStream(empty),
    streamExists: (empty) => content.setExpectedStreamExists(empty),
    revision: (revision) => content.setExpectedStreamPosition(revision),
  });
  return { code: CODES.exists, name: 'WrongExpectedVersion', content };
};

export const deleted = (stream: string): Failure => ({
  code: CODES.notFound,
  name: 'StreamDeleted',
  content: new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)),
});

/** What a thrown status says, in the words of this call. */
export const asFailure = (error: unknown, bytesMax: number): Failure => {
  const { code, message, metadata } = writeError(error);
  const [exception] = metadata.get('exception');
  if (exception === 'maximum-append-size-exceeded') {
    return {
      code: CODES.invalid,
      name: 'MaximumAppendSizeExceeded',
      content: new shared.MaximumAppendSizeExceeded().setMaxappendsize(bytesMax),
    };
  }
  if (exception === 'access-denied') return { code: CODES.denied, name: 'AccessDenied', content: new shared.AccessDenied() };
  if (code === status.INVALID_ARGUMENT)
    return { code: CODES.invalid, name: 'BadRequest', content: new shared.BadRequest().setMessage(message), message };
  return { code: CODES.unknown, name: 'Unknown', content: new shared.Unknown(), message };
};

const encodeSuccess = ({ revision, position }: Extract<WriteResult, { outcome: 'written' }>): Uint8Array => {
  const writer = new ProtobufWriter(SUCCESS_MAX);
  if (revision < 0) writer.open(2, 0);
  else writer.number(1, revision);
  if (position === undefined) {
    writer.open(4, 0);
  } else {
    writer.open(3, 2 * (1 + varintSize(position)));
    writer.number(1, position);
    writer.number(2, position);
  }
  return writer.buffer.subarray(0, writer.at);
};

const encodeFailure = ({ code, name, content, message }: Failure): Uint8Array => {
  const details = new wellKnownAny.Any();
  details.pack(content.serializeBinary(), `event_store.client.${name}`);
  return new rpcStatus.Status()
    .setCode(code)
    .setMessage(message ?? name)
    .setDetails(details)
    .serializeBinary();
};

/** The answer to an append, as the bytes of a BatchAppendResp. The client reads the stream's name from errors too. */
export function encodeAnswer(
  append: { readonly correlationId: Uint8Array; readonly stream: string },
  outcome: Extract<WriteResult, { outcome: 'written' }> | Failure,
): Uint8Array {
  const isSuccess = 'outcome' in outcome;
  const content = isSuccess ? encodeSuccess(outcome) : encodeFailure(outcome);
  const nameLength = Buffer.byteLength(append.stream);
  const writer = new ProtobufWriter(append.correlationId.length + nameLength + content.length + ANSWER_OVERHEAD_MAX);
  writer.bytes(1, append.correlationId);
  writer.bytes(isSuccess ? 3 : 2, content);
  writer.open(4, fieldSize(nameLength));
  writer.text(3, append.stream);
  return writer.buffer.subarray(0, writer.at);
}
