/** BatchAppend: many appends share one call, each answered exactly once, because a second answer ends the client's process. */
import { status, type handleBidiStreamingCall, type ServerDuplexStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import rpcStatus from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import wellKnownAny from 'google-protobuf/google/protobuf/any_pb.js';
import wellKnownEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import { AppendCollector, writeError } from './append.js';
import { asCallError, invalidArgument } from './errors.js';
import { Frames } from './frames.js';
import type { Log } from './log.js';
import type { Expected } from './rules.js';
import { nameExpected, readExpected, readProposed, readUuid, readWritableName, streamIdentifier } from './wire.js';
import type { WriteRequest, WriteResult } from './writer.js';

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

interface Failure {
  readonly code: number;
  readonly name: string;
  readonly content: { serializeBinary(): Uint8Array };
  readonly message?: string;
}

/** One append on its way in. Once answered it only waits for its last chunk. */
interface Incoming {
  readonly correlationId: UUID;
  readonly stream: string;
  readonly deadlineMs: number;
  collector?: AppendCollector;
  answered: boolean;
  /** Its last chunk was there: nothing more can come under this id. */
  complete: boolean;
}

const SWEEP_MS = 50;
/** Appends of one call on their way to the disk; above it the call is read no further until some are answered. */
const IN_FLIGHT_MAX = 16_384;
/** google.rpc codes, which are gRPC's. */
const CODES = { unknown: 2, invalid: 3, timeout: 4, notFound: 5, exists: 6, denied: 7 } as const;

const TIMED_OUT: Failure = { code: CODES.timeout, name: 'Timeout', content: new shared.Timeout(), message: 'Timeout' };

const conflict = (expected: Expected, current: number): Failure => {
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

const deleted = (stream: string): Failure => ({
  code: CODES.notFound,
  name: 'StreamDeleted',
  content: new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)),
});

/** What a thrown status says, in the words of this call. */
const asFailure = (error: unknown, bytesMax: number): Failure => {
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

const success = (answer: BatchAppendResp, result: Extract<WriteResult, { outcome: 'written' }>): void => {
  const content = new streams.BatchAppendResp.Success();
  if (result.revision < 0) content.setNoStream(new wellKnownEmpty.Empty());
  else content.setCurrentRevision(String(result.revision));
  if (result.position === undefined) {
    content.setNoPosition(new wellKnownEmpty.Empty());
  } else {
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(result.position));
    position.setPreparePosition(String(result.position));
    content.setPosition(position);
  }
  answer.setSuccess(content);
};

const failure = (answer: BatchAppendResp, { code, name, content, message }: Failure): void => {
  const details = new wellKnownAny.Any();
  details.pack(content.serializeBinary(), `event_store.client.${name}`);
  answer.setError(
    new rpcStatus.Status()
      .setCode(code)
      .setMessage(message ?? name)
      .setDetails(details),
  );
};

const deadlineOf = (options: BatchAppendReq.Options): number => options.getDeadline()?.toDate().getTime() ?? Infinity;

class BatchAppendCall {
  private readonly incoming = new Map<string, Incoming>();
  private readonly sweep: NodeJS.Timeout;
  private halfClosed = false;
  /** The call has ended, for whatever reason: nobody hears an answer. */
  private released = false;
  private inFlight = 0;
  private readonly frames: Frames;

  constructor(
    private readonly call: Call,
    private readonly log: Log,
    private readonly bytesMax: number,
  ) {
    this.sweep = setInterval(() => this.answerOverdue(), SWEEP_MS);
    this.sweep.unref();
    call.on('data', (message: BatchAppendReq) => this.receive(message));
    call.on('end', () => this.halfClose());
    call.on('cancelled', () => this.release());
    call.on('close', () => this.release());
    call.on('error', () => this.release());
    this.frames = new Frames(call, () => this.resume());
  }

  /** Without a correlation id there is nothing to answer to, so the whole call ends. */
  private receive(message: BatchAppendReq): void {
    if (this.released) return;
    try {
      this.take(message);
    } catch (error) {
      this.release();
      this.frames.flush();
      this.call.emit('error', asCallError(error));
    }
  }

