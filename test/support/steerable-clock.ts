/** One clock for the ledger and the stand-ins, moved by the test: served over HTTP (`GET /` answers `{"now"}`) for LEDGER_CLOCK. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './eventually.js';

export interface SteerableClock {
  /** What LEDGER_CLOCK takes. */
  readonly url: string;
  readonly clock: () => Date;
  advance(ms: number): void;
  set(now: Date): void;
  /** Settles once a ledger that asked this clock before knows its time of now: it asks again only when it has taken the answer in. */
  followed(): Promise<void>;
  close(): Promise<void>;
}

/** Starts at `from` and stands still until it is moved. */
export async function startClock(from = new Date()): Promise<SteerableClock> {
  let nowMs = from.getTime();
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
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
    followed: async () => {
      const before = asked;
      await eventually(() => Promise.resolve(asked >= before + 2), { withinMs: 30_000, what: 'the ledger to know the time' });
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
