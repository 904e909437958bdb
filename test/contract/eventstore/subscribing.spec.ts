import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  END,
  eventTypeFilter,
  excludeSystemEvents,
  START,
  streamNameFilter,
  type Filter,
  type Position,
  type SubscribeToAllOptions,
  type SubscribeToStreamOptions,
} from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { collect, contract, event, events, newStream, revisions, Watched } from './support.js';

const store = contract();

const toAll = (options: SubscribeToAllOptions): Watched => new Watched(store.client.subscribeToAll(options));
const toStream = (stream: string, options: SubscribeToStreamOptions = {}): Watched =>
  new Watched(store.client.subscribeToStream(stream, options));

describe('subscribing to a stream', () => {
  it('7.1/4, 7.4/1 confirmation, then what is there, caught_up once, then what comes', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(2, 'Old'));
    const watched = toStream(stream);
    await watched.seen('caughtUp');
    await store.client.appendToStream(stream, event('New'));
    await store.client.appendToStream(stream, event('New'));
    await watched.seen('New', 2);
    expect(watched.log).toEqual(['confirmation', 'Old', 'Old', 'caughtUp', 'New', 'New']);
    expect(watched.subscription.id).toMatch(/./);
    await watched.subscription.unsubscribe();
  });

  it('7.4/2 the start is exclusive', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(5));
    const watched = toStream(stream, { fromRevision: 2n });
    await watched.seen('caughtUp');
    expect(revisions(watched.events)).toEqual([3n, 4n]);
    await watched.subscription.unsubscribe();
  });

  it('7.4/2 from the end: only what is committed after', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3, 'Old'));
    const watched = toStream(stream, { fromRevision: END });
    await watched.seen('caughtUp');
    await store.client.appendToStream(stream, event('New'));
    await watched.seen('New');
    expect(watched.log).toEqual(['confirmation', 'caughtUp', 'New']);
    await watched.subscription.unsubscribe();
  });

  it('7.4/2 a start beyond the end is silent until something past it comes', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event());
    const watched = toStream(stream, { fromRevision: 2n });
    await watched.seen('caughtUp');
    await store.client.appendToStream(stream, events(3));
    await watched.seen('Happened');
    expect(revisions(watched.events)).toEqual([3n]);
    await watched.subscription.unsubscribe();
  });

  it('7.4/3 a missing stream is no error: its first event comes when it is there', async () => {
    const stream = newStream();
    const watched = toStream(stream);
    await watched.seen('caughtUp');
    await store.client.appendToStream(stream, event('First'));
    await watched.seen('First');
    expect(watched.log).toEqual(['confirmation', 'caughtUp', 'First']);
    await watched.subscription.unsubscribe();
  });

  it('7.4/6 a tombstone comes as an event and ends the subscription as stream-deleted', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event());
    const watched = toStream(stream);
    await watched.seen('caughtUp');
    await store.client.tombstoneStream(stream);
    await watched.seen('error');
    expect(watched.log).toEqual(['confirmation', 'Happened', 'caughtUp', '$streamDeleted', 'error']);
    expect(watched.error).toMatchObject({ type: 'stream-deleted', streamName: stream });
  });

  it('7.4/6 already tombstoned: confirmation, then stream-deleted', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event());
    await store.client.tombstoneStream(stream);
    const watched = toStream(stream);
    await watched.seen('error');
    expect(watched.log).toEqual(['confirmation', 'error']);
    expect(watched.error).toMatchObject({ type: 'stream-deleted' });
  });

  it('7.4/6 a soft delete is silent, and events after a revival go on', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event('Old'));
    const watched = toStream(stream);
    await watched.seen('caughtUp');
    await store.client.deleteStream(stream);
    await store.client.appendToStream(stream, event('Revived'));
    await watched.seen('Revived');
    expect(watched.log).toEqual(['confirmation', 'Old', 'caughtUp', 'Revived']);
    await watched.subscription.unsubscribe();
  });
});

