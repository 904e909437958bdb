/**
 * Messages of one stream going out, many to a write. grpc-js sends each message alone and waits for the socket in between, which costs a turn
 * of the event loop and a system call for each event; so they are framed here and handed to its HTTP/2 stream together.
 */
import type { ServerHttp2Stream } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';

interface Call {
  sendMetadata(metadata: Metadata): void;
}

/** A flag for compression, always 0, and the length. */
const HEADER_BYTES = 5;
const WRITE_BYTES = 32 << 10;

/** grpc-js keeps the stream to itself. Its version is pinned, and without the stream no read would work, which no test could miss. */
const streamBehind = (call: Call): ServerHttp2Stream => (call as unknown as { call: { stream: ServerHttp2Stream } }).call.stream;

export class Frames {
  private readonly stream: ServerHttp2Stream;
  private waiting: Uint8Array[] = [];
  private bytes = 0;
  private full = false;

  constructor(
    private readonly call: Call,
    onDrain: () => void,
  ) {
    this.stream = streamBehind(call);
    this.stream.on('drain', () => {
      this.full = false;
      onDrain();
    });
  }

  /** Whether the reader is behind: what is sent now only piles up, until `onDrain`. */
  get isFull(): boolean {
    return this.full;
  }

  /** The message goes out with others of this turn of the event loop. */
  send(message: Uint8Array): void {
    if (this.waiting.length === 0) process.nextTick(() => this.flush());
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(0, 0);
    header.writeUInt32BE(message.length, 1);
    this.waiting.push(header, message);
    this.bytes += HEADER_BYTES + message.length;
    if (this.bytes >= WRITE_BYTES) this.flush();
  }

  /** Sends what waits, before the call is ended. */
  flush(): void {
    if (this.waiting.length === 0) return;
    const bytes = Buffer.concat(this.waiting, this.bytes);
    this.waiting = [];
    this.bytes = 0;
    if (this.stream.destroyed || this.stream.writableEnded) return;
    if (!this.stream.headersSent) this.call.sendMetadata(new Metadata());
    if (!this.stream.write(bytes)) this.full = true;
  }
}
