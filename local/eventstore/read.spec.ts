import { EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { openStorage, temporaryFolder, type Folder } from './folder.js';
import { Log } from './log.js';
import type { ReadCall } from './outlet.js';
import { nextTurn } from './paging.js';
import { readHandler } from './read.js';
import { EXPECTED } from './rules.js';

/** The HTTP/2 stream of a client that takes one write and then no more until it says so. */
class FullStream extends EventEmitter {
  readonly writes: Buffer[] = [];
  readonly destroyed = false;
  readonly writableEnded = false;
  readonly headersSent = true;

  write(bytes: Buffer): boolean {
    this.writes.push(bytes);
    return false;
  }

  /** The messages in all writes so far: each has five bytes before it, the last four of them its length. */
  get messages(): Buffer[] {
    const bytes = Buffer.concat(this.writes);
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1))
      found.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1)));
    return found;
  }
}

class FullCall extends EventEmitter {
  readonly stream = new FullStream();
  /** Where grpc-js keeps a call's HTTP/2 stream. */
  readonly call = { stream: this.stream };
  cancelled = false;
  ended = false;

  constructor(readonly request: InstanceType<typeof streams.ReadReq>) {
    super();
  }

  end(): void {
    this.ended = true;
  }

  cancel(): void {
    this.cancelled = true;
    this.emit('cancelled');
  }
}

const STREAM = 'full';
const TURNS = 20;
const EVENT_BYTES = 1000;
/** A write is as full as this and at most one event more. */
const WRITE_BYTES_MAX = (32 << 10) + 2 * EVENT_BYTES;

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
};

const options = (): InstanceType<typeof streams.ReadReq.Options> =>
  new streams.ReadReq.Options()
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
const ofStream = () =>
  options().setStream(
    new streams.ReadReq.Options.StreamOptions()
      .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(STREAM)))
      .setStart(new shared.Empty()),
  );
const ofAll = () => options().setAll(new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty()));
const subscription = new streams.ReadReq.Options.SubscriptionOptions();

describe('a client that reads slowly', () => {
  let folder: Folder;
  let log: Log;
  const append = (count: number) =>
    log.append({
      stream: STREAM,
      expected: EXPECTED.any,
      events: Array.from({ length: count }, () => ({
        id: randomUUID(),
        type: 'Happened',
        isJson: true,
        data: Buffer.alloc(EVENT_BYTES),
        metadata: Buffer.alloc(0),
      })),
    });

  beforeEach(async () => {
    folder = temporaryFolder();
    log = new Log(openStorage(folder, false));
    await log.begin();
    await append(1000);
  });
  afterEach(async () => {
    await turns();
    await log.close();
    await folder.release();
  });

  it.each([
    ['reading a stream', () => ofStream().setCount('1000')],
    ['reading $all', () => ofAll().setCount('1000')],
    ['subscribed to a stream', () => ofStream().setSubscription(subscription)],
    ['subscribed to $all', () => ofAll().setSubscription(subscription)],
  ])('%s is sent one write at a time, as it makes room, and misses nothing', async (_how, request) => {
    const call = new FullCall(new streams.ReadReq().setOptions(request()));
    readHandler(log)(call as unknown as ReadCall);
    for (let writes = 1; writes <= 5; writes += 1) {
      await turns();
      expect(call.stream.writes).toHaveLength(writes);
      call.stream.emit('drain');
    }
    for (const { length } of call.stream.writes) expect(length).toBeLessThan(WRITE_BYTES_MAX);
    const revisions = call.stream.messages
      .map((bytes) => streams.ReadResp.deserializeBinary(bytes).getEvent()?.getEvent())
      .filter((event) => event !== undefined && Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString() === STREAM)
      .map((event) => Number(event?.getStreamRevision()));
    expect(revisions.length).toBeGreaterThan(100);
    expect(revisions).toEqual(revisions.map((_, index) => index));
    call.cancel();
  });

  it('gets what was committed while it made room for caught_up', async () => {
    const end = options().setAll(new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty()));
    const call = new FullCall(new streams.ReadReq().setOptions(end.setSubscription(subscription)));
    readHandler(log)(call as unknown as ReadCall);
    await turns();
    expect(call.stream.messages).toHaveLength(2);
    await append(1);
    call.stream.emit('drain');
    await turns();
    expect(call.stream.messages).toHaveLength(3);
    call.cancel();
  });

  it('is let go of once it is cancelled: nothing more is written and nothing waits for commits', async () => {
    const call = new FullCall(new streams.ReadReq().setOptions(ofAll().setSubscription(subscription)));
    readHandler(log)(call as unknown as ReadCall);
    await turns();
    call.cancel();
    await append(5);
    await turns();
    expect(call.stream.writes).toHaveLength(1);
    expect(call.ended).toBe(true);
  });
});