describe('what metadata hides from a stream subscription', () => {
  it.each([
    ['$maxCount', { maxCount: 2 }, [3n, 4n]],
    ['$tb', { truncateBefore: 4 }, [4n]],
  ])('7.4/7 %s holds while catching up, not for what comes later', async (_key, metadata, shown) => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(5, 'Old'));
    await store.client.setStreamMetadata(stream, metadata);
    const watched = toStream(stream);
    await watched.seen('caughtUp');
    expect(revisions(watched.events)).toEqual(shown);
    await store.client.appendToStream(stream, events(4, 'New'));
    await watched.seen('New', 4);
    expect(revisions(watched.events)).toEqual([...shown, 5n, 6n, 7n, 8n]);
    await watched.subscription.unsubscribe();
  });

  it('7.4/3, 7.4/7 a soft-deleted stream: confirmation, caught_up, and after a revival the new events only', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3, 'Old'));
    await store.client.deleteStream(stream);
    const watched = toStream(stream);
    await watched.seen('caughtUp');
    await store.client.appendToStream(stream, event('Revived'));
    await watched.seen('Revived');
    expect(watched.log).toEqual(['confirmation', 'caughtUp', 'Revived']);
    await watched.subscription.unsubscribe();
  });
});

describe('subscribing to $all', () => {
  it('7.4/4 nothing is lost or doubled where catching up ends, while writers go on', async () => {
    const category = newStream('busy');
    const total = 1500;
    const writing = Promise.all(
      Array.from({ length: 10 }, async (_, writer) => {
        for (let n = 0; n < total / 10; n += 1) await store.client.appendToStream(`${category}-${writer}`, event('Busy'));
      }),
    );
    const watched = toAll({ fromPosition: START, filter: streamNameFilter({ prefixes: [category] }) });
    await writing;
    await watched.seen('Busy', total);
    const all = await collect(store.client.readAll());
    const expected = all
      .filter(({ event: recorded }) => recorded?.streamId.startsWith(category))
      .map(({ event: recorded }) => recorded?.id);
    expect(watched.events.map(({ event: recorded }) => recorded?.id)).toEqual(expected);
    expect(watched.log.filter((word) => word === 'caughtUp')).toHaveLength(1);
    await watched.subscription.unsubscribe();
  });

  it('7.1/5, 7.4/2 from a position: only events after it', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    const [, second] = await collect(store.client.readStream(stream));
    const watched = toAll({ fromPosition: second!.event!.position!, filter: streamNameFilter({ prefixes: [stream] }) });
    await watched.seen('caughtUp');
    expect(revisions(watched.events)).toEqual([2n]);
    await watched.subscription.unsubscribe();
  });

  it('7.4/1 from the end: caught_up at once, then what comes', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event('Old'));
    const watched = toAll({ fromPosition: END, filter: streamNameFilter({ prefixes: [stream] }) });
    await watched.seen('caughtUp');
    await store.client.appendToStream(stream, event('New'));
    await watched.seen('New');
    expect(watched.log).toEqual(['confirmation', 'caughtUp', 'New']);
    await watched.subscription.unsubscribe();
  });

  it('1.9 a reader that stops reading loses nothing and holds up nobody', async () => {
    const category = newStream('slow');
    const pad = 'x'.repeat(2000);
    for (let n = 0; n < 20; n += 1) {
      await store.client.appendToStream(
        category,
        Array.from({ length: 200 }, (_, i) => event('Slow', { pad, at: n * 200 + i })),
      );
    }
    const slow = store.client.subscribeToAll({ filter: streamNameFilter({ prefixes: [category] }) });
    const reader = slow[Symbol.asyncIterator]();
    await reader.next();
    await store.client.appendToStream(category, event('Last', { pad, at: 4000 }));
    const quick = toAll({ filter: streamNameFilter({ prefixes: [category] }) });
    await quick.seen('Last');
    for (let at = 1; at <= 4000; at += 1) {
      const { value } = (await reader.next()) as { value: { event?: { data: { at: number } } } };
      expect(value.event?.data.at).toBe(at);
    }
    await slow.unsubscribe();
    await quick.subscription.unsubscribe();
  });
});

