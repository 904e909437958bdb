import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BACKWARDS, EventStoreDBClient } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials, ServerCredentials, type Server } from '@grpc/grpc-js';
import wellKnownEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import { temporaryFolder, type Folder } from '../../../local/eventstore/folder.js';
import { Log } from '../../../local/eventstore/log.js';
import { OpenCalls } from '../../../local/eventstore/open-calls.js';
import { serve } from '../../../local/eventstore/server.js';
import { Storage } from '../../../local/eventstore/storage.js';
import type { AppendRequest, WriteResult } from '../../../local/eventstore/writer.js';
import { eventually } from '../../support/eventually.js';
import { collect, errorOf, event, events, freshStoreOnly, newStream, revisions, Watched, workFor } from './support.js';

/** A disk that can be held up. */
class SlowStorage extends Storage {
  held: Promise<void> = Promise.resolve();

  override async write(work: () => void): Promise<void> {
    await super.write(work);
    await this.held;
  }
}

/** Counts the appends that were handed to it. */
class CountingLog extends Log {
  asked = 0;

  override append(request: AppendRequest): Promise<WriteResult> {
    this.asked += 1;
    return super.append(request);
  }
}

freshStoreOnly('the services on a log that can be looked into', () => {
  let folder: Folder;
  let storage: SlowStorage;
  let log: CountingLog;
  let raw: StreamsClient;
  let server: Server;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    folder = temporaryFolder();
    storage = new SlowStorage(folder.dataFile, false);
    log = new CountingLog(storage);
    await log.begin();
    server = serve(log, new OpenCalls(), { commitTimeoutMs: 300, endpoint: () => ({ host: '127.0.0.1', port: 0 }) });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
    raw = new streamServices.StreamsClient(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  afterEach(async () => {
    raw.close();
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

  const MEGABYTE = 1 << 20;
  const chunkOf = (id: string, bytes: number, isFinal: boolean) => {
    const event = new streams.BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID()));
    event.getMetadataMap().set('type', 'Large').set('content-type', 'application/octet-stream');
    const options = new streams.BatchAppendReq.Options().setAny(new wellKnownEmpty.Empty());
    options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('large')));
    const request = new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(id)).setIsFinal(isFinal);
    return request.setOptions(options).setProposedMessagesList([event.setData(new Uint8Array(bytes))]);
  };
  const openBatch = () => {
    const call = raw.batchAppend();
    const answers: InstanceType<typeof streams.BatchAppendResp>[] = [];
    call.on('data', (answer: InstanceType<typeof streams.BatchAppendResp>) => answers.push(answer));
    const ended = new Promise((resolve) => call.on('end', resolve));
    return { call, answers, ended };
  };

  it('1.9, 6.4/1 appends that wait for a slow disk are bounded in bytes: the call is read no further, and goes on afterwards', async () => {
    let release = (): void => undefined;
    storage.held = new Promise((resolve) => (release = resolve));
    const { call, answers, ended } = openBatch();
    const sent = 60;
    for (let n = 0; n < sent; n += 1) call.write(chunkOf(randomUUID(), MEGABYTE - 10, true));
    call.end();
    await eventually(() => log.asked >= 16, { what: 'as many appends as may wait' });
    // Others are served meanwhile, again and again, while no more of it is taken in.
    await workFor(1000, () => collect(client.readAll({ maxCount: 1 })));
    const { asked } = log;
    release();
    await ended;
    expect(asked).toBeLessThan(20);
    expect(answers.filter((answer) => answer.hasSuccess())).toHaveLength(sent);
  });

  it('6.4/2, 6.4/7 appends that are never finished are bounded in bytes: more is refused, and what came before can be finished', async () => {
    const { call, answers, ended } = openBatch();
    const ids = Array.from({ length: 40 }, () => randomUUID());
    for (const id of ids) call.write(chunkOf(id, MEGABYTE - 10, false));
    await eventually(() => answers.length > 0, { what: 'a refusal' });
    for (const id of ids) call.write(new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(id)).setIsFinal(true));
    call.end();
    await ended;
    expect(answers.map((answer) => answer.getCorrelationId()?.getString()).sort()).toEqual([...ids].sort());
    const refused = answers.filter((answer) => answer.hasError());
    expect(answers.length - refused.length).toBe(31);
    for (const answer of refused) expect(answer.getError()?.getMessage()).toMatch(/holds more than 33554432 bytes/);
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