  private take(message: BatchAppendReq): void {
    const id = readUuid(message.getCorrelationId());
    const options = message.getOptions();
    const known = this.incoming.get(id) ?? (options && this.begin(id, message, options));
    // A chunk of an append that nobody began, or of one that was answered and forgotten.
    if (!known) return;
    if (known.deadlineMs <= Date.now()) this.fail(known, TIMED_OUT);
    if (!known.answered) this.collect(known, message);
    if (!message.getIsFinal()) return;
    known.complete = true;
    if (known.answered) this.incoming.delete(id);
    else this.submit(id, known);
  }

  private begin(id: string, message: BatchAppendReq, options: BatchAppendReq.Options): Incoming {
    const correlationId = message.getCorrelationId() ?? new shared.UUID();
    const stream = Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
    const incoming: Incoming = { correlationId, stream, deadlineMs: deadlineOf(options), answered: false, complete: false };
    this.incoming.set(id, incoming);
    try {
      const expected = readExpected(options, options.getStreamPosition());
      incoming.collector = new AppendCollector({ stream: readWritableName(options.getStreamIdentifier()), expected }, this.bytesMax);
    } catch (error) {
      this.fail(incoming, asFailure(error, this.bytesMax));
    }
    return incoming;
  }

  private collect(incoming: Incoming, message: BatchAppendReq): void {
    try {
      for (const proposed of message.getProposedMessagesList()) incoming.collector?.add(readProposed(proposed));
    } catch (error) {
      this.fail(incoming, asFailure(error, this.bytesMax));
    }
  }

  private submit(id: string, incoming: Incoming): void {
    const request = incoming.collector?.request;
    if (!request) return;
    this.inFlight += 1;
    if (this.inFlight >= IN_FLIGHT_MAX) this.call.pause();
    this.log
      .append(request)
      .then((result) => this.settle(incoming, request, result))
      .catch((error: unknown) => this.fail(incoming, asFailure(error, this.bytesMax)))
      .finally(() => {
        this.incoming.delete(id);
        this.inFlight -= 1;
        this.resume();
        this.endWhenDone();
      });
  }

  private settle(incoming: Incoming, request: WriteRequest, result: WriteResult): void {
    switch (result.outcome) {
      case 'written':
        return this.answer(incoming, (answer) => success(answer, result));
      case 'wrongExpectedVersion':
        return this.fail(incoming, conflict(request.expected, result.current));
      case 'streamDeleted':
        return this.fail(incoming, deleted(request.stream));
    }
  }

  private fail(incoming: Incoming, why: Failure): void {
    this.answer(incoming, (answer) => failure(answer, why));
  }

  private answer(incoming: Incoming, fill: (answer: BatchAppendResp) => void): void {
    if (incoming.answered) return;
    incoming.answered = true;
    delete incoming.collector;
    const answer = new streams.BatchAppendResp();
    answer.setCorrelationId(incoming.correlationId);
    answer.setStreamIdentifier(streamIdentifier(incoming.stream));
    fill(answer);
    if (this.released) return;
    this.frames.send(answer.serializeBinary());
    if (this.frames.isFull) this.call.pause();
  }

  /** The client keeps no timer of its own for these appends, so an overdue one must be answered here. */
  private answerOverdue(): void {
    const now = Date.now();
    for (const incoming of this.incoming.values()) {
      if (incoming.deadlineMs <= now) this.fail(incoming, TIMED_OUT);
    }
  }

  private resume(): void {
    if (this.call.isPaused() && this.inFlight < IN_FLIGHT_MAX && !this.frames.isFull) this.call.resume();
  }

  private halfClose(): void {
    this.halfClosed = true;
    for (const [id, incoming] of this.incoming) {
      if (incoming.complete) continue;
      this.fail(incoming, asFailure(invalidArgument('the append was not finished'), this.bytesMax));
      this.incoming.delete(id);
    }
    this.endWhenDone();
  }

  private endWhenDone(): void {
    if (!this.halfClosed || this.incoming.size > 0) return;
    this.release();
    this.frames.flush();
    this.call.end();
  }

  private release(): void {
    this.released = true;
    clearInterval(this.sweep);
    this.incoming.clear();
  }
}

export const batchAppendHandler =
  (log: Log, bytesMax: number): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  (call) =>
    void new BatchAppendCall(call, log, bytesMax);
