/** A console as Server-Sent Events, kept awake. */
import { ServerSent } from '../../platform/http/server-sent.js';
import type { ConsoleViewer } from './console-feed.js';
import type { ConsoleLine } from './console-lines.js';

/** Also how long somebody may look on at a server that is suspended meanwhile. */
export const HEARTBEAT_MS = 5_000;

export class ConsoleStream extends ServerSent implements ConsoleViewer {
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
}