describe('filters', () => {
  /** Where the log stands now, so that a case need not read what others wrote before it. */
  const here = async (): Promise<Position> => (await store.client.appendToStream(newStream('mark'), event())).position!;
  let from: Position;
  beforeEach(async () => {
    from = await here();
  });

  const sentTo = async (filter: Filter, marker: string): Promise<(string | undefined)[]> => {
    const watched = toAll({ filter, fromPosition: from });
    await watched.seen('caughtUp');
    await watched.subscription.unsubscribe();
    return watched.events
      .map(({ event: recorded }) => recorded)
      .filter((recorded) => recorded?.streamId.includes(marker))
      .map((recorded) => recorded?.type);
  };

  it('7.1/5, 7.5/1 stream and type, prefix and regex each let through what matches', async () => {
    const category = newStream('filter');
    await store.client.appendToStream(`${category}-a`, [event('Apple'), event('Bear')]);
    await store.client.appendToStream(`${category}-b`, [event('Apricot'), event('Cherry')]);
    expect(await sentTo(streamNameFilter({ prefixes: [`${category}-a`] }), category)).toEqual(['Apple', 'Bear']);
    expect(await sentTo(streamNameFilter({ prefixes: ['nothing', `${category}-b`] }), category)).toEqual(['Apricot', 'Cherry']);
    expect(await sentTo(streamNameFilter({ regex: `${category.slice(7)}-b$` }), category)).toEqual(['Apricot', 'Cherry']);
    expect(await sentTo(eventTypeFilter({ prefixes: ['Ap'] }), category)).toEqual(['Apple', 'Apricot']);
    expect(await sentTo(eventTypeFilter({ prefixes: ['ear', 'pple', 'cherry'] }), category)).toEqual([]);
    expect(await sentTo(eventTypeFilter({ regex: 'e.r' }), category)).toEqual(['Bear', 'Cherry']);
    expect(await sentTo(eventTypeFilter({ regex: '^apple' }), category)).toEqual([]);
  });

  it('7.5/1 excludeSystemEvents leaves out what begins with a dollar sign', async () => {
    const stream = newStream();
    await store.client.setStreamMetadata(stream, { owner: 'me' });
    await store.client.appendToStream(stream, event());
    const watched = toAll({ filter: excludeSystemEvents(), fromPosition: from });
    await watched.seen('caughtUp');
    expect(watched.events.length).toBeGreaterThan(0);
    expect(watched.events.filter(({ event: recorded }) => recorded?.type.startsWith('$'))).toEqual([]);
    await watched.subscription.unsubscribe();
  });

  it('7.5/1 a regular expression that does not compile is an invalid argument', async () => {
    const watched = toAll({ filter: eventTypeFilter({ regex: '(' }) });
    await watched.seen('error');
    expect(watched.error).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('checkpoints', () => {
  interface Heard {
    readonly checkpoints: Position[];
    readonly order: (Position | 'event' | 'caughtUp')[];
  }
  const listen = async (options: SubscribeToAllOptions, filter: Parameters<typeof streamNameFilter>[0]): Promise<Heard> => {
    const heard: Heard = { checkpoints: [], order: [] };
    const subscription = store.client.subscribeToAll({
      ...options,
      filter: streamNameFilter({
        ...filter,
        checkpointReached: (_subscription, position) => {
          heard.checkpoints.push(position);
          heard.order.push(position);
        },
      }),
    });
    subscription.on('data', () => heard.order.push('event'));
    await new Promise<void>((resolve) => subscription.once('caughtUp', () => resolve()));
    heard.order.push('caughtUp');
    await subscription.unsubscribe();
    return heard;
  };

  it('7.5/3 384 matching events at an interval of 64 give 6 or 7 checkpoints', async () => {
    const stream = newStream('count');
    const before = await store.client.appendToStream(newStream(), event());
    await store.client.appendToStream(stream, events(384));
    const { checkpoints } = await listen(
      { fromPosition: before.position! },
      { prefixes: [stream], maxSearchWindow: 64, checkpointInterval: 1 },
    );
    expect([6, 7]).toContain(checkpoints.length);
  });

  it('7.5/3 events that do not match count too, and the last checkpoint comes before caught_up', async () => {
    const before = await store.client.appendToStream(newStream(), event());
    const after = await store.client.appendToStream(newStream('other'), events(100));
    const { checkpoints, order } = await listen(
      { fromPosition: before.position! },
      { prefixes: ['matches-nothing'], maxSearchWindow: 10, checkpointInterval: 3 },
    );
    expect(checkpoints).toHaveLength(4);
    expect(checkpoints.at(-1)).toEqual(after.position);
    expect(order.at(-1)).toBe('caughtUp');
  });

  it('7.5/2 the interval is window times multiplier, 32 unless said otherwise', async () => {
    const before = await store.client.appendToStream(newStream(), event());
    await store.client.appendToStream(newStream('other'), events(100));
    const from = { fromPosition: before.position! };
    expect((await listen(from, { prefixes: ['matches-nothing'], checkpointInterval: 1 })).checkpoints).toHaveLength(4);
    expect((await listen(from, { prefixes: ['matches-nothing'], checkpointInterval: 2 })).checkpoints).toHaveLength(2);
  });

  it('7.5/3 a filter that matches one event in 3,000 still tells how far it has come', async () => {
    const stream = newStream('rare');
    const before = await store.client.appendToStream(newStream(), event());
    await store.client.appendToStream(newStream('noise'), events(2000));
    await store.client.appendToStream(stream, event());
    const after = await store.client.appendToStream(newStream('noise'), events(1000));
    const { checkpoints, order } = await listen({ fromPosition: before.position! }, { prefixes: [stream], checkpointInterval: 10 });
    expect(checkpoints).toHaveLength(10);
    expect(checkpoints.at(-1)).toEqual(after.position);
    expect(order.indexOf('event')).toBe(6);
  });

  it('7.5/4 checkpoints grow, are never repeated, and resuming from any loses and doubles nothing', async () => {
    const category = newStream('resume');
    const before = await store.client.appendToStream(newStream(), event());
    for (let n = 0; n < 30; n += 1) await store.client.appendToStream(n % 3 === 0 ? category : newStream('noise'), events(5));
    const filter = { prefixes: [category], maxSearchWindow: 7, checkpointInterval: 1 };
    const { checkpoints, order } = await listen({ fromPosition: before.position! }, filter);
    const commits = checkpoints.map(({ commit }) => commit);
    expect(commits).toEqual([...new Set(commits)].sort((a, b) => Number(a - b)));
    for (const checkpoint of checkpoints) {
      const sentBefore = order.slice(0, order.indexOf(checkpoint)).filter((entry) => entry === 'event').length;
      const resumed = await listen({ fromPosition: checkpoint }, filter);
      expect(sentBefore + resumed.order.filter((entry) => entry === 'event').length).toBe(50);
    }
  });

  it('7.5/3 live events are counted and checkpointed too', async () => {
    const stream = newStream('live');
    const heard: Position[] = [];
    let wake = (): void => undefined;
    const filter = streamNameFilter({
      prefixes: [stream],
      maxSearchWindow: 1,
      checkpointInterval: 5,
      checkpointReached: (_subscription, position) => {
        heard.push(position);
        wake();
      },
    });
    const watched = toAll({ fromPosition: END, filter });
    await watched.seen('caughtUp');
    const { position } = await store.client.appendToStream(newStream('noise'), events(5));
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    expect(heard).toEqual([position]);
    await watched.subscription.unsubscribe();
  });
});
