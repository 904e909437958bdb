/** The calls that are running, so that a shutdown can end them in order instead of cutting the connection. */
import { status, type Server } from '@grpc/grpc-js';
import { CallError } from './errors.js';

interface Call {
  emit(event: 'error', error: CallError): boolean;
  once(event: 'close' | 'cancelled' | 'finish', listener: () => void): unknown;
}

/** How long running unary calls may take to finish before their connection is cut. */
const GRACE_MS = 2000;

export class OpenCalls {
  private readonly endings = new Set<() => void>();

  /** Remembers how a call is to be ended early; the returned function forgets it again. */
  track(end: () => void): () => void {
    this.endings.add(end);
    return () => this.endings.delete(end);
  }

  /** Wraps a handler of server streams or duplex streams; a shutdown ends them with CANCELLED. */
  lasting<C extends Call>(handler: (call: C) => void): (call: C) => void {
    return (call) => {
      const forget = this.track(() => call.emit('error', new CallError(status.CANCELLED, 'The event store is shutting down.')));
      call.once('close', forget);
      call.once('cancelled', forget);
      call.once('finish', forget);
      handler(call);
    };
  }

  /** Ends what lasts, lets the short calls finish, then closes every connection. */
  async shutDown(server: Server): Promise<void> {
    const finished = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    for (const end of [...this.endings]) end();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE_MS);
    });
    await Promise.race([finished, overdue]);
    clearTimeout(timer);
    server.forceShutdown();
  }
}
