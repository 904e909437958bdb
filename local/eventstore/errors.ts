/** The statuses and trailers by which the client tells errors apart. */
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';

/** A call that ends with a status; `trailers` become the answer's trailing metadata. */
export class CallError extends Error implements Partial<StatusObject> {
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(details);
    for (const [name, value] of Object.entries(trailers)) this.metadata.set(name, asTrailer(value));
  }
}

/** Headers have a size limit, names have none. */
const TRAILER_LENGTH_MAX = 4096;

/** Trailers hold printable ASCII only: anything else is percent-encoded. Text off the wire never holds a lone surrogate, which could not be. */
const asTrailer = (value: string): string =>
  (/^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value)).slice(0, TRAILER_LENGTH_MAX);

export const invalidArgument = (why: string): CallError => new CallError(status.INVALID_ARGUMENT, why);

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
