import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BACKWARDS, EventStoreDBClient } from '@eventstore/db-client';
import { ServerCredentials, type Server } from '@grpc/grpc-js';
import { temporaryFolder, type Folder } from '../../../local/eventstore/folder.js';
import { Log } from '../../../local/eventstore/log.js';
import { OpenCalls } from '../../../local/eventstore/open-calls.js';
import { serve } from '../../../local/eventstore/server.js';
import { Storage } from '../../../local/eventstore/storage.js';
import { eventually } from '../../support/eventually.js';
import { collect, errorOf, event, events, freshStoreOnly, newStream, revisions, Watched } from './support.js';

/** A disk that can be held up. */
class SlowStorage extends Storage {
  held: Promise<void> = Promise.resolve();

  override async write(work: () => void): Promise<void> {
    await super.write(work);
    await this.held;
  }
}

freshStoreOnly('the services on a log that can be looked into', () => {
  let folder: Folder;
  let storage: SlowStorage;
  let log: Log;
  let server: Server;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    folder = temporaryFolder();
    storage = new SlowStorage(folder.dataFile, false);
    log = new Log(storage);
    await log.begin();
    server = serve(log, new OpenCalls(), { commitTimeoutMs: 300, endpoint: () => ({ host: '127.0.0.1', port: 0 }) });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  });
  afterEach(async () => {
    await client.dispose();
    server.forceShutdown();
    await log.close();
    await folder.release();
  });

  it('6.3/6 a unary write that is not on disk in time is ABORTED, and may be repeated', async () => {
    let release = (): void => undefined;
    const unary = { credentials: { username: 'a', password: 'b' } };
    const stream = newStream();
    const slow = event();
    await client.appendToStream(stream, event(), unary);
    storage.held = new Promise((resolve) => (release = resolve));
    for (const write of [
      client.appendToStream(stream, slow, unary),
      client.deleteStream(stream),
      client.tombstoneStream(newStream(), { expectedRevision: 'any' }),
    ]) {
      expect(await errorOf(write)).toMatchObject({ type: 'timeout', code: 10 });
    }
    release();
    expect(await client.appendToStream(stream, slow, unary)).toMatchObject({ nextExpectedRevision: 1n });
  });

  it('4.6 backwards from past the end begins at the last event on disk while a later one is not', async () => {
    let release = (): void => undefined;
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    storage.held = new Promise((resolve) => (release = resolve));
    const late = client.appendToStream(stream, event());
    await eventually(() => storage.lastPosition() > log.head, { what: 'the commit' });
    expect(revisions(await collect(client.readStream(stream, { direction: BACKWARDS, fromRevision: 50n, maxCount: 1 })))).toEqual([1n]);
    release();
    await late;
  });

  it('1.10 cancelled subscriptions wait for no commit any more, whether they were cancelled one by one or lost their connection', async () => {
    await client.appendToStream(newStream(), events(100));
    const open = (count: number): Watched[] => Array.from({ length: count }, () => new Watched(client.subscribeToAll()));
    const [cancelled, lost] = [open(20), open(20)];
    await Promise.all([...cancelled, ...lost].map((watched) => watched.seen('caughtUp')));
    await eventually(() => log.watching === 40, { what: '40 subscriptions waiting' });
    await Promise.all(cancelled.map(({ subscription }) => subscription.unsubscribe()));
    await eventually(() => log.watching === 20, { what: 'the cancelled ones gone' });
    await client.dispose();
    await eventually(() => log.watching === 0, { what: 'the lost ones gone' });
  });

  it('1.10 a read that is cancelled half-way holds up nothing', async () => {
    const stream = newStream();
    for (let n = 0; n < 5; n += 1) await client.appendToStream(stream, events(1000));
    for await (const { event: first } of client.readStream(stream)) {
      expect(first?.revision).toBe(0n);
      break;
    }
    expect(await collect(client.readStream(stream, { maxCount: 5000 }))).toHaveLength(5000);
  });
});
