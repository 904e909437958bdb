import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { EventStoreDBClient, NO_STREAM } from '@eventstore/db-client';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials, status, type ServiceError } from '@grpc/grpc-js';
import { startEventStore, type EventStoreOptions } from '../../../local/eventstore/server.js';
import { farewell } from '../../../src/platform/event-store/subscription.js';
import { compileStore, removeCompiled, startChild, type RunningChild } from './local-store.js';
import { addressOf, collect, errorOf, event, events, freshStoreOnly, newStream, revisions, Watched } from './support.js';

/** These cases stop, kill and damage their store, so they always use a local one of their own. */
let dir: string;
const closings: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'eventstore-contract-'));
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true, force: true });
});

const open = async (options: EventStoreOptions = {}) => {
  const store = await startEventStore({ dir, ...options });
  const client = EventStoreDBClient.connectionString(store.url);
  const close = async (): Promise<void> => {
    await client.dispose();
    await store.close();
  };
  closings.push(close);
  return { store, client, close };
};

freshStoreOnly('after an orderly restart', () => {
  it('4.6 events, revisions, positions, metadata and tombstones are as they were, and positions go on growing', async () => {
    const [kept, deleted, dead] = [newStream('kept'), newStream('deleted'), newStream('dead')];
    const first = await open();
    await first.client.appendToStream(kept, events(5));
    await first.client.setStreamMetadata(kept, { maxCount: 3 });
    await first.client.appendToStream(deleted, event());
    await first.client.deleteStream(deleted);
    await first.client.appendToStream(dead, event());
    await first.client.tombstoneStream(dead);
    const before = await collect(first.client.readAll());
    await first.close();
    const second = await open();
    expect(await collect(second.client.readAll())).toEqual(before);
    expect(revisions(await collect(second.client.readStream(kept)))).toEqual([2n, 3n, 4n]);
    expect(await errorOf(collect(second.client.readStream(deleted)))).toMatchObject({ type: 'stream-not-found' });
    expect(await errorOf(second.client.appendToStream(dead, event()))).toMatchObject({ type: 'stream-deleted' });
    const { position } = await second.client.appendToStream(kept, event(), { expectedRevision: 4n });
    expect(position?.commit).toBeGreaterThan(before.at(-1)?.event?.position?.commit ?? 0n);
  });

  it('6.1/6, 6.1/7 an append made again after a restart writes nothing and answers what the first one did', async () => {
    const stream = newStream();
    const batch = events(3);
    const first = await open();
    const answer = await first.client.appendToStream(stream, batch);
    const exact = event();
    const exactAnswer = await first.client.appendToStream(stream, exact, { expectedRevision: 2n });
    await first.close();
    const { client } = await open();
    expect(await client.appendToStream(stream, batch)).toEqual(answer);
    expect(await client.appendToStream(stream, batch, { expectedRevision: NO_STREAM })).toEqual(answer);
    expect(await client.appendToStream(stream, exact, { expectedRevision: 2n })).toEqual(exactAnswer);
    expect(await collect(client.readStream(stream))).toHaveLength(4);
  });

  it('5.7 a fresh store holds one system event before any other, and gets no second one at a restart', async () => {
    const first = await open();
    const before = await collect(first.client.readAll());
    expect(before.map(({ event: recorded }) => recorded?.streamId)).toEqual(['$store']);
    await first.close();
    const { client } = await open();
    expect(await collect(client.readAll())).toEqual(before);
  });
});

freshStoreOnly('the id that gossip tells', () => {
  const idOf = async (url: string): Promise<string | undefined> => {
    const raw = new gossipServices.GossipClient(addressOf(url), credentials.createInsecure());
    const answer = await new Promise<ClusterInfo>((resolve, reject) => {
      raw.read(new shared.Empty(), (error, info) => (error ? reject(error) : resolve(info)));
    });
    raw.close();
    return answer.getMembersList()[0]?.getInstanceId()?.getString();
  };

  it('3.2 gossip: the id belongs to the folder: the same after a restart, another for another store', async () => {
    const first = await open();
    const id = await idOf(first.store.url);
    await first.close();
    expect(await idOf((await open()).store.url)).toBe(id);
    const other = await startEventStore();
    expect(await idOf(other.url)).not.toBe(id);
    await other.close();
  });
});

