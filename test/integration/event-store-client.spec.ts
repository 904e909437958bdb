/** The known defects of the store's client, each provoked: what it does wrong must not reach the ledger. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { status, type ServerWritableStream } from '@grpc/grpc-js';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { startEventStore } from '../../local/eventstore/server.js';
import { EventStore, RevisionConflict, StoreUnavailable } from '../../src/platform/event-store/event-store.js';
import type { LogMessage } from '../../src/platform/event-store/subscription.js';
import { newId } from '../../src/platform/ids.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { AT } from '../support/samples.js';
import { startScriptedStore, type Script, type ScriptedStore } from '../support/scripted-store.js';

const HASTY = { tryMs: 300, readMs: 300 };
const PATIENT = { tryMs: 20_000, readMs: 20_000 };
const closings: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

const scripted = async (script: Script, patience = PATIENT): Promise<{ server: ScriptedStore; store: EventStore }> => {
  const server = await startScriptedStore(script);
  const store = new EventStore(server.url, patience);
  closings.push(
    () => server.close(),
    () => store.close(),
  );
  return { server, store };
};

const local = async (port = 0): Promise<{ url: string; close(): Promise<void> }> => {
  const server = await startEventStore({ inMemory: true, port });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await server.close();
    open = false;
  };
  closings.push(close);
  return { url: server.url, close };
};

const append = (store: EventStore, commandId = newId(), stream = 'account-1') =>
  store.append({
    stream,
    expectedRevision: 4n,
    facts: [{ type: 'Put', data: { amount: 1 } }],
    metadata: {
      ...{ $correlationId: 'c', $causationId: 'c', commandId, actor: { kind: 'ops', id: 'o' } },
      ...{ occurredAt: AT, schemaVersion: 1 },
    },
  });

/** What the subscription says, gathered while it lives; `end` settles when it ends, with its error. */
const follow = (store: EventStore, prefixes = ['account-']) => {
  const stop = new AbortController();
  const heard: LogMessage[] = [];
  const listen = async (): Promise<unknown> => {
    try {
      for await (const message of store.subscribe({ prefixes, signal: stop.signal })) heard.push(message);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const end = listen();
  closings.push(async () => {
    stop.abort();
    await end;
  });
  return { heard, end, stop };
};

const confirm = (call: ServerWritableStream<ReadReq, ReadResp>): void => {
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(newId());
  call.write(new streams.ReadResp().setConfirmation(confirmation));
};

describe('an append', () => {
  it('that a silent store never answers is made again, identical, and then answered as written', async () => {
    const { server, store } = await scripted({ append: (received) => server.appends.length > 1 && received.accept() }, HASTY);
    expect(await append(store)).toMatchObject({ revision: 5 });
    const [first, second] = server.appends;
    expect(server.appends).toHaveLength(2);
    expect([second?.eventIds, second?.expected, second?.stream]).toStrictEqual([first?.eventIds, 4n, 'account-1']);
  });

  it('that is never answered is of unknown outcome after three tries', async () => {
    const { server, store } = await scripted({}, HASTY);
    await expect(append(store)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(server.appends).toHaveLength(3);
    expect(new Set(server.appends.flatMap(({ eventIds }) => eventIds)).size).toBe(1);
  });

  it.each([status.UNAVAILABLE, status.CANCELLED, status.ABORTED, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED])(
    'whose stream breaks with status %i is made again, identical',
    async (code) => {
      const { server, store } = await scripted({
        append: (received) => (server.appends.length === 1 ? received.breakStream(code) : received.accept()),
      });
      expect(await append(store)).toMatchObject({ revision: 5 });
      expect(server.appends[1]?.eventIds).toStrictEqual(server.appends[0]?.eventIds);
    },
  );

  it.each([status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN])(
    'survives a question for features that fails with status %i, which the client would remember',
    async (code) => {
      let asked = 0;
      const { server, store } = await scripted({
        features: () => ((asked += 1) === 1 ? code : undefined),
        append: (received) => received.accept(),
      });
      expect(await append(store)).toMatchObject({ revision: 5 });
      expect([asked, server.appends.length]).toStrictEqual([2, 1]);
    },
  );

  it('to nobody at all is of unknown outcome, not a foreign error', async () => {
    const store = new EventStore(`esdb://127.0.0.1:${await freePort()}?tls=false`, PATIENT);
    closings.push(() => store.close());
    await expect(append(store)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('goes over the shared stream also with credentials in the URL', async () => {
    const server = await startScriptedStore({ append: (received) => received.accept() });
    const store = new EventStore(server.url.replace('esdb://', 'esdb://admin:changeit@'), PATIENT);
    closings.push(
      () => server.close(),
      () => store.close(),
    );
    await append(store);
    expect([server.appends.length, server.slowAppends.length]).toStrictEqual([1, 0]);
  });

  it('that conflicts is a conflict also where the URL asks for answers in place of errors', async () => {
    const { url } = await local();
    const store = new EventStore(`${url}&throwOnAppendFailure=false`);
    closings.push(() => store.close());
    await expect(append(store)).rejects.toBeInstanceOf(RevisionConflict);
  });

  it('is not disturbed by subscriptions and reads whose channels break', async () => {
    const { server, store } = await scripted({
      read: (call) => call.emit('error', { code: status.UNAVAILABLE, details: 'broken on purpose' }),
    });
    const waiting = append(store);
    await eventually(() => server.appends.length === 1);
    expect(await follow(store).end).toMatchObject({ message: expect.stringContaining('broken on purpose') });
    await expect(store.read('account-1')).rejects.toBeInstanceOf(StoreUnavailable);
    server.appends[0]?.accept();
    expect(await waiting).toMatchObject({ revision: 5 });
    expect(server.appends).toHaveLength(1);
  });
});

describe('a read', () => {
  it('that is never answered ends in bounded time and leaves no call open', async () => {
    let cancelled = 0;
    const { store } = await scripted({ read: (call) => call.on('cancelled', () => (cancelled += 1)) }, HASTY);
    await expect(store.read('account-1')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await store.ping()).toBe(false);
    await eventually(() => cancelled === 3);
  });

  it('of an event that is not JSON hands it out as it is, for its reader to park', async () => {
    const { url } = await local();
    const raw = EventStoreDBClient.connectionString(url);
    const store = new EventStore(url);
    closings.push(
      () => store.close(),
      () => raw.dispose(),
    );
    const broken = { ...jsonEvent({ type: 'Put', data: {} }), contentType: 'application/octet-stream', data: Buffer.from('{') };
    await raw.appendToStream('account-1', broken as never);
    expect(await store.read('account-1')).toMatchObject([{ type: 'Put', stream: 'account-1', metadata: undefined }]);
  });
});

describe('a subscription', () => {
  it.each([
    ['UNAVAILABLE', (call: ServerWritableStream<ReadReq, ReadResp>) => call.emit('error', { code: status.UNAVAILABLE, details: 'x' })],
    ['CANCELLED', (call: ServerWritableStream<ReadReq, ReadResp>) => call.emit('error', { code: status.CANCELLED, details: 'x' })],
    ['ABORTED', (call: ServerWritableStream<ReadReq, ReadResp>) => call.emit('error', { code: status.ABORTED, details: 'x' })],
    ['INTERNAL', (call: ServerWritableStream<ReadReq, ReadResp>) => call.emit('error', { code: status.INTERNAL, details: 'x' })],
    ['an orderly end', (call: ServerWritableStream<ReadReq, ReadResp>) => call.end()],
  ])('that ends with %s says so, and the next one works', async (_how, endIt) => {
    const calls: ServerWritableStream<ReadReq, ReadResp>[] = [];
    const { store } = await scripted({
      read: (call) => {
        calls.push(call);
        confirm(call);
      },
    });
    const first = follow(store);
    const [call] = await eventually(() => calls.length === 1 && calls);
    if (call) endIt(call);
    expect(await first.end).toBeInstanceOf(Error);
    const second = follow(store);
    await eventually(() => calls.length === 2);
    calls[1]?.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
    await eventually(() => second.heard.length === 1);
    expect(second.heard).toStrictEqual([{ kind: 'caughtUp' }]);
  });

  it('of one reader is not disturbed by another whose connection breaks', async () => {
    const calls: ServerWritableStream<ReadReq, ReadResp>[] = [];
    const { store } = await scripted({
      read: (call) => {
        calls.push(call);
        confirm(call);
      },
    });
    const [kept, broken] = [follow(store), follow(store)];
    await eventually(() => calls.length === 2);
    calls[1]?.emit('error', { code: status.UNAVAILABLE, details: 'x' });
    await Promise.race([kept.end, broken.end]);
    calls[0]?.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
    await eventually(() => kept.heard.length + broken.heard.length === 1);
  });

  it('hands out checkpoints to a slow reader only behind the events that they cover, and the last one in the end', async () => {
    const { url } = await local();
    const store = new EventStore(url);
    const raw = EventStoreDBClient.connectionString(url);
    closings.push(
      () => store.close(),
      () => raw.dispose(),
    );
    const many = (type: string) => Array.from({ length: 3_000 }, () => jsonEvent({ type, data: {} }));
    await raw.appendToStream('account-1', many('Put'));
    const { position: last } = await raw.appendToStream('noise-1', many('Noise'));
    let seen = 0n;
    let events = 0;
    let checkpoints = 0;
    const stop = new AbortController();
    for await (const message of store.subscribe({ prefixes: ['account-'], signal: stop.signal })) {
      if (message.kind === 'caughtUp') break;
      const position = message.kind === 'event' ? message.event.position : message.position;
      expect(position.commit).toBeGreaterThanOrEqual(seen);
      seen = position.commit;
      if (message.kind === 'event') events += 1;
      else checkpoints += 1;
      await new Promise(setImmediate);
    }
    stop.abort();
    expect([events, checkpoints > 0]).toStrictEqual([3_000, true]);
    expect(seen).toBeGreaterThan((last?.commit ?? 0n) - 2_048n);
  });

  it('ends when the store goes, and works on the same port when it is back, as appends do', async () => {
    const port = await freePort();
    const first = await local(port);
    const store = new EventStore(first.url);
    closings.push(() => store.close());
    const before = follow(store);
    await eventually(() => before.heard.some(({ kind }) => kind === 'caughtUp'));
    await first.close();
    expect(await before.end).toBeInstanceOf(Error);
    await local(port);
    const after = follow(store);
    await eventually(() => after.heard.some(({ kind }) => kind === 'caughtUp'));
    await expect(append(store)).rejects.toBeInstanceOf(RevisionConflict);
  });
});
