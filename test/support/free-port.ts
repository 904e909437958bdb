/** Ports for processes that must keep their address over restarts. */
import { createServer } from 'node:net';

/** Below what systems hand out by themselves (Linux: from 32768), so that no outgoing connection can take a port while its owner restarts. */
const FIRST = 15_000;
const COUNT = 17_000;
const ATTEMPTS_MAX = 50;

/** Listens for as long as this process lives; false if somebody listens there. */
const hold = (port: number, host: string): Promise<boolean> =>
  new Promise((done) => {
    const holder = createServer().unref();
    holder.once('error', () => done(false)).listen(port, host, () => done(true));
  });

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false)).listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });

/**
 * A port of 127.0.0.1 that nobody listens on, for this process until it ends: other processes that ask here get other ports,
 * because the same port of 127.0.0.2 is held as the sign that it is taken.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if ((await hold(port, '127.0.0.2')) && (await isFree(port))) return port;
  }
  throw new Error(`no free port among ${FIRST} to ${FIRST + COUNT} after ${ATTEMPTS_MAX} tries`);
}
