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

/** A client that takes one message and then no more until it says so. */
class FullCall extends EventEmitter {
  readonly written: Buffer[] = [];
  cancelled = false;
  ended = false;

  constructor(readonly request: InstanceType<typeof streams.ReadReq>) {
    super();
  }

  write(message: Buffer): boolean {
    this.written.push(message);
    return false;
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
        data: Buffer.from('{}'),
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
    await log.close();
    await folder.release();
  });

  it.each([
    ['reading a stream', () => ofStream().setCount('1000')],
    ['reading $all', () => ofAll().setCount('1000')],
    ['subscribed to a stream', () => ofStream().setSubscription(subscription)],
    ['subscribed to $all', () => ofAll().setSubscription(subscription)],
  ])('%s is sent one message at a time, as it makes room', async (_how, request) => {
    const call = new FullCall(new streams.ReadReq().setOptions(request()));
    readHandler(log)(call as unknown as ReadCall);
    await turns();
    expect(call.written).toHaveLength(1);
    call.emit('drain');
    await turns();
    expect(call.written).toHaveLength(2);
    call.cancel();
  });

  it('gets what was committed while it made room for caught_up', async () => {
    const end = options().setAll(new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty()));
    const call = new FullCall(new streams.ReadReq().setOptions(end.setSubscription(subscription)));
    readHandler(log)(call as unknown as ReadCall);
    call.emit('drain');
    await turns();
    expect(call.written).toHaveLength(2);
    await append(1);
    call.emit('drain');
    await turns();
    expect(call.written).toHaveLength(3);
    call.cancel();
  });

  it('is let go of once it is cancelled: nothing more is written and nothing waits for commits', async () => {
    const call = new FullCall(new streams.ReadReq().setOptions(ofAll().setSubscription(subscription)));
    readHandler(log)(call as unknown as ReadCall);
    await turns();
    call.cancel();
    await append(5);
    await turns();
    expect(call.written).toHaveLength(1);
    expect(call.ended).toBe(true);
  });
});