freshStoreOnly('an orderly shutdown', () => {
  it('4.4 every append is answered or cancelled, what was acknowledged is kept, subscriptions end as cancelled, later calls as unavailable', async () => {
    const { store, client } = await open();
    const watched = new Watched(client.subscribeToAll());
    await watched.seen('caughtUp');
    const streams = Array.from({ length: 500 }, () => newStream());
    const running = streams.map((stream) => client.appendToStream(stream, event()));
    await running[0];
    await store.close();
    await watched.seen('error');
    expect(watched.error).toMatchObject({ type: 'cancelled', message: expect.stringContaining('shutting down') });
    const outcomes = await Promise.allSettled(running);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ type: 'cancelled' });
    expect((await errorOf(client.appendToStream(newStream(), event())))['code']).toBe(14);
    const again = await open();
    for (const [index, { status }] of outcomes.entries()) {
      if (status === 'fulfilled') expect(await collect(again.client.readStream(streams[index]!))).toHaveLength(1);
    }
  });
});

freshStoreOnly('an append whose client never finishes sending', () => {
  it('4.4 ends as unavailable when the store shuts down', async () => {
    const { store, client } = await open();
    await client.appendToStream(newStream(), event());
    const raw = new streamServices.StreamsClient(addressOf(store.url), credentials.createInsecure());
    const ended = new Promise<ServiceError | null>((resolve) => {
      const call = raw.append(resolve);
      call.on('error', () => undefined);
      const options = new streams.AppendReq.Options();
      options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(newStream()))).setAny(new shared.Empty());
      call.write(new streams.AppendReq().setOptions(options));
    });
    // Another call on the same connection is answered, so the one before it has arrived.
    await new Promise((resolve) => raw.delete(new streams.DeleteReq(), resolve));
    await store.close();
    raw.close();
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('shutting down') });
  });
});

freshStoreOnly('a stream with $maxAge', () => {
  it('8.3 $maxAge: events older than that at read time do not show', async () => {
    let now = new Date('2026-01-01T00:00:00Z');
    const { client } = await open({ clock: () => now });
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxAge: 60 });
    await client.appendToStream(stream, event());
    now = new Date('2026-01-01T00:00:50Z');
    await client.appendToStream(stream, event());
    const read = async () => revisions(await collect(client.readStream(stream)));
    expect(await read()).toEqual([0n, 1n]);
    now = new Date('2026-01-01T00:01:05Z');
    expect(await read()).toEqual([1n]);
    const watched = new Watched(client.subscribeToStream(stream));
    await watched.seen('caughtUp');
    expect(revisions(watched.events)).toEqual([1n]);
    await watched.subscription.unsubscribe();
    now = new Date('2026-01-01T01:00:00Z');
    expect(await read()).toEqual([]);
    expect((await client.appendToStream(stream, event(), { expectedRevision: 1n })).nextExpectedRevision).toBe(2n);
  });
});

freshStoreOnly('a store that is killed', () => {
  let program: string;
  let child: RunningChild | undefined;

  beforeAll(() => {
    program = compileStore();
  });
  afterEach(async () => {
    await child?.kill();
  });
  afterAll(() => removeCompiled(program));

  it('4.6 the lock dies with its owner: a killed store leaves the folder free, a running one does not', async () => {
    child = await startChild(program, ['--dir', dir, '--port', '0']);
    await expect(startChild(program, ['--dir', dir, '--port', '0'])).rejects.toThrow('another event store is using it');
    await child.kill();
    await (await open()).close();
  });

  it('4.6 a data file that was cut short after the kill is refused with what was found and what to do', async () => {
    child = await startChild(program, ['--dir', dir, '--port', '0']);
    const client = EventStoreDBClient.connectionString(child.url);
    await client.appendToStream(newStream(), events(1000));
    await child.kill();
    await farewell(client.dispose());
    const file = join(dir, 'events.mdb');
    truncateSync(file, statSync(file).size - 3 * 4096);
    await expect(startChild(program, ['--dir', dir, '--port', '0'])).rejects.toThrow(/events\.mdb was cut short: .*; restore the folder/);
  });

  it('4.4 the program ends when its parent does, and --in-memory stands alone', async () => {
    child = await startChild(program, ['--in-memory', '--port', '0']);
    const client = EventStoreDBClient.connectionString(child.url);
    await client.appendToStream(newStream(), event());
    await client.dispose();
    const exited = new Promise((resolve) => child?.process.once('exit', resolve));
    child.process.stdin?.end();
    expect(await exited).toBe(0);
  });
});
