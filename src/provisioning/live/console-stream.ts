/** A console as Server-Sent Events: bounded in what waits to be sent, kept awake, and ended when whoever looks may not any more. */
import type { FastifyReply } from 'fastify';
import type { ConsoleViewer } from './console-feed.js';
import type { ConsoleLine } from './console-lines.js';

/** Whoever reads this slowly reads an old console; he is cut off and comes again. */
const WAITING_BYTES_MAX = 262_144;
/** Also how long somebody may look on at a server that is suspended meanwhile. */
export const HEARTBEAT_MS = 5_000;

export class ConsoleStream implements ConsoleViewer {
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
    this.reply.raw.on('close', act);
  }

  reset(): void {
    this.send('reset', {});
  }

  line({ id, text }: ConsoleLine): void {
    this.send('line', { text }, id);
  }

  state(state: string): void {
    this.send('state', { state });
  }

  stats(stats: string): void {
    this.write(`event: stats\ndata: ${stats.replaceAll(/[\r\n]/g, ' ')}\n\n`);
  }

  connection(isThere: boolean): void {
    this.send('connection', { isThere });
  }

  heartbeat(): void {
    this.write(': heartbeat\n\n');
  }

  end(code: string): void {
    if (this.hasEnded) return;
    this.send('end', { code });
    this.hasEnded = true;
    if (!this.waiting) this.reply.raw.end();
  }

  private send(event: string, data: object, id?: string): void {
    this.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private write(text: string): void {
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
