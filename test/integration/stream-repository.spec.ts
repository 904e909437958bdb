import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { startEventStore } from '../../local/eventstore/server.js';
import { nodeDecider, holdCapacity, observeCapacity, registerNode, releaseHold, enableNode } from '../../src/nodes/node.decider.js';
import { SystemClock } from '../../src/platform/clock.js';
import type { Fact, Recorded } from '../../src/platform/event.js';
import { EventStore, RevisionConflict, StoreUnavailable } from '../../src/platform/event-store/event-store.js';
import type { Position } from '../../src/platform/event-store/subscription.js';
import { StreamRepository, unwritten, type CommandContext } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { Refusal } from '../../src/platform/refusal.js';
import { AT } from '../support/samples.js';

const command = (commandId = newId()): CommandContext => ({
  commandId,
  correlationId: 'c',
  causationId: 'x',
  actor: { kind: 'ops', id: 'o' },
});
const settings = { region: 'r', reserveMemoryMib: 0, reserveDiskMib: 0 };
const capacity = (nodeId: string) => ({
  ...{ nodeId, memoryMib: 1000, diskMib: 1000, foreignMemoryMib: 0, foreignDiskMib: 0, observedAt: AT },
  allocations: Array.from({ length: 50 }, (_, id) => ({ id, port: 25000 + id })),
});

let local: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
const repository = (hot = new Set<string>()): StreamRepository => new StreamRepository(store, new SystemClock(), hot);

beforeAll(async () => {
  local = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(local.url);
});
afterAll(async () => {
  await store.close();
  await local.close();
});

/** `held`, or the code of the refusal. */
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'held',
    (error: Refusal) => error.code,
  );

const readyNode = async (streams: StreamRepository): Promise<string> => {
  const id = newId();
  const target = { decider: nodeDecider, id };
  await streams.execute(target, command(), registerNode({ nodeId: id, settings, at: AT }));
  await streams.execute(target, command(), enableNode({ at: AT }));
  await streams.execute(target, command(), observeCapacity(capacity(id)));
  return id;
};

describe('load, decide, append', () => {
  it('records facts with who, why and when, and folds them back', async () => {
    const id = newId();
    const outcome = await repository().execute(
      { decider: nodeDecider, id },
      command('11111111-1111-4111-8111-111111111111'),
      registerNode({ nodeId: id, settings, at: AT }),
    );
    expect(outcome).toMatchObject({ appended: true, revision: 0 });
    const [event] = await store.read(`node-${id}`);
    expect(event).toMatchObject({ type: 'NodeRegistered', stream: `node-${id}`, revision: 0, data: { nodeId: id, registeredAt: AT } });
    expect(event?.metadata.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(event?.metadata).toMatchObject({ $correlationId: 'c', $causationId: 'x', actor: { kind: 'ops', id: 'o' }, schemaVersion: 1 });
    expect(event?.position.commit).toBe(outcome.position);
  });

  it('decides on a stream in which a later release has recorded what it does not know', async () => {
    const id = newId();
    const target = { decider: nodeDecider, id };
    await repository().execute(target, command(), registerNode({ nodeId: id, settings, at: AT }));
    const metadata = { $correlationId: 'c', $causationId: 'c', commandId: newId(), actor: { kind: 'ops' as const, id: 'o' } };
    const stranger = { stream: `node-${id}`, expectedRevision: 0n, facts: [{ type: 'NodeBlessed', data: {} }] };
    await store.append({ ...stranger, metadata: { ...metadata, occurredAt: AT, schemaVersion: 1 } });
    const outcome = await repository().execute(target, command(), enableNode({ at: AT }));
    expect(outcome).toMatchObject({ revision: 2, events: [{ type: 'NodeEnabled' }] });
  });

  it('appends nothing for a commandId it has seen, and answers as before: any commands, any repeats', async () => {
    const wish = fc.record({ command: fc.integer({ min: 0, max: 5 }), order: fc.constantFrom('a', 'b', 'c') });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 10 }), async (wishes) => {
        const streams = repository();
        const id = await readyNode(streams);
        const first = new Map<number, unknown>();
        const ids = Array.from({ length: 6 }, () => newId());
        for (const { command: index, order } of wishes) {
          const need = { memoryMib: 10, diskMib: 10, ports: 1 };
          const context = command(ids[index] ?? newId());
          const { events, appended } = await streams.execute(
            { decider: nodeDecider, id },
            context,
            holdCapacity({ orderId: order, need, at: AT }),
          );
          const facts = events.map(({ type, data }) => ({ type, data }));
          if (first.has(index) && (first.get(index) as unknown[]).length > 0) {
            expect(appended).toBe(false);
            expect(facts).toStrictEqual(first.get(index));
          } else first.set(index, facts);
        }
        const held = (await store.read(`node-${id}`)).filter(({ type }) => type === 'NodeCapacityHeld');
        expect(new Set(held.map(({ data }) => (data as { orderId: string }).orderId)).size).toBe(held.length);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['a plain', new Set<string>()],
    ['a hot', new Set(['node'])],
  ])('never oversells %s stream under 40 concurrent wishes from two processes', async (_name, hot) => {
    const one = repository(hot);
    const two = repository(hot);
    const id = await readyNode(one);
    const need = { memoryMib: 100, diskMib: 1, ports: 1 };
    const wishes = Array.from({ length: 40 }, (_, n) =>
      codeOf((n % 2 ? one : two).execute({ decider: nodeDecider, id }, command(), holdCapacity({ orderId: `o${n}`, need, at: AT }))),
    );
    const answers = await Promise.all(wishes);
    const held = (await store.read(`node-${id}`)).filter(({ type }) => type === 'NodeCapacityHeld');
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(held.length);
    expect(held.length).toBeLessThanOrEqual(10);
    expect(held.length).toBeGreaterThanOrEqual(hot.size > 0 ? 10 : 1);
    expect(answers.every((answer) => ['held', 'NODE_FULL', 'TOO_MANY_CONFLICTS'].includes(answer))).toBe(true);
  });

  it('takes the identical append for a repeat and a different one under the same command for a conflict', async () => {
    const stream = `node-${newId()}`;
    const metadata = {
      $correlationId: 'c',
      $causationId: 'x',
      commandId: newId(),
      actor: { kind: 'ops' as const, id: 'o' },
      occurredAt: AT,
      schemaVersion: 1,
    };
    const facts = [{ type: 'NodeEnabled', data: { nodeId: '1', enabledAt: AT } }];
    const first = await store.append({ stream, expectedRevision: -1n, facts, metadata });
    expect(await store.append({ stream, expectedRevision: -1n, facts, metadata })).toStrictEqual(first);
    const other = [{ type: 'NodeEnabled', data: { nodeId: '2', enabledAt: AT } }];
    await expect(store.append({ stream, expectedRevision: -1n, facts: other, metadata })).rejects.toBeInstanceOf(RevisionConflict);
    expect(await store.read(stream)).toHaveLength(1);
  });
});

