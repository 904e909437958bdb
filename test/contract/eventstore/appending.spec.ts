import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  ANY,
  binaryEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersionError,
  type AppendExpectedRevision,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { status, type ServiceError } from '@grpc/grpc-js';
import wellKnownEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { collect, contract, errorOf, event, events, newStream, revisions } from './support.js';

const store = contract();
/** Credentials on a call make the client use the unary Append; over an insecure channel they are then dropped. */
const unary = { credentials: { username: 'nobody', password: 'nothing' } };

/** Instead of the client's own 10 s, which a busy machine may need for 30,000 messages. */
const PATIENCE_MS = 30_000;

const paths: [string, object][] = [
  ['over BatchAppend', {}],
  ['over Append', unary],
];

describe.each(paths)('%s', (_path, options) => {
  const append = (
    stream: string,
    what: Parameters<EventStoreDBClient['appendToStream']>[1],
    expectedRevision: AppendExpectedRevision = ANY,
  ) => store.client.appendToStream(stream, what, { expectedRevision, ...options });
  const stored = async (stream: string) => revisions(await collect(store.client.readStream(stream)));

  it('6.1/3, 6.1/8, 6.3/1, 6.4/4 any: writes to a new stream and answers revision and position of the last event', async () => {
    const stream = newStream();
    const answer = await append(stream, events(3));
    const read = await collect(store.client.readStream(stream));
    expect(answer).toEqual({ success: true, nextExpectedRevision: 2n, position: read[2]?.event?.position });
    expect(revisions(read)).toEqual([0n, 1n, 2n]);
  });

  it('6.1/4, 6.3/2 no_stream: writes to a new stream, and is refused by one that has events', async () => {
    const stream = newStream();
    await append(stream, event(), NO_STREAM);
    const error = await errorOf(append(stream, event(), NO_STREAM));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion: 'no_stream', actualVersion: 0n });
  });

  it('6.1/5, 9.2 number: writes exactly after the last event, and is refused above and below it', async () => {
    const stream = newStream();
    await append(stream, events(2));
    expect((await append(stream, event(), 1n)).nextExpectedRevision).toBe(2n);
    for (const wrong of [0n, 1n, 3n, 50n]) {
      expect(await errorOf(append(stream, event(), wrong))).toMatchObject({
        type: 'wrong-expected-version',
        expectedVersion: wrong,
        actualVersion: 2n,
      });
    }
    expect(await errorOf(append(newStream(), event(), 5n))).toMatchObject({ expectedVersion: 5n, actualVersion: 'no_stream' });
  });

  it('6.1/2 stream_exists: needs events, or at least metadata', async () => {
    const stream = newStream();
    expect(await errorOf(append(stream, event(), STREAM_EXISTS))).toMatchObject({
      expectedVersion: 'stream_exists',
      actualVersion: 'no_stream',
    });
    await store.client.setStreamMetadata(stream, { owner: 'me' });
    expect((await append(stream, event(), STREAM_EXISTS)).nextExpectedRevision).toBe(0n);
    expect((await append(stream, event(), STREAM_EXISTS)).nextExpectedRevision).toBe(1n);
  });

  it.each<[string, AppendExpectedRevision]>([
    ['any', ANY],
    ['no_stream', NO_STREAM],
  ])('6.1/3, 6.1/4, 6.1/6 %s: the same append again writes nothing and answers what the first one did', async (_name, expected) => {
    const stream = newStream();
    const batch = events(3);
    const first = await append(stream, batch, expected);
    await append(stream, event());
    expect(await append(stream, batch, expected)).toEqual(first);
    expect(await append(stream, batch.slice(0, 2), expected)).toMatchObject({ nextExpectedRevision: 1n });
    expect(await stored(stream)).toEqual([0n, 1n, 2n, 3n]);
  });

  it('6.1/4, 6.1/6 number: the same append again after others is a success, a longer or different one is not', async () => {
    const stream = newStream();
    await append(stream, event());
    const batch = events(2);
    const first = await append(stream, batch, 0n);
    expect(await append(stream, batch, 0n)).toEqual(first);
    expect(await errorOf(append(stream, [...batch, event()], 0n))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await errorOf(append(stream, [batch[0]!, event()], 0n))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await stored(stream)).toEqual([0n, 1n, 2n]);
  });

  it('6.1/3 stream_exists: a repeat is a success too', async () => {
    const stream = newStream();
    await append(stream, event());
    const again = event();
    const first = await append(stream, again, STREAM_EXISTS);
    expect(await append(stream, again, STREAM_EXISTS)).toEqual(first);
    expect(await stored(stream)).toEqual([0n, 1n]);
  });

  it('6.1/3 any: a known event followed by an unknown one is refused', async () => {
    const stream = newStream();
    const known = event();
    await append(stream, known);
    expect(await errorOf(append(stream, [known, event()]))).toBeInstanceOf(WrongExpectedVersionError);
  });

  it('6.1/6 ids count per stream: the same id may stand in two streams', async () => {
    const same = event();
    const [left, right] = [newStream(), newStream()];
    await append(right, event());
    await append(left, same);
    expect((await append(right, same)).nextExpectedRevision).toBe(1n);
    expect([await stored(left), await stored(right)]).toEqual([[0n], [0n, 1n]]);
  });

  it('6.1/7 ids are remembered behind many later events', async () => {
    const stream = newStream();
    const old = event();
    const first = await append(stream, old);
    for (let round = 0; round < 5; round += 1) await append(stream, events(200));
    expect(await append(stream, old)).toEqual(first);
  });

  it('6.2/1, 6.3/4, 9.5 size: 1,048,576 bytes of data fit, one more does not, and metadata does not count', async () => {
    const limit = 1_048_576;
    const binary = (bytes: number, metadata?: Uint8Array) =>
      binaryEvent({ type: 'Big', data: new Uint8Array(bytes), ...(metadata && { metadata }) });
    const stream = newStream();
    await append(stream, [binary(limit - 10, new Uint8Array(50_000)), binary(10)]);
    const error = await errorOf(append(stream, [binary(limit - 10), binary(11)]));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error['maxAppendSize']).toBe(limit);
    expect(await stored(stream)).toEqual([0n, 1n]);
  });

  it('6.2/1 size: one event of 1 MiB comes back whole', async () => {
    const stream = newStream();
    const data = randomBytes(1_048_576);
    await append(stream, binaryEvent({ type: 'Big', data }));
    const [read] = await collect(store.client.readStream(stream));
    expect(data.equals(read?.event?.data as Uint8Array)).toBe(true);
  });

  it('1.8, 6.3/4, 6.4/5, 9.5 size: an append of nearly 16 MiB is too large, not undeliverable', async () => {
    const stream = newStream();
    const error = await errorOf(append(stream, binaryEvent({ type: 'Big', data: new Uint8Array(16_700_000) })));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(await errorOf(stored(stream))).toMatchObject({ type: 'stream-not-found' });
  });

  it('6.2/1 size: 30,000 small events fit in one append', async () => {
    const stream = newStream();
    const many = Array.from({ length: 30_000 }, (_, n) => binaryEvent({ type: 'TestType', data: Buffer.from(`{"n":${n}}`) }));
    const written = await store.client.appendToStream(stream, many, { ...options, deadline: PATIENCE_MS });
    expect(written.nextExpectedRevision).toBe(29_999n);
  });

  it('6.1/11 appends of one client to one stream stay in the order they were made', async () => {
    const stream = newStream();
    await Promise.all(Array.from({ length: 200 }, (_, n) => append(stream, event('Counted', { n }))));
    const read = await collect(store.client.readStream(stream));
    expect(read.map(({ event: recorded }) => (recorded?.data as { n: number }).n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('6.1/5 of 64 writers with the same expected revision exactly one wins', async () => {
    const stream = newStream();
    await append(stream, event());
    const tries = await Promise.allSettled(Array.from({ length: 64 }, () => append(stream, event(), 0n)));
    expect(tries.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
    expect(await stored(stream)).toEqual([0n, 1n]);
  });

  it('6.1/5 of 64 writers that each want every next revision exactly one wins each', async () => {
    const stream = newStream();
    const winners: number[][] = Array.from({ length: 64 }, () => []);
    const writeOnce = async (writer: number): Promise<void> => {
      for (let current = -1; ;) {
        const expected = current < 0 ? NO_STREAM : BigInt(current);
        try {
          const { nextExpectedRevision } = await append(stream, event('Won', { writer }), expected);
          winners[Number(nextExpectedRevision)]?.push(writer);
          expect(Number(nextExpectedRevision)).toBe(current + 1);
          return;
        } catch (error) {
          expect(error).toBeInstanceOf(WrongExpectedVersionError);
          current = Number((error as WrongExpectedVersionError).actualVersion);
        }
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, writer) => writeOnce(writer)));
    expect(winners.map(({ length }) => length)).toEqual(Array.from({ length: 64 }, () => 1));
    const read = await collect(store.client.readStream(stream));
    expect(read.map(({ event: recorded }) => (recorded?.data as { writer: number }).writer)).toEqual(winners.flat());
  });

  it('1.2 an expected revision beyond 2^53 is named exactly', async () => {
    const wrong = 2n ** 62n + 1n;
    expect(await errorOf(append(newStream(), event(), wrong))).toMatchObject({ expectedVersion: wrong, actualVersion: 'no_stream' });
  });

  it('1.3 bytes of every value come back as they went in, in data and metadata', async () => {
    const stream = newStream();
    const bytes = Uint8Array.from({ length: 1024 }, (_, n) => n % 256);
    await append(stream, binaryEvent({ type: 'Bytes', data: bytes, metadata: bytes.toReversed() }));
    const [read] = await collect(store.client.readStream(stream));
    expect([read?.event?.data, read?.event?.metadata]).toEqual([Buffer.from(bytes), Buffer.from(bytes.toReversed())]);
  });

  it('6.1/9 no events: nothing is written and it is a success', async () => {
    const stream = newStream();
    await append(stream, []);
    await append(stream, event());
    expect(await stored(stream)).toEqual([0n]);
  });

  it('6.1/12, 9.4 a write to $all is denied', async () => {
    expect(await errorOf(append('$all', event()))).toMatchObject({ type: 'access-denied' });
  });

  it('1.4 a nil or malformed event id is refused', async () => {
    const nil = await errorOf(append(newStream(), event('Bad', {}, '00000000-0000-0000-0000-000000000000')));
    expect(nil).toBeInstanceOf(Error);
    expect(await errorOf(append(newStream(), event('Bad', {}, 'nonsense')))).toBeInstanceOf(Error);
  });

  it('1.5 stream names are any Unicode, long and case-sensitive', async () => {
    const long = `${newStream()}-${'ü'.repeat(3000)}`;
    for (const stream of [long, `${long}x`, newStream('Größe 順序 🎮'), newStream('Case'), newStream('case')]) {
      await append(stream, event('Named', { stream }), NO_STREAM);
      expect((await collect(store.client.readStream(stream)))[0]?.event).toMatchObject({ streamId: stream, data: { stream } });
    }
  });
});

describe('the batch stream', () => {
  it('6.4/8 10,000 appends in one turn all get their own answer', async () => {
    const stream = newStream();
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, n) =>
        store.client.appendToStream(`${stream}-${n % 100}`, event('Many', { pad: 'x'.repeat(1000) }), { deadline: 25_000 }),
      ),
    );
    expect(new Set(answers.map(({ position }) => position?.commit)).size).toBe(10_000);
  });

  it('6.4/1 an append in many small chunks is one append', async () => {
    const stream = newStream();
    const answer = await store.client.appendToStream(stream, events(500), { batchAppendSize: 1024 });
    expect(answer.nextExpectedRevision).toBe(499n);
  });

  it('6.4/6 a deadline that has passed is answered', async () => {
    const stream = newStream();
    expect(await errorOf(store.client.appendToStream(stream, event(), { deadline: -1000 }))).toMatchObject({ type: 'deadline-exceeded' });
    expect(await errorOf(collect(store.client.readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });

  it('6.4/7 one refused append leaves the others on the stream alone', async () => {
    const stream = newStream();
    const outcomes = await Promise.allSettled([
      store.client.appendToStream(stream, event(), { expectedRevision: 7n }),
      store.client.appendToStream(stream, binaryEvent({ type: 'Big', data: new Uint8Array(2_000_000) })),
      store.client.appendToStream(stream, event()),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});

/** Sends messages on the bare batch stream and gives back every answer until the server ends the call. */
const batch = (send: (chunk: (fill: (request: InstanceType<typeof streams.BatchAppendReq>) => void) => void) => void) =>
  new Promise<InstanceType<typeof streams.BatchAppendResp>[]>((resolve, reject) => {
    const call = store.raw.batchAppend();
    const answers: InstanceType<typeof streams.BatchAppendResp>[] = [];
    call.on('data', (answer: InstanceType<typeof streams.BatchAppendResp>) => answers.push(answer));
    call.on('end', () => resolve(answers));
    call.on('error', reject);
    send((fill) => {
      const request = new streams.BatchAppendReq();
      fill(request);
      call.write(request);
    });
    call.end();
  });

const proposed = (fill: (message: InstanceType<typeof streams.BatchAppendReq.ProposedMessage>) => void = () => undefined) => {
  const message = new streams.BatchAppendReq.ProposedMessage();
  message.setId(new shared.UUID().setString(randomUUID()));
  message.getMetadataMap().set('type', 'Raw').set('content-type', 'application/json');
  message.setData(Buffer.from('{}'));
  fill(message);
  return message;
};

const batchOptions = (stream: string) => {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  options.setAny(new wellKnownEmpty.Empty());
  return options;
};

describe('the batch stream, below the client', () => {
  it('6.4/1, 6.4/2, 6.4/7 mixed chunks of two appends are kept apart, and each gets exactly one answer, also after half-close', async () => {
    const [left, right] = [newStream(), newStream()];
    const ids = [randomUUID(), randomUUID()] as const;
    const correlate = (id: string) => new shared.UUID().setString(id);
    const answers = await batch((chunk) => {
      chunk((request) => request.setCorrelationId(correlate(ids[0])).setOptions(batchOptions(left)).addProposedMessages(proposed()));
      chunk((request) => request.setCorrelationId(correlate(ids[1])).setOptions(batchOptions(right)).addProposedMessages(proposed()));
      chunk((request) => request.setCorrelationId(correlate(ids[0])).setIsFinal(true).addProposedMessages(proposed()));
      chunk((request) => request.setCorrelationId(correlate(ids[1])).setIsFinal(true));
    });
    expect(answers.map((answer) => [answer.getCorrelationId()?.getString(), answer.getSuccess()?.getCurrentRevision()])).toEqual([
      [ids[0], '1'],
      [ids[1], '0'],
    ]);
  });

  it('6.4/2 what comes under the id of an append that has its last chunk is ignored: one answer, and nothing of it is written', async () => {
    const stream = newStream();
    const id = new shared.UUID().setString(randomUUID());
    const answers = await batch((chunk) => {
      const whole = batchOptions(stream);
      chunk((request) => request.setCorrelationId(id).setOptions(whole).setIsFinal(true).addProposedMessages(proposed()));
      chunk((request) => request.setCorrelationId(id).addProposedMessages(proposed()));
      chunk((request) => request.setCorrelationId(id).setIsFinal(true));
    });
    expect(answers.map((answer) => answer.getSuccess()?.getCurrentRevision())).toEqual(['0']);
    expect(revisions(await collect(store.client.readStream(stream)))).toEqual([0n]);
  });

  it('6.4/2, 6.4/3 after an error the rest of the chunks are ignored: one answer, naming the stream', async () => {
    const stream = newStream();
    const id = new shared.UUID().setString(randomUUID());
    const answers = await batch((chunk) => {
      chunk((request) =>
        request
          .setCorrelationId(id)
          .setOptions(batchOptions(stream))
          .addProposedMessages(proposed((message) => message.setData(new Uint8Array(2_000_000)))),
      );
      chunk((request) => request.setCorrelationId(id).addProposedMessages(proposed()));
      chunk((request) => request.setCorrelationId(id).setIsFinal(true).addProposedMessages(proposed()));
    });
    expect(answers).toHaveLength(1);
    const [answer] = answers;
    expect(answer?.getError()?.getDetails()?.getTypeUrl()).toBe('type.googleapis.com/event_store.client.MaximumAppendSizeExceeded');
    expect(Buffer.from(answer?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe(stream);
    expect(await errorOf(collect(store.client.readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });

  it('6.4/6 deadlines that pass before the last chunk are answered once each, and what came is dropped', async () => {
    const stream = newStream();
    const call = store.raw.batchAppend();
    const answers: InstanceType<typeof streams.BatchAppendResp>[] = [];
    const firstChunk = (deadlineMs: number): string => {
      const id = randomUUID();
      const options = batchOptions(stream).setDeadline(timestamps.Timestamp.fromDate(new Date(Date.now() + deadlineMs)));
      const request = new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(id)).setOptions(options);
      request.addProposedMessages(proposed());
      call.write(request);
      return id;
    };
    const ids = [firstChunk(50), firstChunk(300)];
    await new Promise<void>((resolve) => {
      call.on('data', (answer: InstanceType<typeof streams.BatchAppendResp>) => {
        answers.push(answer);
        if (answer.getCorrelationId()?.getString() === ids[1]) resolve();
      });
    });
    const ended = new Promise((resolve) => call.on('end', resolve));
    call.write(new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(ids[0]!)).setIsFinal(true));
    call.end();
    await ended;
    const timeout = 'type.googleapis.com/event_store.client.Timeout';
    expect(answers.map((answer) => [answer.getCorrelationId()?.getString(), answer.getError()?.getDetails()?.getTypeUrl()])).toEqual(
      ids.map((id) => [id, timeout]),
    );
    expect(await errorOf(collect(store.client.readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });

  it('1.4 a structured id is the same id as its text', async () => {
    const stream = newStream();
    await batch((chunk) => {
      const structured = new shared.UUID.Structured()
        .setMostSignificantBits('-1234605616436508552')
        .setLeastSignificantBits('-9223372036854775807');
      const message = proposed((raw) => raw.setId(new shared.UUID().setStructured(structured)));
      const id = new shared.UUID().setString(randomUUID());
      chunk((request) => request.setCorrelationId(id).setOptions(batchOptions(stream)).setIsFinal(true).addProposedMessages(message));
    });
    const [read] = await collect(store.client.readStream(stream));
    expect(read?.event?.id).toBe('eeddccbb-aa99-8878-8000-000000000001');
  });
});

describe('errors of the batch stream, below the client', () => {
  type Request = InstanceType<typeof streams.BatchAppendReq>;
  const PREFIX = 'type.googleapis.com/event_store.client.';

  it('6.4/3, 6.4/5 each has its own name and code, and all name append and stream', async () => {
    const [missing, dead] = [newStream(), newStream()];
    await store.client.tombstoneStream(dead);
    const late = timestamps.Timestamp.fromDate(new Date(Date.now() - 1000));
    const cases: [string, string, number, (request: Request) => void][] = [
      ['WrongExpectedVersion', missing, 6, (request) => request.getOptions()?.setStreamPosition('7')],
      ['StreamDeleted', dead, 5, () => undefined],
      ['AccessDenied', '$all', 7, () => undefined],
      ['Timeout', missing, 4, (request) => request.getOptions()?.setDeadline(late)],
      [
        'MaximumAppendSizeExceeded',
        missing,
        3,
        (request) => request.addProposedMessages(proposed((message) => message.setData(new Uint8Array(1_048_577)))),
      ],
      ['BadRequest', missing, 3, (request) => request.addProposedMessages(proposed((message) => message.clearId()))],
    ];
    const ids = cases.map(() => randomUUID());
    const answers = await batch((chunk) => {
      for (const [index, [, stream, , spoil]] of cases.entries()) {
        chunk((request) => {
          request.setCorrelationId(new shared.UUID().setString(ids[index]!)).setOptions(batchOptions(stream)).setIsFinal(true);
          request.addProposedMessages(proposed());
          spoil(request);
        });
      }
    });
    const byId = new Map(answers.map((answer) => [answer.getCorrelationId()?.getString(), answer]));
    const told = ids.map((id) => {
      const answer = byId.get(id);
      const stream = Buffer.from(answer?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
      return [answer?.getError()?.getDetails()?.getTypeUrl(), stream, answer?.getError()?.getCode()];
    });
    expect(told).toEqual(cases.map(([name, stream, code]) => [PREFIX + name, stream, code]));
    const conflict = byId.get(ids[0])?.getError()?.getDetails()?.getValue_asU8() ?? new Uint8Array();
    const wrong = shared.WrongExpectedVersion.deserializeBinary(conflict);
    expect([wrong.hasCurrentNoStream(), wrong.getExpectedStreamPosition()]).toEqual([true, '7']);
  });

  it('6.2/2 too much data is answered before the last chunk', async () => {
    const call = store.raw.batchAppend();
    const answered = new Promise<InstanceType<typeof streams.BatchAppendResp>>((resolve) => call.once('data', resolve));
    const large = proposed((message) => message.setData(new Uint8Array(1_048_577)));
    const request = new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(randomUUID()));
    request.setOptions(batchOptions(newStream())).addProposedMessages(large);
    call.write(request);
    expect((await answered).getError()?.getDetails()?.getTypeUrl()).toBe(`${PREFIX}MaximumAppendSizeExceeded`);
    call.end();
  });
});

describe('the unary append, below the client', () => {
  const optionsFor = (stream: string) =>
    new streams.AppendReq.Options()
      .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
      .setAny(new shared.Empty());

  it('6.2/2 too much data is answered before half-close', async () => {
    const error = await new Promise<{ code?: number } | null>((resolve) => {
      const call = store.raw.append(resolve);
      call.on('error', () => undefined);
      call.write(new streams.AppendReq().setOptions(optionsFor(newStream())));
      for (let n = 0; n < 3; n += 1) {
        const message = new streams.AppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID()));
        message.getMetadataMap().set('type', 'Raw').set('content-type', 'application/json');
        call.write(new streams.AppendReq().setProposedMessage(message.setData(new Uint8Array(500_000))));
      }
    });
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it('4.2 a deadline that passes before half-close ends the call, and nothing is written', async () => {
    const stream = newStream();
    const error = await new Promise<{ code?: number } | null>((resolve) => {
      const call = store.raw.append({ deadline: Date.now() + 200 }, resolve);
      call.on('error', () => undefined);
      call.write(new streams.AppendReq().setOptions(optionsFor(stream)));
    });
    expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(await errorOf(collect(store.client.readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });

  it.each(['Größe', 'two\nlines', '順序 🎮', 'ü'.repeat(20_000)])(
    '1.7, 6.3/3, 9.1 trailers are printable ASCII (stream %#)',
    async (name) => {
      const stream = `${newStream()} ${name}`;
      await store.client.tombstoneStream(stream);
      const error = await new Promise<ServiceError | null>((resolve) => {
        const call = store.raw.append(resolve);
        call.on('error', () => undefined);
        call.write(new streams.AppendReq().setOptions(optionsFor(stream)));
        call.end();
      });
      const [exception] = error?.metadata.get('exception') ?? [];
      const [told] = error?.metadata.get('stream-name') ?? [];
      expect([error?.code, exception]).toEqual([status.FAILED_PRECONDITION, 'stream-deleted']);
      expect(told).toMatch(/^[\x20-\x7e]+$/);
      expect(encodeURIComponent(stream).startsWith(String(told))).toBe(true);
    },
  );

  const unaryAppend = (fill: (message: InstanceType<typeof streams.AppendReq.ProposedMessage>) => void) =>
    new Promise<{ code: number; exception: unknown; needed: unknown }>((resolve, reject) => {
      const call = store.raw.append((error) => {
        if (!error) return reject(new Error('an error was expected'));
        const [exception] = error.metadata.get('exception');
        const [needed] = error.metadata.get('required-metadata-properties');
        resolve({ code: error.code, exception, needed });
      });
      call.on('error', () => undefined);
      const options = new streams.AppendReq.Options();
      options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(newStream()))).setAny(new shared.Empty());
      call.write(new streams.AppendReq().setOptions(options));
      const message = new streams.AppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID()));
      fill(message);
      call.write(new streams.AppendReq().setProposedMessage(message));
      call.end();
    });

  it('5.5, 6.3/5, 9.6 type and content-type are required', async () => {
    const missing = { code: status.INVALID_ARGUMENT, exception: 'missing-required-metadata-property', needed: 'type,content-type' };
    expect(await unaryAppend((message) => message.getMetadataMap().set('type', 'Raw'))).toEqual(missing);
    expect(await unaryAppend((message) => message.getMetadataMap().set('content-type', 'application/json'))).toEqual(missing);
  });

  it('6.3/7 cancelled before half-close: nothing is written', async () => {
    const stream = newStream();
    const ended = new Promise((resolve) => {
      const call = store.raw.append(resolve);
      call.on('error', () => undefined);
      const options = new streams.AppendReq.Options();
      options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream))).setAny(new shared.Empty());
      call.write(new streams.AppendReq().setOptions(options));
      const message = new streams.AppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID()));
      message.getMetadataMap().set('type', 'Raw').set('content-type', 'application/json');
      call.write(new streams.AppendReq().setProposedMessage(message), () => call.cancel());
    });
    expect(await ended).toMatchObject({ code: status.CANCELLED });
    await store.client.appendToStream(newStream(), event());
    expect(await errorOf(collect(store.client.readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });
});
