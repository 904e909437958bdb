/** BatchAppend: many appends share one call, each answered exactly once, because a second answer ends the client's process. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { AppendCollector } from './append.js';
import { asFailure, conflict, deleted, encodeAnswer, readEvent, TIMED_OUT, type Chunk, type Failure } from './batch-wire.js';
import { asCallError, invalidArgument } from './errors.js';
import { Frames } from './frames.js';
import type { Log } from './log.js';
import { readEncodedUuid, readExpected, readWritableName } from './wire.js';
import type { WriteRequest, WriteResult } from './writer.js';

export type BatchCall = ServerDuplexStream<Chunk, Uint8Array>;

/** One append on its way in. Once answered it only waits for its last chunk. */
interface Incoming {
  readonly correlationId: Uint8Array;
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
    private readonly call: BatchCall,
    private readonly log: Log,
    private readonly bytesMax: number,
  ) {
    this.sweep = setInterval(() => this.answerOverdue(), SWEEP_MS);
    this.sweep.unref();
    call.on('data', (chunk: Chunk) => this.receive(chunk));
    call.on('end', () => this.halfClose());
    call.on('cancelled', () => this.release());
    call.on('close', () => this.release());
    call.on('error', () => this.release());
    this.frames = new Frames(call, () => this.resume());
  }

  /** Without a correlation id there is nothing to answer to, so the whole call ends. */
  private receive(chunk: Chunk): void {
    if (this.released) return;
    try {
      this.take(chunk);
    } catch (error) {
      this.release();
      this.frames.flush();
      this.call.emit('error', asCallError(error));
    }
  }

  private take(chunk: Chunk): void {
    const { correlationId, options } = chunk;
    const id = readEncodedUuid(correlationId);
    const known = this.incoming.get(id) ?? (options && this.begin(id, correlationId, options));
    // A chunk of an append that nobody began, of one that was answered and forgotten, or of one that has its last chunk already.
    if (!known || known.complete) return;
    if (known.deadlineMs <= Date.now()) this.fail(known, TIMED_OUT);
    if (!known.answered) this.collect(known, chunk);
    if (!chunk.isFinal) return;
    known.complete = true;
    if (known.answered) this.incoming.delete(id);
    else this.submit(id, known);
  }

  private begin(id: string, correlationId: Uint8Array, options: BatchAppendReq.Options): Incoming {
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

  private collect(incoming: Incoming, { proposed }: Chunk): void {
    try {
      for (const event of proposed) incoming.collector?.add(readEvent(event));
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
        return this.answer(incoming, result);
      case 'wrongExpectedVersion':
        return this.fail(incoming, conflict(request.expected, result.current));
      case 'streamDeleted':
        return this.fail(incoming, deleted(request.stream));
    }
  }

  private fail(incoming: Incoming, why: Failure): void {
    this.answer(incoming, why);
  }

  private answer(incoming: Incoming, outcome: Parameters<typeof encodeAnswer>[1]): void {
    if (incoming.answered) return;
    incoming.answered = true;
    delete incoming.collector;
    if (this.released) return;
    this.frames.send(encodeAnswer(incoming, outcome));
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
  (log: Log, bytesMax: number) =>
  (call: BatchCall): void =>
    void new BatchAppendCall(call, log, bytesMax);
