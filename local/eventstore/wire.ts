/** From the client's generated messages to the log's words, and back. 64-bit numbers travel as decimal strings. */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { accessDenied, decoded, invalidArgument, missingProperty } from './errors.js';
import type { NewEvent } from './record.js';
import { EXPECTED, type Expected } from './rules.js';

const UUID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const ALL_STREAM = '$all';
const HALF_BITS = 64;

/** A 64-bit number as a safe integer; what lies above every revision and position there can be becomes the largest one. */
export function toSafeInteger(text: string): number {
  const value = Number(text);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

const hexHalf = (signed: string): string => BigInt.asUintN(HALF_BITS, BigInt(signed)).toString(16).padStart(16, '0');

/** The id in lower case with dashes. Throws INVALID_ARGUMENT for a nil or malformed one. */
export function readUuid(uuid: UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (structured) {
    const hex = hexHalf(structured.getMostSignificantBits()) + hexHalf(structured.getLeastSignificantBits());
    return checked(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  }
  return checked((uuid?.getString() ?? '').toLowerCase());
}

/** Tag and length of the text form of an encoded UUID, by far the most frequent one. */
const TEXT_UUID = { tag: 0x12, length: 36 } as const;

/** The same from an encoded UUID. */
export function readEncodedUuid(bytes: Uint8Array): string {
  const { tag, length } = TEXT_UUID;
  if (bytes.length !== length + 2 || bytes[0] !== tag || bytes[1] !== length)
    return readUuid(decoded('the id', () => shared.UUID.deserializeBinary(bytes)));
  return checked(
    Buffer.from(bytes.buffer, bytes.byteOffset + 2, length)
      .toString('latin1')
      .toLowerCase(),
  );
}

const checked = (id: string): string => {
  if (!UUID_FORM.test(id) || id === NIL_UUID) throw invalidArgument(`'${id}' is not an id: a UUID that is not nil is needed`);
  return id;
};

/** The stream's name. Throws INVALID_ARGUMENT for an empty one. */
export function readStreamName(identifier: StreamIdentifier | undefined): string {
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
  if (name === '') throw invalidArgument('a stream name is needed');
  return name;
}

/** The name of a stream that is to be written. `$all` is every stream, so nobody may write to it. */
export function readWritableName(identifier: StreamIdentifier | undefined): string {
  const name = readStreamName(identifier);
  if (name === ALL_STREAM) throw accessDenied();
  return name;
}

export const streamIdentifier = (stream: string): StreamIdentifier => {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  return identifier;
};

interface Expectation {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

/** The expected revision as a number; `revision` is what the message's own field says when it is none of the named ones. */
export function readExpected(options: Expectation, revision: string): Expected {
  if (options.hasNoStream()) return EXPECTED.noStream;
  if (options.hasAny()) return EXPECTED.any;
  if (options.hasStreamExists()) return EXPECTED.streamExists;
  const exact = Number(revision);
  return Number.isSafeInteger(exact) ? exact : BigInt(revision);
}

/** An event to append, from its parts. Throws when its id or a required property is missing. */
export function proposedEvent(
  properties: { get(key: string): string | undefined },
  id: () => string,
  content: Pick<NewEvent, 'data' | 'metadata'>,
): NewEvent {
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (type === undefined || contentType === undefined) throw missingProperty();
  return { id: id(), type, isJson: contentType === 'application/json', ...content };
}

export const readProposed = (message: AppendReq.ProposedMessage): NewEvent =>
  proposedEvent(message.getMetadataMap(), () => readUuid(message.getId()), {
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  });

/** Names the expectation in an answer by the setters that messages share. */
export function nameExpected<E>(
  expected: Expected,
  empty: E,
  answer: { any(e: E): void; noStream(e: E): void; streamExists(e: E): void; revision(r: string): void },
): void {
  if (expected === EXPECTED.any) answer.any(empty);
  else if (expected === EXPECTED.noStream) answer.noStream(empty);
  else if (expected === EXPECTED.streamExists) answer.streamExists(empty);
  else answer.revision(String(expected));
}

const bytesOf = (response: InstanceType<typeof streams.ReadResp>): Buffer => Buffer.from(response.serializeBinary());

export const confirmation = (subscriptionId: string): Buffer => {
  const content = new streams.ReadResp.SubscriptionConfirmation();
  content.setSubscriptionId(subscriptionId);
  return bytesOf(new streams.ReadResp().setConfirmation(content));
};

export const caughtUp = (): Buffer => bytesOf(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));

export const checkpoint = (position: number): Buffer => {
  const content = new streams.ReadResp.Checkpoint();
  content.setCommitPosition(String(position));
  content.setPreparePosition(String(position));
  return bytesOf(new streams.ReadResp().setCheckpoint(content));
};

export const streamNotFound = (stream: string): Buffer => {
  const content = new streams.ReadResp.StreamNotFound();
  content.setStreamIdentifier(streamIdentifier(stream));
  return bytesOf(new streams.ReadResp().setStreamNotFound(content));
};
