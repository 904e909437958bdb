import { describe, expect, it } from '@jest/globals';
import {
  BACKWARDS,
  binaryEvent,
  END,
  FORWARDS,
  jsonEvent,
  START,
  StreamNotFoundError,
  streamNameFilter,
  type AllStreamResolvedEvent,
  type Position,
  type ResolvedEvent,
} from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { collect, contract, errorOf, event, events, newStream, revisions, Watched } from './support.js';

const store = contract();

const positionOf = ({ event: recorded }: ResolvedEvent): Position => {
  if (!recorded?.position) throw new Error('an event with a position was expected');
  return recorded.position;
};

describe('events', () => {
  it('5.3 an event comes back whole: id, type, data, metadata, content type, created', async () => {
    const stream = newStream();
    const json = jsonEvent({ type: 'JSON ü', data: { text: 'grün 🎮', n: 1.5 }, metadata: { $correlationId: 'c' } });
    const binary = binaryEvent({ type: 'Binary', data: Uint8Array.of(0, 255, 128), metadata: Uint8Array.of(9, 8) });
    const before = Date.now();
    await store.client.appendToStream(stream, [json, binary, event('Bare')]);
    const [first, second, third] = (await collect(store.client.readStream(stream))).map(({ event: recorded }) => recorded);
    expect(first).toMatchObject({
      id: json.id,
      type: 'JSON ü',
      data: json.data,
      metadata: json.metadata,
      isJson: true,
      streamId: stream,
      revision: 0n,
    });
    expect(second).toMatchObject({ type: 'Binary', data: Buffer.from([0, 255, 128]), metadata: Buffer.from([9, 8]), isJson: false });
    expect(third?.metadata).toBeUndefined();
    expect(first?.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(first?.created.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('5.1 positions grow strictly, commit and prepare are the same, and a stream read has them too', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(5));
    const positions = (await collect(store.client.readStream(stream))).map(positionOf);
    for (const [index, { commit, prepare }] of positions.entries()) {
      expect(prepare).toBe(commit);
      expect(commit).toBeGreaterThan(positions[index - 1]?.commit ?? 0n);
    }
  });

  it('5.2 events of one append stand next to each other in $all', async () => {
    const stream = newStream();
    await Promise.all([store.client.appendToStream(stream, events(20)), store.client.appendToStream(newStream(), events(20))]);
    const [first] = await collect(store.client.readStream(stream, { maxCount: 1 }));
    const all = await collect(store.client.readAll({ fromPosition: positionOf(first!), maxCount: 20 }));
    expect(all.map(({ event: recorded }) => [recorded?.streamId, recorded?.revision])).toEqual(
      Array.from({ length: 20 }, (_, n) => [stream, BigInt(n)]),
    );
  });

  it('5.8 $all holds metadata and tombstones, but not the few system streams that are hidden, which can be read by name', async () => {
    const stream = newStream();
    const mark = await store.client.appendToStream(newStream(), event());
    await store.client.setStreamMetadata(stream, { owner: 'me' });
    const hidden = ['checkpoint', 'parked'].map((kind) => `$persistentsubscription-$all::${stream}-${kind}`);
    const shown = [`$persistentsubscription-${stream}::group-checkpoint`, `$persistentsubscription-$all::${stream}-other`];
    for (const name of [...hidden, ...shown]) await store.client.appendToStream(name, event());
    await store.client.tombstoneStream(stream);
    const all = await collect(store.client.readAll({ fromPosition: mark.position! }));
    const names = all.map(({ event: recorded }) => recorded?.streamId).filter((name) => name?.includes(stream));
    expect(names).toEqual([`$$${stream}`, ...shown, stream]);
    const watched = new Watched(store.client.subscribeToAll({ fromPosition: mark.position! }));
    await watched.seen('$streamDeleted');
    expect(watched.events.map(({ event: recorded }) => recorded?.streamId).filter((name) => name?.includes(stream))).toEqual(names);
    await watched.subscription.unsubscribe();
    for (const name of hidden) expect(revisions(await collect(store.client.readStream(name)))).toEqual([0n]);
  });

  it('5.7 $all begins with an event of the store, none at position 0', async () => {
    const [first] = await collect(store.client.readAll({ maxCount: 1 }));
    expect(first?.event?.streamId).toMatch(/^\$/);
    expect(first?.event?.position?.commit).toBeGreaterThan(0n);
  });
});

describe('reading a stream', () => {
  it('7.2/1, 9.3 a missing stream is stream-not-found', async () => {
    const stream = newStream();
    const error = await errorOf(collect(store.client.readStream(stream)));
    expect(error).toBeInstanceOf(StreamNotFoundError);
    expect(error['streamName']).toBe(stream);
  });

  it('7.1/1, 7.2/2 stream: revisions are inclusive in both directions, and count stops the read', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(10));
    const read = async (options: object) => revisions(await collect(store.client.readStream(stream, options))).map(Number);
    expect(await read({ fromRevision: 7n })).toEqual([7, 8, 9]);
    expect(await read({ fromRevision: 2n, direction: BACKWARDS })).toEqual([2, 1, 0]);
    expect(await read({ fromRevision: START, maxCount: 3 })).toEqual([0, 1, 2]);
    expect(await read({ fromRevision: END, direction: BACKWARDS, maxCount: 2 })).toEqual([9, 8]);
    expect(await read({ fromRevision: 50n, direction: BACKWARDS, maxCount: 1 })).toEqual([9]);
    expect(await read({ fromRevision: START, direction: BACKWARDS })).toEqual([0]);
    expect(await read({ fromRevision: 10n })).toEqual([]);
    expect(await read({ fromRevision: END, direction: FORWARDS })).toEqual([]);
  });

  it('5.6, 7.2/4 stream: reads longer than a page are complete both ways', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(1500));
    const forwards = revisions(await collect(store.client.readStream(stream)));
    expect(forwards).toEqual(Array.from({ length: 1500 }, (_, n) => BigInt(n)));
    expect(revisions(await collect(store.client.readStream(stream, { direction: BACKWARDS, fromRevision: END })))).toEqual(
      [...forwards].reverse(),
    );
  });

  it('7.2/1 a stream with metadata only is not found', async () => {
    const stream = newStream();
    await store.client.setStreamMetadata(stream, { owner: 'me' });
    expect(await errorOf(collect(store.client.readStream(stream)))).toBeInstanceOf(StreamNotFoundError);
  });
});

