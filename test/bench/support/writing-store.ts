/**
 * The local event store on a folder, with a writer inside: `POST /?count=n` puts the ledger's next n events into the log, in their order and each
 * as an append of its own, and answers the last one's position when all are on disk. A writer that has to ask over gRPC takes more of the
 * processor than the projector that is to be measured. `GET /` answers where clients reach the store.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openStorage, takeFolder } from '../../../local/eventstore/folder.js';
import { Log } from '../../../local/eventstore/log.js';
import { OpenCalls } from '../../../local/eventstore/open-calls.js';
import { bind, serve } from '../../../local/eventstore/server.js';
import { runProgram } from '../../../local/support/program.js';
import { ledgerAppends, type LedgerAppend } from './ledger-seed.js';

const HOST = '127.0.0.1';
/** More than any bench gets to. */
const ORDERS = 1_000_000;

const take = (source: Iterator<LedgerAppend, void>, count: number): LedgerAppend[] =>
  Array.from({ length: count }, () => {
    const { value } = source.next();
    if (!value) throw new Error('the seeded life of the ledger is over');
    return value;
  });

async function write(log: Log, appends: readonly LedgerAppend[]): Promise<number> {
  const results = await Promise.all(appends.map((append) => log.append(append)));
  const last = results.at(-1);
  if (last?.outcome !== 'written' || last.position === undefined) throw new Error('an event was not written');
  return last.position;
}

await runProgram(['dir'], async ({ dir = '' }) => {
  const folder = await takeFolder(dir);
  const log = new Log(openStorage(folder, true));
  await log.begin();
  folder.markReady();
  const calls = new OpenCalls();
  let port = 0;
  const store = serve(log, calls, { endpoint: () => ({ host: HOST, port }) });
  port = await bind(store, `${HOST}:0`);

  const source = ledgerAppends(ORDERS);
  const control = createServer((request, response) => {
    if (request.method === 'GET') return void response.end(`esdb://${HOST}:${port}?tls=false`);
    const count = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('count'));
    write(log, take(source, count)).then(
      (position) => response.end(String(position)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => control.listen(0, HOST, resolve));
  return {
    url: `http://${HOST}:${(control.address() as AddressInfo).port}`,
    close: async () => {
      control.close();
      await log.settled();
      await calls.shutDown(store);
      await log.close();
      await folder.release();
    },
  };
});
