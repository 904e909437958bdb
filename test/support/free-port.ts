/** A port that nobody listens on now, for a process that must keep its address over restarts. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });
