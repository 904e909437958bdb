import { describe, expect, it } from '@jest/globals';
import {
  ANY,
  BACKWARDS,
  binaryEvent,
  END,
  NO_STREAM,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, contract, errorOf, event, events, newStream, revisions } from './support.js';

const store = contract();
const stored = async (stream: string, options = {}) => revisions(await collect(store.client.readStream(stream, options)));

describe('metadata', () => {
  it('8.4 metadata comes back as it was set, with unknown keys', async () => {
    const stream = newStream();
    const metadata = { maxCount: 10, maxAge: 60, cacheControl: 5, truncateBefore: 2, acl: { readRoles: ['me'] }, owner: { name: 'ü' } };
    await store.client.setStreamMetadata(stream, metadata);
    expect(await store.client.getStreamMetadata(stream)).toMatchObject({ streamName: stream, metadata });
  });

  it('8.1 none was set: an answer without metadata', async () => {
    const stream = newStream();
    expect(await store.client.getStreamMetadata(stream)).toEqual({ streamName: stream });
  });

  it('8.1, 8.2 the last metadata counts whole; its stream shows only that one, and expected revisions are on it', async () => {
    const stream = newStream();
    await store.client.setStreamMetadata(stream, { maxCount: 1, owner: 'a' }, { expectedRevision: NO_STREAM });
    await store.client.setStreamMetadata(stream, { owner: 'b' }, { expectedRevision: 0n });
    expect(await errorOf(store.client.setStreamMetadata(stream, {}, { expectedRevision: 0n }))).toBeInstanceOf(WrongExpectedVersionError);
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ owner: 'b' });
    expect(await stored(`$$${stream}`)).toEqual([1n]);
  });

  it('8.3 $maxCount: the newest n show, both ways, and revisions do not shift', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(10));
    await store.client.setStreamMetadata(stream, { maxCount: 3 });
    expect(await stored(stream)).toEqual([7n, 8n, 9n]);
    expect(await stored(stream, { direction: BACKWARDS, fromRevision: END })).toEqual([9n, 8n, 7n]);
    expect(await stored(stream, { fromRevision: START, maxCount: 1 })).toEqual([7n]);
    expect(await stored(stream, { fromRevision: 2n })).toEqual([7n, 8n, 9n]);
    expect(await stored(stream, { fromRevision: 2n, direction: BACKWARDS })).toEqual([]);
    expect((await store.client.appendToStream(stream, event(), { expectedRevision: 9n })).nextExpectedRevision).toBe(10n);
    expect(await stored(stream)).toEqual([8n, 9n, 10n]);
  });

  it('8.3 $tb: revisions below it do not show; the strictest rule wins', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(10));
    await store.client.setStreamMetadata(stream, { truncateBefore: 4 });
    expect(await stored(stream)).toEqual([4n, 5n, 6n, 7n, 8n, 9n]);
    await store.client.setStreamMetadata(stream, { truncateBefore: 4, maxCount: 2 });
    expect(await stored(stream)).toEqual([8n, 9n]);
    await store.client.setStreamMetadata(stream, { truncateBefore: 9, maxCount: 5 });
    expect(await stored(stream)).toEqual([9n]);
  });

  it('8.3 all hidden but not deleted: an empty read', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(2));
    await store.client.setStreamMetadata(stream, { truncateBefore: 50 });
    expect(await stored(stream)).toEqual([]);
  });

  it('8.2 a known key of the wrong type, or no JSON object: as if empty', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    await store.client.appendToStream(`$$${stream}`, event('$metadata', { $maxCount: 'two', $tb: 1 }));
    expect(await stored(stream)).toEqual([0n, 1n, 2n]);
    await store.client.appendToStream(`$$${stream}`, event('$metadata', { $acl: 'none', $tb: 1 }));
    expect(await stored(stream)).toEqual([0n, 1n, 2n]);
    await store.client.appendToStream(`$$${stream}`, event('$metadata', { $acl: [], $tb: 1 }));
    expect(await stored(stream)).toEqual([0n, 1n, 2n]);
    await store.client.appendToStream(`$$${stream}`, binaryEvent({ type: '$metadata', data: Buffer.from('[1') }));
    expect(await stored(stream)).toEqual([0n, 1n, 2n]);
  });
});

describe('soft delete', () => {
  it('6.5/1, 6.5/2 the stream is not found afterwards, but its events stay in $all', async () => {
    const stream = newStream();
    const { position } = await store.client.appendToStream(stream, event());
    const deleted = await store.client.deleteStream(stream);
    expect(deleted.position?.commit).toBeGreaterThan(position?.commit ?? 0n);
    expect(await errorOf(stored(stream))).toBeInstanceOf(StreamNotFoundError);
    const [inAll] = await collect(store.client.readAll({ fromPosition: position!, maxCount: 1 }));
    expect(inAll?.event?.streamId).toBe(stream);
  });

  it('6.5/1 a stream that never was cannot be deleted, not even with any', async () => {
    for (const expectedRevision of [ANY, NO_STREAM] as const) {
      const error = await errorOf(store.client.deleteStream(newStream(), { expectedRevision }));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error['actualVersion']).toBe(-1n);
    }
  });

  it('6.5/3 the expected revision is checked, and the numbers are told', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    const error = await errorOf(store.client.deleteStream(stream, { expectedRevision: 1n }));
    expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: stream, expectedVersion: 1n, actualVersion: 2n });
    await store.client.deleteStream(stream, { expectedRevision: 2n });
  });

  it('6.5/2 deleting again with any succeeds', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event());
    await store.client.deleteStream(stream);
    await store.client.deleteStream(stream);
    expect(await errorOf(stored(stream))).toBeInstanceOf(StreamNotFoundError);
  });

  it.each([
    ['any', ANY],
    ['no_stream', NO_STREAM],
    ['the exact old revision', 2n],
  ] as const)('6.1/10 revival by %s: revisions go on, only the new events show', async (_name, expectedRevision) => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    await store.client.deleteStream(stream);
    expect((await store.client.appendToStream(stream, events(2), { expectedRevision })).nextExpectedRevision).toBe(4n);
    expect(await stored(stream)).toEqual([3n, 4n]);
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 3 });
    expect(await stored(stream, { direction: BACKWARDS, fromRevision: END })).toEqual([4n, 3n]);
  });

  it('6.1/2 stream_exists on a soft-deleted stream: stream-deleted', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event());
    await store.client.deleteStream(stream);
    expect(await errorOf(store.client.appendToStream(stream, event(), { expectedRevision: 'stream_exists' }))).toBeInstanceOf(
      StreamDeletedError,
    );
  });

  it('6.5/2 a metadata write revives too, showing what comes after the old events', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(2));
    await store.client.deleteStream(stream);
    await store.client.setStreamMetadata(stream, { owner: 'me' });
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ owner: 'me', truncateBefore: 2 });
    expect(await stored(stream)).toEqual([]);
    await store.client.appendToStream(stream, event());
    expect(await stored(stream)).toEqual([2n]);
  });
});

describe('tombstone', () => {
  it('6.1/1, 6.3/3, 6.6/2, 9.1 for ever after, reads, appends, deletes and its metadata are stream-deleted', async () => {
    const stream = newStream('Größe');
    await store.client.appendToStream(stream, event());
    await store.client.tombstoneStream(stream);
    const attempts = [
      () => stored(stream),
      () => stored(`$$${stream}`),
      () => store.client.appendToStream(stream, event()),
      () => store.client.setStreamMetadata(stream, {}),
      () => store.client.deleteStream(stream),
      () => store.client.tombstoneStream(stream),
      () => store.client.appendToStream(stream, event(), { credentials: { username: 'a', password: 'b' } }),
    ];
    for (const attempt of attempts) expect(await errorOf(attempt())).toBeInstanceOf(StreamDeletedError);
  });

  it('6.6/2 tombstoned metadata stays so when its stream is deleted or revived', async () => {
    const [kept, deleted] = [newStream(), newStream()];
    await store.client.appendToStream(kept, event());
    await store.client.tombstoneStream(`$$${kept}`);
    expect(await errorOf(store.client.deleteStream(kept))).toBeInstanceOf(StreamDeletedError);
    expect(await stored(kept)).toEqual([0n]);
    await store.client.appendToStream(deleted, event());
    await store.client.deleteStream(deleted);
    await store.client.tombstoneStream(`$$${deleted}`);
    await store.client.appendToStream(deleted, event());
    for (const stream of [kept, deleted]) expect(await errorOf(stored(`$$${stream}`))).toBeInstanceOf(StreamDeletedError);
  });

  it('1.2, 5.6, 6.6/1 a stream that never was can be tombstoned, and the tombstone stands in $all', async () => {
    const stream = newStream();
    const { position } = await store.client.tombstoneStream(stream, { expectedRevision: NO_STREAM });
    const [inAll] = await collect(store.client.readAll({ fromPosition: position!, maxCount: 1 }));
    expect(inAll?.event).toMatchObject({ streamId: stream, type: '$streamDeleted', revision: 9223372036854775807n });
  });

  it('6.6/3 the expected revision is checked', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(2));
    expect(await errorOf(store.client.tombstoneStream(stream, { expectedRevision: 0n }))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await stored(stream)).toEqual([0n, 1n]);
  });
});