describe('reading $all', () => {
  const three = async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    return (await collect(store.client.readStream(stream))).map(positionOf);
  };
  const commits = async (source: AsyncIterable<AllStreamResolvedEvent>) =>
    (await collect(source)).map((resolved) => positionOf(resolved).commit);

  it('7.2/3 $all: forwards takes in the event at the position, backwards leaves it out', async () => {
    const [a, b, c] = await three();
    expect((await commits(store.client.readAll({ fromPosition: b!, maxCount: 2 }))).slice(0, 2)).toEqual([b!.commit, c!.commit]);
    expect(await commits(store.client.readAll({ fromPosition: b!, direction: BACKWARDS, maxCount: 1 }))).toEqual([a!.commit]);
  });

  it('7.1/2, 7.2/3 $all: backwards from the end is the reverse of forwards, forwards from the end is nothing', async () => {
    await three();
    const forwards = await commits(store.client.readAll());
    expect(await commits(store.client.readAll({ direction: BACKWARDS, fromPosition: END }))).toEqual([...forwards].reverse());
    expect(await commits(store.client.readAll({ fromPosition: END }))).toEqual([]);
  });

  it('7.2/3, 9.7 $all: a position between events is fine, a nonsense one is an invalid argument', async () => {
    const [, , c] = await three();
    expect(await commits(store.client.readAll({ fromPosition: { commit: c!.commit + 1n, prepare: c!.commit + 1n } }))).toEqual([]);
    for (const position of [
      { commit: 1n, prepare: 2n },
      { commit: 2n ** 63n, prepare: 0n },
    ]) {
      expect(await errorOf(collect(store.client.readAll({ fromPosition: position })))).toMatchObject({ code: status.INVALID_ARGUMENT });
    }
  });
});

describe('what metadata hides', () => {
  it('7.2/5 shows in $all, and in the stream no more', async () => {
    const stream = newStream();
    const { position } = await store.client.appendToStream(stream, event());
    await store.client.appendToStream(stream, events(4));
    await store.client.setStreamMetadata(stream, { truncateBefore: 3, maxCount: 1 });
    expect(revisions(await collect(store.client.readStream(stream)))).toEqual([4n]);
    const all = await collect(store.client.readAll({ fromPosition: position!, maxCount: 5 }));
    expect(all.map(({ event: recorded }) => [recorded?.streamId, recorded?.revision])).toEqual(
      [0n, 1n, 2n, 3n, 4n].map((n) => [stream, n]),
    );
  });
});

