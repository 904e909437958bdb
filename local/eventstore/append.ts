/** The unary writes: Append (client stream, one answer), Delete and Tombstone. */
import { status, type handleClientStreamingCall, type handleUnaryCall, type sendUnaryData, type ServerReadableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type {
  AppendReq,
  AppendResp,
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  appendTooLarge,
  asCallError,
  CallError,
  commitTimeout,
  invalidArgument,
  shuttingDown,
  streamDeleted,
  tooMuchUnfinished,
  wrongExpectedVersion,
} from './errors.js';
import { LogClosedError, type Log } from './log.js';
import type { OpenCalls } from './open-calls.js';
import type { NewEvent } from './record.js';
import type { Expected } from './rules.js';
import { StorageError } from './storage.js';
import { nameExpected, readExpected, readProposed, readWritableName } from './wire.js';
import type { AppendRequest, WriteRequest, WriteResult } from './writer.js';

export interface WriteLimits {
  /** Bytes of event data in one append. */
  readonly bytesMax: number;
  /** After this long a write that is not on disk yet is answered as open, so that its client may repeat it. */
  readonly commitTimeoutMs: number;
}

const inTime = async <T>(write: Promise<T>, timeoutMs: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(commitTimeout()), timeoutMs);
  });
  try {
    return await Promise.race([write, overdue]);
  } finally {
    clearTimeout(timer);
  }
};

/** What one call may give the store to hold before it is written, whatever it is made of. */
export const UNFINISHED_BYTES_MAX = 32 << 20;
/** What an event takes up besides its data and metadata. */
const EVENT_BYTES = 256;

/** Collects one append's events and refuses it as soon as it is too large. Only data counts towards its size, not ids, types or metadata. */
export class AppendCollector {
  readonly events: NewEvent[] = [];
  private bytes = 0;
  private heldBytes = 0;

  constructor(
    readonly target: WriteRequest,
    private readonly bytesMax: number,
  ) {}

  add(event: NewEvent): void {
    this.bytes += event.data.length;
    if (this.bytes > this.bytesMax) throw appendTooLarge(this.bytesMax);
    this.heldBytes += event.data.length + event.metadata.length + event.type.length + EVENT_BYTES;
    if (this.heldBytes > UNFINISHED_BYTES_MAX) throw tooMuchUnfinished(UNFINISHED_BYTES_MAX);
    this.events.push(event);
  }

  get request(): AppendRequest {
    return { ...this.target, events: this.events };
  }
}

const success = (result: Extract<WriteResult, { outcome: 'written' }>): AppendResp => {
  const content = new streams.AppendResp.Success();
  if (result.revision < 0) content.setNoStream(new shared.Empty());
  else content.setCurrentRevision(String(result.revision));
  if (result.position === undefined) return new streams.AppendResp().setSuccess(content.setNoPosition(new shared.Empty()));
  const position = new streams.AppendResp.Position();
  position.setCommitPosition(String(result.position));
  position.setPreparePosition(String(result.position));
  return new streams.AppendResp().setSuccess(content.setPosition(position));
};

const conflict = (expected: Expected, current: number): AppendResp => {
  const content = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0) content.setCurrentNoStream(new shared.Empty());
  else content.setCurrentRevision(String(current));
  nameExpected(expected, new shared.Empty(), {
    any: (empty) => content.setExpectedAny(empty),
    noStream: (empty) => content.setExpectedNoStream(empty),
    streamExists: (empty) => content.setExpectedStreamExists(empty),
    revision: (revision) => content.setExpectedRevision(revision),
  });
  return new streams.AppendResp().setWrongExpectedVersion(content);
};

/** Why the log could not take a write, as a status. */
export function writeError(error: unknown): CallError {
  if (error instanceof LogClosedError) return shuttingDown();
  if (error instanceof StorageError) return new CallError(status.RESOURCE_EXHAUSTED, error.message);
  return asCallError(error);
}

