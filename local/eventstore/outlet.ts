/** One server stream going out: writes no faster than the client reads, and lets go of everything when the client is gone. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { CallError } from './errors.js';
import { Frames } from './frames.js';
import type { Log } from './log.js';

export type ReadCall = ServerWritableStream<ReadReq, Buffer>;

export class Outlet {
  private wake: (() => void) | undefined;
  private gone = false;
  private readonly frames: Frames;

  constructor(private readonly call: ReadCall) {
    const leave = (): void => {
      this.gone = true;
      this.wake?.();
    };
    call.on('cancelled', leave);
    call.on('close', leave);
    call.on('finish', leave);
    call.on('error', leave);
    this.frames = new Frames(call, () => this.wake?.());
  }

  /** Whether nobody reads any more. */
  get isClosed(): boolean {
    return this.gone || this.call.cancelled;
  }

  /** Undefined when more can be written at once; else wait for it. Saves a turn of the event loop for nearly every event. */
  write(message: Buffer): Promise<void> | undefined {
    if (this.isClosed) return undefined;
    this.frames.send(message);
    return this.frames.isFull ? this.woken() : undefined;
  }

  end(): void {
    this.frames.flush();
    this.call.end();
  }

  /** Ends the call with a status, unless nobody reads any more. */
  fail(error: CallError): void {
    if (this.isClosed) return;
    this.frames.flush();
    this.call.emit('error', error);
  }

  /** Resolves when the log's head is above `position`, or when the client is gone. */
  async beyond(log: Log, position: number): Promise<void> {
    if (log.head > position || this.isClosed) return;
    const woken = this.woken();
    const unwatch = log.watch(() => this.wake?.());
    await woken;
    unwatch();
  }

  private woken(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
