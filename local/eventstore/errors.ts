/** The statuses and trailers by which the client tells errors apart. */
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';

/** A call that ends with a status; `trailers` become the answer's trailing metadata. */
export class CallError extends Error implements Partial<StatusObject> {
  readonly metadata = new Metadata();

  readonly details: string;

  constructor(
    readonly code: status,
    why: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(sendable(why));
    this.details = this.message;
    for (const [name, value] of Object.entries(trailers)) this.metadata.set(name, asTrailer(value));
  }
}

/** Headers have a size limit, names and ids have none. */
const DETAILS_LENGTH_MAX = 1000;
const TRAILER_LENGTH_MAX = 4096;

/** grpc-js percent-encodes the text of a status and throws on half a surrogate pair, which text off the wire may hold. */
const sendable = (text: string): string => Buffer.from(text.slice(0, DETAILS_LENGTH_MAX)).toString('utf8');

/** Trailers hold printable ASCII only: anything else is percent-encoded. A stream's name, decoded from its bytes, holds no half of a surrogate pair. */
const asTrailer = (value: string): string =>
  (/^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value)).slice(0, TRAILER_LENGTH_MAX);

export const invalidArgument = (why: string): CallError => new CallError(status.INVALID_ARGUMENT, why);

/** Decodes bytes off the wire. Throws INVALID_ARGUMENT for what cannot be decoded: that is the sender's mistake, not the store's. */
export function decoded<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof CallError ? error : invalidArgument(`${what} cannot be decoded: ${String(error)}`);
  }
}

/** What a call is given to hold is bounded. BatchAppend has no such error and says Unknown. */
export const tooMuchUnfinished = (bytesMax: number): CallError =>
  new CallError(status.RESOURCE_EXHAUSTED, `The call holds more than ${bytesMax} bytes of appends that are not finished.`);

export const streamDeleted = (stream: string): CallError =>
  new CallError(status.FAILED_PRECONDITION, 'The event stream is deleted.', { exception: 'stream-deleted', 'stream-name': stream });

export const accessDenied = (): CallError => new CallError(status.PERMISSION_DENIED, 'Access Denied.', { exception: 'access-denied' });

export const wrongExpectedVersion = (stream: string, expected: number | bigint, current: number): CallError =>
  new CallError(status.FAILED_PRECONDITION, `Wrong expected version: ${expected} was expected, the stream is at ${current}.`, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': String(expected),
    'actual-version': String(current),
  });

export const appendTooLarge = (bytesMax: number): CallError =>
  new CallError(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytesMax),
  });

export const missingProperty = (): CallError =>
  new CallError(status.INVALID_ARGUMENT, 'Required Metadata Property is missing: type and content-type are needed.', {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const commitTimeout = (): CallError =>
  new CallError(status.ABORTED, 'The write was not on disk in time; it may still get there. The same write may be repeated.');

export const shuttingDown = (): CallError => new CallError(status.UNAVAILABLE, 'The event store is shutting down.');

/** Whatever went wrong, as a status; an error nobody foresaw is printed, for it is a defect or a failing disk. */
export function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  console.error(error);
  return new CallError(status.UNKNOWN, error instanceof Error ? error.message : String(error));
}