/** Counts what is read of streams. */
class CountingStore extends EventStore {
  streamsRead = 0;

  override read<E extends Fact>(stream: string, fromRevision?: number): Promise<Recorded<E>[]> {
    this.streamsRead += 1;
    return super.read<E>(stream, fromRevision);
  }
}

describe('what is known of a stream already', () => {
  const need = { memoryMib: 1000, diskMib: 1, ports: 1 };
  const hold = (orderId: string) => holdCapacity({ orderId, need, at: AT });
  const release = (orderId: string) => releaseHold({ orderId, reason: 'abandoned', at: AT });
  let counting: CountingStore;
  beforeAll(() => void (counting = new CountingStore(local.url)));
  afterAll(() => counting.close());

  it('is decided on and appended to without a read, from the first event on', async () => {
    const streams = new StreamRepository(counting, new SystemClock());
    const target = { decider: nodeDecider, id: newId() };
    counting.streamsRead = 0;
    const one = await streams.execute(
      { ...target, known: unwritten(nodeDecider) },
      command(),
      registerNode({ nodeId: target.id, settings, at: AT }),
    );
    const two = await streams.execute({ ...target, known: one }, command(), enableNode({ at: AT }));
    expect([counting.streamsRead, two.revision, two.state.status]).toStrictEqual([0, 1, 'enabled']);
    expect(await repository().load(nodeDecider, target.id)).toMatchObject({ revision: 1, state: two.state, position: two.position });
  });

  it('is remembered of a hot stream, and read where it is asked for as it is now', async () => {
    const streams = new StreamRepository(counting, new SystemClock(), new Set(['node']));
    const id = await readyNode(streams);
    counting.streamsRead = 0;
    await streams.execute({ decider: nodeDecider, id }, command(), hold('a'));
    expect((await streams.loadRecent(nodeDecider, id, 60_000)).state).toMatchObject({ holds: { a: { memoryMib: 1000 } } });
    expect(counting.streamsRead).toBe(0);
    await repository().execute({ decider: nodeDecider, id }, command(), release('a'));
    expect((await streams.loadRecent(nodeDecider, id, 60_000)).state).toMatchObject({ holds: { a: {} } });
    expect((await streams.loadRecent(nodeDecider, id, 0)).state).toMatchObject({ holds: {} });
    expect(counting.streamsRead).toBe(1);
  });

  describe('for so long', () => {
    const settled = async (reads: jest.Spied<CountingStore['read']>): Promise<void> => {
      await Promise.allSettled(reads.mock.results.map(({ value }) => value as Promise<unknown>));
      await new Promise(setImmediate);
    };
    let now: jest.Spied<typeof performance.now>;
    beforeEach(() => void (now = jest.spyOn(performance, 'now')));
    afterEach(() => void jest.restoreAllMocks());

    it('is read again from half that age on, while those who ask are answered at once', async () => {
      const streams = new StreamRepository(counting, new SystemClock(), new Set(['node']));
      const id = await readyNode(streams);
      await streams.execute({ decider: nodeDecider, id }, command(), hold('a'));
      const keptAtMs = performance.now();
      await repository().execute({ decider: nodeDecider, id }, command(), release('a'));
      const asked = async () => (await streams.loadRecent(nodeDecider, id, 60_000)).state;
      const reads = jest.spyOn(counting, 'read');
      now.mockReturnValue(keptAtMs + 29_000);
      expect(await asked()).toMatchObject({ holds: { a: {} } });
      expect(reads).toHaveBeenCalledTimes(0);
      now.mockReturnValue(keptAtMs + 31_000);
      for (const state of await Promise.all([asked(), asked()])) expect(state).toMatchObject({ holds: { a: {} } });
      await settled(reads);
      expect(await asked()).toHaveProperty('holds', {});
      expect(reads).toHaveBeenCalledTimes(1);
    });

    it('stays what it was where it cannot be read again, until it is too old', async () => {
      const streams = new StreamRepository(counting, new SystemClock(), new Set(['node']));
      const id = await readyNode(streams);
      const keptAtMs = performance.now();
      const reads = jest.spyOn(counting, 'read').mockRejectedValue(new StoreUnavailable('away'));
      now.mockReturnValue(keptAtMs + 40_000);
      for (const times of [1, 2]) {
        expect((await streams.loadRecent(nodeDecider, id, 60_000)).state).toMatchObject({ status: 'enabled' });
        await settled(reads);
        expect(reads).toHaveBeenCalledTimes(times);
      }
      now.mockReturnValue(keptAtMs + 61_000);
      expect(await codeOf(streams.loadRecent(nodeDecider, id, 60_000))).toBe('STORE_UNAVAILABLE');
    });
  });

  it('neither refuses nor stays silent where the stream has moved', async () => {
    const streams = repository(new Set(['node']));
    const id = await readyNode(streams);
    const target = { decider: nodeDecider, id };
    await streams.execute(target, command(), hold('a'));
    await repository().execute(target, command(), release('a'));
    expect(await codeOf(streams.execute(target, command(), hold('b')))).toBe('held');
    await repository().execute(target, command(), release('b'));
    await repository().execute(target, command(), hold('c'));
    // Known here: b holds, so that its release would be a fact, and c holds nothing.
    expect(await streams.execute(target, command(), release('b'))).toMatchObject({ appended: false });
    expect(await streams.execute(target, command(), release('c'))).toMatchObject({ appended: true });
  });

  it('gives way to what the stream says when it was wrong', async () => {
    const id = await readyNode(repository());
    const known = unwritten(nodeDecider);
    const again = registerNode({ nodeId: id, settings, at: AT });
    expect(await repository().execute({ decider: nodeDecider, id, known }, command(), again)).toMatchObject({
      appended: false,
      revision: 2,
    });
  });
});

