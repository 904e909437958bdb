/** BatchAppend: many appends share one call, each answered exactly once, because a second answer ends the client's process. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { AppendCollector, UNFINISHED_BYTES_MAX } from './append.js';
import { asFailure, conflict, deleted, encodeAnswer, readEvent, readOptions, TIMED_OUT, type Chunk, type Failure } from './batch-wire.js';
import { asCallError, invalidArgument, tooMuchUnfinished } from './errors.js';
import { Frames } from './frames.js';
import type { Log } from './log.js';
import { readEncodedUuid, readExpected, readWritableName } from './wire.js';
import type { WriteRequest, WriteResult } from './writer.js';

export type BatchCall = ServerDuplexStream<Chunk, Uint8Array>;

/** One append on its way in. Once answered it only waits for its last chunk. */
interface Incoming {
  readonly correlationId: Uint8Array;
  stream: string;
  deadlineMs: number;
  collector?: AppendCollector;
  /** What it takes up in memory, about. */
  bytes: number;
  answered: boolean;
  /** Its last chunk was there: nothing more can come under this id. */
  complete: boolean;
}

const SWEEP_MS = 50;
/** Appends of one call on their way to the disk; above it the call is read no further until some are answered. */
const IN_FLIGHT_MAX = 16_384;
const IN_FLIGHT_BYTES_MAX = 16 << 20;
/** What an append takes up besides its messages. */
const ENTRY_BYTES = 512;
const deadlineOf = (options: BatchAppendReq.Options): number => options.getDeadline()?.toDate().getTime() ?? Infinity;

class BatchAppendCall {
  private readonly incoming = new Map<string, Incoming>();
  private readonly sweep: NodeJS.Timeout;
  private halfClosed = false;
  /** The call has ended, for whatever reason: nobody hears an answer. */
  private released = false;
  private inFlight = 0;
  private inFlightBytes = 0;
  private unfinishedBytes = 0;
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
    const id = readEncodedUuid(chunk.correlationId);
    const known = this.incoming.get(id) ?? this.begin(id, chunk);
    // A chunk of an append that nobody began, of one that was answered and forgotten, or of one that has its last chunk already.
    if (!known || known.complete) return;
    if (known.deadlineMs <= Date.now()) this.fail(known, TIMED_OUT);
    if (!known.answered) this.collect(known, chunk);
    if (!chunk.isFinal) return this.forgetIfTooMany(id, known);
    const { bytes } = known;
    this.hold(known, 0);
    known.complete = true;
    if (known.answered) this.incoming.delete(id);
    else this.submit(id, known, bytes);
  }

  private begin(id: string, { correlationId, options: encoded }: Chunk): Incoming | undefined {
    if (!encoded) return undefined;
    const incoming: Incoming = { correlationId, stream: '', deadlineMs: Infinity, bytes: 0, answered: false, complete: false };
    this.incoming.set(id, incoming);
    this.hold(incoming, ENTRY_BYTES);
    try {
      const options = readOptions(encoded);
      incoming.stream = Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
      incoming.deadlineMs = deadlineOf(options);
      const expected = readExpected(options, options.getStreamPosition());
      incoming.collector = new AppendCollector({ stream: readWritableName(options.getStreamIdentifier()), expected }, this.bytesMax);
    } catch (error) {
      this.refuse(incoming, error);
    }
    return incoming;
  }

  private collect(incoming: Incoming, { proposed, bytes, isFinal }: Chunk): void {
    this.hold(incoming, incoming.bytes + bytes);
    try {
      // To read no further would keep the last chunks out too, and nothing would ever end. The client finishes one append before the next.
      if (!isFinal && this.unfinishedBytes > UNFINISHED_BYTES_MAX) throw tooMuchUnfinished(UNFINISHED_BYTES_MAX);
      for (const event of proposed) incoming.collector?.add(readEvent(event));
    } catch (error) {
      this.refuse(incoming, error);
    }
  }

  private hold(incoming: Incoming, bytes: number): void {
    this.unfinishedBytes += bytes - incoming.bytes;
    incoming.bytes = bytes;
  }

  /** Even to remember that an append was answered takes room; without it the rest of its chunks are those of an unknown one. */
  private forgetIfTooMany(id: string, incoming: Incoming): void {
    if (!incoming.answered || this.unfinishedBytes <= UNFINISHED_BYTES_MAX) return;
    this.hold(incoming, 0);
    this.incoming.delete(id);
  }

  private submit(id: string, incoming: Incoming, bytes: number): void {
    const request = incoming.collector?.request;
    if (!request) return;
    this.inFlight += 1;
    this.inFlightBytes += bytes;
    if (this.isBusy) this.call.pause();
    this.log
      .append(request)
      .then((result) => this.settle(incoming, request, result))
      .catch((error: unknown) => this.refuse(incoming, error))
      .finally(() => {
        this.incoming.delete(id);
        this.inFlight -= 1;
        this.inFlightBytes -= bytes;
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

  private refuse(incoming: Incoming, error: unknown): void {
    this.fail(incoming, asFailure(error, this.bytesMax));
  }

  private fail(incoming: Incoming, why: Failure): void {
    this.answer(incoming, why);
  }

  private answer(incoming: Incoming, outcome: Parameters<typeof encodeAnswer>[1]): void {
    if (incoming.answered) return;
    incoming.answered = true;
    delete incoming.collector;
    if (!incoming.complete) this.hold(incoming, ENTRY_BYTES);
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

  private get isBusy(): boolean {
    return this.inFlight >= IN_FLIGHT_MAX || this.inFlightBytes >= IN_FLIGHT_BYTES_MAX;
  }

  private resume(): void {
    if (this.call.isPaused() && !this.isBusy && !this.frames.isFull) this.call.resume();
  }

  private halfClose(): void {
    this.halfClosed = true;
    for (const [id, incoming] of this.incoming) {
      if (incoming.complete) continue;
      this.refuse(incoming, invalidArgument('the append was not finished'));
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