const answerAppend = (request: AppendRequest, result: WriteResult): AppendResp => {
  if (result.outcome === 'streamDeleted') throw streamDeleted(request.stream);
  return result.outcome === 'written' ? success(result) : conflict(request.expected, result.current);
};

/** Takes in one Append call's messages. A cancelled call writes nothing. */
class AppendCall {
  private collector: AppendCollector | undefined;
  private answered = false;

  private committing = false;

  constructor(
    private readonly log: Log,
    private readonly limits: WriteLimits,
    private readonly respond: sendUnaryData<AppendResp>,
  ) {}

  take(message: AppendReq): void {
    if (this.answered) return;
    try {
      const options = message.getOptions();
      if (options) {
        const target = { stream: readWritableName(options.getStreamIdentifier()), expected: readExpected(options, options.getRevision()) };
        this.collector = new AppendCollector(target, this.limits.bytesMax);
      }
      const proposed = message.getProposedMessage();
      if (proposed) this.collected().add(readProposed(proposed));
    } catch (error) {
      this.fail(error);
    }
  }

  async finish(): Promise<void> {
    if (this.answered) return;
    this.committing = true;
    try {
      const { request } = this.collected();
      const answer = answerAppend(request, await inTime(this.log.append(request), this.limits.commitTimeoutMs));
      this.answered = true;
      this.respond(null, answer);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the call unless its events are on their way to the disk already. */
  abandon(why: CallError): void {
    if (!this.committing && !this.answered) this.fail(why);
  }

  private collected(): AppendCollector {
    if (!this.collector) throw invalidArgument('the first message of an append must hold its options');
    return this.collector;
  }

  private fail(error: unknown): void {
    this.answered = true;
    this.respond(writeError(error));
  }
}

export const appendHandler =
  (log: Log, calls: OpenCalls, limits: WriteLimits): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call: ServerReadableStream<AppendReq, AppendResp>, respond) => {
    const append = new AppendCall(log, limits, respond);
    const forget = calls.track(() => append.abandon(shuttingDown()));
    call.on('data', (message: AppendReq) => append.take(message));
    // A cancelled call is destroyed before it ends, so it never gets here.
    call.on('end', () => void append.finish());
    call.on('error', (error: Error) => append.abandon(new CallError(status.CANCELLED, error.message)));
    call.on('close', forget);
    call.on('cancelled', forget);
  };

const writtenPosition = (request: WriteRequest, result: WriteResult): string => {
  if (result.outcome === 'streamDeleted') throw streamDeleted(request.stream);
  if (result.outcome === 'wrongExpectedVersion') throw wrongExpectedVersion(request.stream, request.expected, result.current);
  return String(result.position ?? 0);
};

const readTarget = (options: DeleteReq.Options | TombstoneReq.Options | undefined): WriteRequest => {
  if (!options) throw invalidArgument('options are needed');
  return { stream: readWritableName(options.getStreamIdentifier()), expected: readExpected(options, options.getRevision()) };
};

export const deleteHandler =
  (log: Log, { commitTimeoutMs }: WriteLimits): handleUnaryCall<DeleteReq, DeleteResp> =>
  (call, respond) => {
    const work = async (): Promise<DeleteResp> => {
      const target = readTarget(call.request.getOptions());
      const position = writtenPosition(target, await inTime(log.softDelete(target), commitTimeoutMs));
      const content = new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position);
      return new streams.DeleteResp().setPosition(content);
    };
    work().then(
      (answer) => respond(null, answer),
      (error: unknown) => respond(writeError(error)),
    );
  };

export const tombstoneHandler =
  (log: Log, { commitTimeoutMs }: WriteLimits): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  (call, respond) => {
    const work = async (): Promise<TombstoneResp> => {
      const target = readTarget(call.request.getOptions());
      const position = writtenPosition(target, await inTime(log.tombstone(target), commitTimeoutMs));
      const content = new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position);
      return new streams.TombstoneResp().setPosition(content);
    };
    work().then(
      (answer) => respond(null, answer),
      (error: unknown) => respond(writeError(error)),
    );
  };
