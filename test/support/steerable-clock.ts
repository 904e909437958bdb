/** One clock for the ledger and the stand-ins, moved by the test: served over HTTP (`GET /` answers `{"now"}`) for LEDGER_CLOCK. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SteerableClock {
  /** What LEDGER_CLOCK takes. */
  readonly url: string;
  readonly clock: () => Date;
  advance(ms: number): void;
  set(now: Date): void;
  close(): Promise<void>;
}

/** Starts at `from` and stands still until it is moved. */
export async function startClock(from = new Date()): Promise<SteerableClock> {
  let nowMs = from.getTime();
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ now: new Date(nowMs).toISOString() }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    clock: () => new Date(nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
    set: (now) => {
      nowMs = now.getTime();
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
