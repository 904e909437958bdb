/** The readers on the real event store's protocol: restart at the head, health against the head, and waiting for what was written. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { freePort } from '../support/free-port.js';
import { poolOf } from '../../src/platform/database/data-source.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { newId } from '../../src/platform/ids.js';
import { resetReaders } from '../../src/platform/readers/checkpoints.js';
import { farewell } from '../../src/platform/readers/pacing.js';
import { ReactorEngine } from '../../src/platform/readers/reactor-engine.js';
import { ReadersHealth } from '../../src/platform/readers/readers-health.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import { AccountEntity, Instance, PREFIXES, engineDatabase, positionOf } from './readers.support.js';

let server: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
let database: TestDatabase;

beforeAll(async () => {
  server = await startEventStore({ inMemory: true });
  store = new EventStore(server.url);
  database = await engineDatabase();
});
afterAll(async () => {
  await farewell(store.close());
  await server.close();
  await database.drop();
});

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** @returns the commit position of the last */
const write = async (into: EventStore, stream: string, ...amounts: readonly number[]): Promise<bigint> => {
  const past = await into.read(stream);
  const metadata = {
    $correlationId: stream,
    $causationId: 'test',
    commandId: newId(),
    actor: { kind: 'system' as const, id: 'test' },
    occurredAt: new Date().toISOString(),
    schemaVersion: 1,
  };
  const facts = amounts.map((amount) => ({ type: 'Put', data: { accountId: stream.slice('account-'.length), amount } }));
  return (await into.append({ stream, expectedRevision: BigInt(past.length) - 1n, facts, metadata })).position;
};

const healthOf = ({
  database: source,
  leases,
  engine,
}: Instance): { health: ReadersHealth; reactors: ReactorEngine; handled: string[] } => {
  const handled: string[] = [];
  const reactor = {
    name: 'test-reactor',
    prefixes: PREFIXES,
    key: ({ stream }: { stream: string }) => stream,
    handle: ({ id }: { id: string }) => {
      handled.push(id);
      return Promise.resolve();
    },
  };
  const reactors = new ReactorEngine({ log: store, database: source, leases, reactors: [reactor] });
  return { health: new ReadersHealth({ log: store, database: source, projections: engine, reactors }), reactors, handled };
};

describe('readers of a real store', () => {
  it('see an event appended after a restart at the head, and ignore the streams of others', async () => {
    await write(store, 'account-a', 1);
    await write(store, 'somebody-else', 9);
    const first = await Instance.start(database.url, store);
    const one = healthOf(first);
    const own = await write(store, 'account-a', 2);
    expect(await one.health.waitUntil(['test-accounts'], own, 10_000)).toBe(true);
    // So many that the checkpoint is that of the filter, behind which nothing of ours stands.
    await write(store, 'somebody-else', ...Array.from({ length: 3_000 }, () => 9));
    await eventually(async () => (await positionOf(first.database)) > own, { what: 'a checkpoint among the events of others' });
    await first.stop();
    await write(store, 'account-a', 3);
    const second = await Instance.start(database.url, store);
    const { health } = healthOf(second);
    try {
      await eventually(() => second.engine.states().get('test-accounts')?.caughtUp);
      expect(await health.waitUntil(['test-accounts'], await write(store, 'account-a', 4), 10_000)).toBe(true);
      expect(await second.database.getRepository(AccountEntity).find()).toMatchObject([{ accountId: 'a', history: [1, 2, 3, 4] }]);
    } finally {
      await second.stop();
    }
  });

  it('report caught up only at the head of the log, and how far behind they are otherwise', async () => {
    const instance = await Instance.start(database.url, store);
    open.push(() => instance.stop());
    const { health, reactors, handled } = healthOf(instance);
    await reactors.start();
    open.push(() => reactors.stop());
    // Groups that have caught up are merged, which takes them through "not caught up" once more: the answer that satisfied is the one to look at.
    const [projection, reactor] = await eventually(async () => {
      const all = await health.status();
      return all.every(({ caughtUp, owner }) => caughtUp && owner) && all;
    });
    await eventually(() => handled.length === 4);
    expect(projection).toMatchObject({
      name: 'test-accounts',
      kind: 'projection',
      version: 1,
      lagSeconds: 0,
      parked: 0,
      owner: instance.leases.owner,
    });
    expect(reactor).toMatchObject({ name: 'test-reactor', kind: 'reactor', caughtUp: true, lagSeconds: 0, owner: instance.leases.owner });
    expect(handled).toHaveLength(4);
    await reactors.stop();
    await instance.engine.stop();
    const position = await write(store, 'account-a', 5);
    expect(await health.status()).toMatchObject([
      { name: 'test-accounts', caughtUp: false, lagSeconds: expect.any(Number), owner: null },
      { name: 'test-reactor', caughtUp: false, owner: null },
    ]);
    expect(await health.waitUntil(['test-accounts'], position, 50)).toBe(false);
    // So many that what is missing is not near the end of the log any more.
    for (let round = 0; round < 2; round += 1) await write(store, 'somebody-else', ...Array.from({ length: 2_100 }, () => 9));
    expect(await health.status()).toMatchObject([{ caughtUp: false, percent: expect.any(Number) }, { caughtUp: false }]);
    const again = await Instance.start(database.url, store);
    open.push(() => again.stop());
    await eventually(async () => (await healthOf(again).health.status())[0]?.caughtUp, { what: 'a checkpoint near the head' });
  });

  it('do not read another log on top of the old one, until they are reset', async () => {
    const port = await freePort();
    const first = await startEventStore({ inMemory: true, port });
    const away = new EventStore(first.url);
    open.push(() => farewell(away.close()));
    const own = await engineDatabase();
    open.push(() => own.drop());
    const instance = await Instance.start(own.url, away);
    open.push(() => instance.stop());
    expect(await healthOf(instance).health.waitUntil(['test-accounts'], await write(away, 'account-b', 1), 10_000)).toBe(true);
    await first.close();
    await eventually(() => instance.engine.states().get('test-accounts')?.lastError, { what: 'the loss noticed' });
    const other = await startEventStore({ inMemory: true, port });
    open.push(() => other.close());
    await eventually(() => instance.engine.states().get('test-accounts')?.lastError?.startsWith('LOG_CHANGED'), { withinMs: 20_000 });
    await expect(resetReaders(poolOf(instance.database))).rejects.toMatchObject({ code: 'READERS_RUNNING', status: 409 });
    await instance.engine.stop();
    await resetReaders(poolOf(instance.database));
    const anew = await Instance.start(own.url, away);
    open.push(() => anew.stop());
    expect(await healthOf(anew).health.waitUntil(['test-accounts'], await write(away, 'account-z', 7), 10_000)).toBe(true);
    expect(await anew.database.getRepository(AccountEntity).find()).toMatchObject([{ accountId: 'z', history: [7] }]);
  });
});