const eventsUntilCaughtUp = async (from: { from?: Position; prefixes: readonly string[] }): Promise<Recorded[]> => {
  const seen: Recorded[] = [];
  for await (const message of store.subscribe({ ...from, signal: new AbortController().signal })) {
    if (message.kind === 'event') seen.push(message.event);
    if (message.kind === 'caughtUp') break;
  }
  return seen;
};

describe('a subscription', () => {
  it('hands out matching events in order, catches up, and resumes from a position without loss or repeat', async () => {
    const streams = repository();
    const prefix = `node-${newId().slice(0, 13)}`;
    const id = prefix.slice('node-'.length);
    await streams.execute({ decider: nodeDecider, id }, command(), registerNode({ nodeId: id, settings, at: AT }));
    await streams.execute({ decider: nodeDecider, id }, command(), enableNode({ at: AT }));
    const seen = await eventsUntilCaughtUp({ prefixes: [prefix] });
    expect(seen.map(({ type }) => type)).toStrictEqual(['NodeRegistered', 'NodeEnabled']);
    const resumed = await eventsUntilCaughtUp({ from: seen[0]?.position as Position, prefixes: [prefix] });
    expect(resumed.map(({ type }) => type)).toStrictEqual(['NodeEnabled']);
    expect((await store.head([prefix]))?.commit).toBe(seen[1]?.position.commit);
  });
});

describe('looking at the head', () => {
  it('gives the same answer however often, and none for streams that are not there', async () => {
    const streams = repository();
    await Promise.all(Array.from({ length: 120 }, () => readyNode(streams)));
    const head = await store.head();
    for (let n = 0; n < 300; n += 1) expect(await store.head()).toStrictEqual(head);
    expect(await store.head(['no-such-stream-'])).toBeUndefined();
    expect(await store.head()).toStrictEqual(head);
    expect(await store.ping()).toBe(true);
  }, 180_000);
});

describe('a store that is gone', () => {
  it('is a 503 to whoever asks, within bounded time', async () => {
    const gone = await startEventStore({ inMemory: true, port: 0 });
    const client = new EventStore(gone.url);
    await gone.close();
    const streams = new StreamRepository(client, new SystemClock());
    await expect(streams.load(nodeDecider, 'x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 });
    expect(await client.ping()).toBe(false);
    await client.close();
  });
});
