/** The calls that are running, so that a shutdown can end them in order instead of cutting the connection. */
import { status, type Server } from '@grpc/grpc-js';
import { CallError } from './errors.js';

interface StreamingCall {
  emit(event: 'error', error: CallError): boolean;
  once(event: 'close' | 'cancelled' | 'finish', listener: () => void): unknown;
}

/** How long running unary calls may take to finish before their connection is cut. */
const GRACE_MS = 2000;

export class OpenCalls {
  private readonly open = new Set<StreamingCall>();

  /** Wraps a handler whose calls may last; shutting down ends them with CANCELLED. */
  streaming<C extends StreamingCall>(handler: (call: C) => void): (call: C) => void {
    return (call) => {
      this.open.add(call);
      const forget = (): void => void this.open.delete(call);
      call.once('close', forget);
      call.once('cancelled', forget);
      call.once('finish', forget);
      handler(call);
    };
  }

  /** Ends lasting calls, lets the short ones finish, then stops listening. */
  async shutDown(server: Server): Promise<void> {
    const finished = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    for (const call of this.open) call.emit('error', new CallError(status.CANCELLED, 'The event store is shutting down.'));
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE_MS);
    });
    await Promise.race([finished, overdue]);
    clearTimeout(timer);
    server.forceShutdown();
  }
}