describe('links', () => {
  const linkTo = (target: string) => binaryEvent({ type: '$>', data: Buffer.from(target) });

  it('5.4, 7.3/1 resolve_links: event is the target, link the link, each at its own position', async () => {
    const [target, links] = [newStream('target@home'), newStream('links')];
    await store.client.appendToStream(target, events(2, 'Target'));
    await store.client.appendToStream(links, [linkTo(`1@${target}`), event('Plain')]);
    const [resolved, plain] = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    const [targetRead] = await collect(store.client.readStream(target, { fromRevision: 1n }));
    const [linkRead] = await collect(store.client.readStream(links));
    expect(resolved?.event).toEqual(targetRead?.event);
    expect(resolved?.link).toEqual(linkRead?.event);
    expect(resolved?.commitPosition).toBe(linkRead?.commitPosition);
    expect(plain).toMatchObject({ event: { type: 'Plain' } });
    expect(plain).not.toHaveProperty('link');
  });

  it('7.3/1 a link without a target has no event, one without the form is an ordinary event', async () => {
    const links = newStream('links');
    await store.client.appendToStream(links, [linkTo(`0@${newStream('gone')}`), linkTo('nonsense')]);
    const [missing, nonsense] = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    expect([missing?.event, missing?.link?.revision]).toEqual([undefined, 0n]);
    expect([nonsense?.event?.revision, nonsense?.link]).toEqual([1n, undefined]);
  });

  it('7.3/1 a link to a truncated event has no event', async () => {
    const [target, links] = [newStream(), newStream('links')];
    await store.client.appendToStream(target, events(2));
    await store.client.setStreamMetadata(target, { truncateBefore: 1 });
    await store.client.appendToStream(links, [linkTo(`0@${target}`), linkTo(`1@${target}`)]);
    const resolved = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved.map(({ event: recorded }) => recorded?.revision)).toEqual([undefined, 1n]);
  });

  it('7.3/2 links are followed in $all and in subscriptions too', async () => {
    const [target, links] = [newStream(), newStream('links')];
    await store.client.appendToStream(target, event('Target'));
    const { position } = await store.client.appendToStream(links, linkTo(`0@${target}`));
    const [inAll] = await collect(store.client.readAll({ fromPosition: position!, maxCount: 1, resolveLinkTos: true }));
    const ofStream = new Watched(store.client.subscribeToStream(links, { resolveLinkTos: true }));
    const filter = streamNameFilter({ prefixes: [links] });
    const ofAll = new Watched(store.client.subscribeToAll({ resolveLinkTos: true, filter }));
    for (const watched of [ofStream, ofAll]) {
      await watched.seen('Target');
      await watched.subscription.unsubscribe();
    }
    for (const resolved of [inAll, ofStream.events[0], ofAll.events[0]]) {
      expect([resolved?.event?.streamId, resolved?.link?.streamId]).toEqual([target, links]);
    }
  });

  it('7.3/2 not asked for: links come as ordinary events', async () => {
    const [target, links] = [newStream(), newStream('links')];
    await store.client.appendToStream(target, event());
    await store.client.appendToStream(links, linkTo(`0@${target}`));
    const [link] = await collect(store.client.readStream(links));
    expect([link?.event?.type, link?.link]).toEqual(['$>', undefined]);
  });
});

describe('reading, below the client', () => {
  type Fill = (options: InstanceType<typeof streams.ReadReq.Options>) => void;
  const rawRead = (fill: Fill) =>
    new Promise<InstanceType<typeof streams.ReadResp>[]>((resolve, reject) => {
      const options = new streams.ReadReq.Options().setResolveLinks(false).setNoFilter(new shared.Empty());
      fill(options);
      const call = store.raw.read(new streams.ReadReq().setOptions(options));
      const found: InstanceType<typeof streams.ReadResp>[] = [];
      call.on('data', (answer: InstanceType<typeof streams.ReadResp>) => found.push(answer));
      call.on('error', reject);
      call.on('end', () => resolve(found));
    });
  const streamOptions = (stream: string) =>
    new streams.ReadReq.Options.StreamOptions()
      .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
      .setStart(new shared.Empty());
  const text = new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty());

  it('1.4 structured ids are answered when they are asked for', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event('Known', {}, 'eeddccbb-aa99-8878-8000-000000000001'));
    const structured = new streams.ReadReq.Options.UUIDOption().setStructured(new shared.Empty());
    const [answer] = await rawRead((options) => options.setStream(streamOptions(stream)).setCount('1').setUuidOption(structured));
    const recorded = answer?.getEvent()?.getEvent();
    const halves = recorded?.getId()?.getStructured();
    expect([halves?.getMostSignificantBits(), halves?.getLeastSignificantBits()]).toEqual(['-1234605616436508552', '-9223372036854775807']);
    expect([recorded?.getMetadataMap().get('type'), Buffer.from(recorded?.getData_asU8() ?? []).toString()]).toEqual(['Known', '{}']);
  });

  it.each<[string, Fill]>([
    ['1.4 a read without uuid_option', (options) => options.setStream(streamOptions('any')).setCount('1')],
    ['1.5 a read of a stream without a name', (options) => options.setStream(streamOptions('')).setCount('1').setUuidOption(text)],
    ['7.1/6 a read of neither stream nor $all', (options) => options.setCount('1').setUuidOption(text)],
    ['7.1/6 a read without count or subscription', (options) => options.setStream(streamOptions('any')).setUuidOption(text)],
    [
      '7.1/6 a subscription backwards',
      (options) =>
        options
          .setStream(streamOptions('any'))
          .setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS)
          .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
          .setUuidOption(text),
    ],
    [
      '7.5/2 a checkpoint interval of 0',
      (options) =>
        options
          .setAll(new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty()))
          .setFilter(new streams.ReadReq.Options.FilterOptions().setMax(32).setCheckpointintervalmultiplier(0))
          .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
          .setUuidOption(text),
    ],
  ])('%s is an invalid argument', async (_title, fill) => {
    expect(await errorOf(rawRead(fill))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it('7.2/4 counts up to 2^64−1 are served', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    expect(
      await rawRead((options) => options.setStream(streamOptions(stream)).setCount('18446744073709551615').setUuidOption(text)),
    ).toHaveLength(3);
  });
});
