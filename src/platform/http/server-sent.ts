/** An answer of Server-Sent Events: bounded in what waits to be sent, and ended once. */
import type { FastifyReply } from 'fastify';

/** Whoever reads this slowly reads old news; he is cut off and comes again. */
const WAITING_BYTES_MAX = 262_144;

export class ServerSent {
  private hasEnded = false;
  /** What came before the answer was begun. */
  private waiting: string[] | undefined = [];

  constructor(private readonly reply: FastifyReply) {}

  /** Takes the answer over from the framework: what the framework would have sent as headers is sent now. */
  open(): void {
    const { reply, waiting = [] } = this;
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
    this.waiting = undefined;
    reply.raw.write(waiting.join(''));
    if (this.hasEnded) reply.raw.end();
  }

  onClose(act: () => void): void {
    const { raw } = this.reply;
    // Who has gone before is not heard of again.
    if (raw.destroyed) act();
    else raw.on('close', act);
  }

  heartbeat(): void {
    this.write(': heartbeat\n\n');
  }

  send(event: string, data: object, id?: string): void {
    this.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(code: string): void {
    if (this.hasEnded) return;
    this.send('end', { code });
    this.hasEnded = true;
    if (!this.waiting) this.reply.raw.end();
  }

  /** Whole messages only. */
  protected write(text: string): void {
    const { raw } = this.reply;
    if (this.waiting) {
      this.waiting.push(text);
      return;
    }
    if (this.hasEnded || raw.destroyed) return;
    if (raw.writableLength > WAITING_BYTES_MAX) {
      this.hasEnded = true;
      raw.destroy();
      return;
    }
    raw.write(text);
  }
}
