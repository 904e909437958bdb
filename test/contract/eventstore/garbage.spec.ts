import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { BACKWARDS, END } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import wellKnownEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import fc from 'fast-check';
import { anyMutation, framed, garbler, mutated, type Ending, type Garbler } from './fuzz.js';
import { addressOf, collect, contract, event, events, newStream } from './support.js';

const store = contract();
const METHODS = ['Read', 'Append', 'BatchAppend', 'Delete', 'Tombstone'] as const;
type Method = (typeof METHODS)[number];
type Call = [method: Method, messages: Uint8Array[]];
const RAW_PATIENCE_MS = 30;
const PATIENCE_MS = 120_000;

const identifier = (stream: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
const uuid = (id: string = randomUUID()) => new shared.UUID().setString(id);

const readOf = (target: (options: InstanceType<typeof streams.ReadReq.Options>) => unknown): Uint8Array[] => {
  const options = new streams.ReadReq.Options()
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  target(options);
  return [new streams.ReadReq().setOptions(options).serializeBinary()];
};

/** Calls as the client makes them, each as its messages. All of them write or read streams of this name. */
const validCalls = (stream: string): Call[] => {
  const { ReadReq, AppendReq, BatchAppendReq, DeleteReq, TombstoneReq } = streams;
  const empty = new shared.Empty();
  const ofStream = new ReadReq.Options.StreamOptions().setStreamIdentifier(identifier(stream)).setRevision('1');
  const position = new ReadReq.Options.Position().setCommitPosition('1').setPreparePosition('1');
  const filter = new ReadReq.Options.FilterOptions()
    .setStreamIdentifier(new ReadReq.Options.FilterOptions.Expression().setRegex('^fuzz').setPrefixList(['fuzz']))
    .setMax(32)
    .setCheckpointintervalmultiplier(1);
  const subscription = new ReadReq.Options.SubscriptionOptions();
  const unary = new AppendReq.ProposedMessage().setId(uuid()).setData(Buffer.from('{"n":1}')).setCustomMetadata(Buffer.from('{}'));
  unary.getMetadataMap().set('type', 'Fuzz').set('content-type', 'application/json');
  const batched = new BatchAppendReq.ProposedMessage().setId(uuid()).setData(Buffer.from('{"n":2}')).setCustomMetadata(Buffer.from('{}'));
  batched.getMetadataMap().set('type', 'Fuzz').set('content-type', 'application/json');
  const correlation = uuid();
  const batchOptions = new BatchAppendReq.Options().setStreamIdentifier(identifier(stream)).setAny(new wellKnownEmpty.Empty());
  const firstChunk = new BatchAppendReq().setCorrelationId(correlation).setOptions(batchOptions).setProposedMessagesList([batched]);
  return [
    ['Read', readOf((options) => options.setStream(ofStream).setCount('10').setReadDirection(1))],
    ['Read', readOf((options) => options.setAll(new ReadReq.Options.AllOptions().setPosition(position)).setCount('3'))],
    [
      'Read',
      readOf((options) =>
        options
          .setAll(new ReadReq.Options.AllOptions().setEnd(empty))
          .setSubscription(subscription)
          .setFilter(filter)
          .setResolveLinks(true),
      ),
    ],
    [
      'Append',
      [
        new AppendReq().setOptions(new AppendReq.Options().setStreamIdentifier(identifier(stream)).setAny(empty)).serializeBinary(),
        new AppendReq().setProposedMessage(unary).serializeBinary(),
      ],
    ],
    ['BatchAppend', [firstChunk.serializeBinary(), new BatchAppendReq().setCorrelationId(correlation).setIsFinal(true).serializeBinary()]],
    [
      'Delete',
      [new DeleteReq().setOptions(new DeleteReq.Options().setStreamIdentifier(identifier(stream)).setAny(empty)).serializeBinary()],
    ],
    [
      'Tombstone',
      [new TombstoneReq().setOptions(new TombstoneReq.Options().setStreamIdentifier(identifier(stream)).setAny(empty)).serializeBinary()],
    ],
  ];
};

/** Whether the store said that it wrote something. */
const isAcknowledged = (method: Method, { answers }: Ending): boolean => {
  if (method === 'Delete' || method === 'Tombstone') return answers.length > 0;
  if (method === 'Append') return answers.some((bytes) => streams.AppendResp.deserializeBinary(bytes).hasSuccess());
  return method === 'BatchAppend' && answers.some((bytes) => streams.BatchAppendResp.deserializeBinary(bytes).hasSuccess());
};

const head = async (): Promise<bigint | undefined> => {
  const [last] = await collect(store.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
  return last?.event?.position?.commit;
};

/** A length as protobuf writes it. */
const lengthOf = (length: number): Buffer =>
  length < 128 ? Buffer.of(length) : Buffer.concat([Buffer.of((length & 127) | 128), lengthOf(length >> 7)]);

/** A field of bytes, text or a message. */
const encodedField = (number: number, ...content: readonly Uint8Array[]): Buffer => {
  const bytes = Buffer.concat(content);
  return Buffer.concat([Buffer.of((number << 3) | 2), lengthOf(bytes.length), bytes]);
};

const SETTINGS = 4;
const FRAME_HEADER_BYTES = 9;

/** A frame of HTTP/2 whose header may promise more bytes than follow. */
const rawFrame = (frame: { type: number; flags: number; stream: number; payload: Uint8Array; missing: number }): Buffer => {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(frame.payload.length + frame.missing, 0, 3);
  header.writeUInt8(frame.type, 3);
  header.writeUInt8(frame.flags, 4);
  header.writeUInt32BE(frame.stream, 5);
  return Buffer.concat([header, frame.payload]);
};

const stillServes = async (): Promise<void> => {
  const stream = newStream();
  await store.client.appendToStream(stream, event());
  expect(await collect(store.client.readStream(stream))).toHaveLength(1);
};

describe('what no client sends', () => {
  let calls: Garbler;
  /** Errors that the store did not foresee are printed; none of this should be one. */
  const printed = jest.spyOn(console, 'error');
  beforeAll(() => {
    calls = garbler(addressOf(store.url));
  });
  afterEach(() => expect(printed).not.toHaveBeenCalled());
  afterAll(() => {
    calls.close();
    printed.mockRestore();
  });

  it('1.6 random bytes as a message end the call with a status, on every method, and the server goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), fc.uint8Array({ minLength: 1, maxLength: 200 }), async (method, bytes) => {
        const ending = await calls.send(method, framed(bytes));
        expect(status[ending.status as number] ?? ending.status).not.toBe('cut');
      }),
      { numRuns: 150 },
    );
    await stillServes();
  });

  it(
    '1.6 valid messages with bits flipped, bytes lost, added or changed, or lengths that lie are answered or refused, and only what was acknowledged is written',
    async () => {
      const seen = new Set<string>();
      const property = fc.asyncProperty(fc.nat(6), fc.nat(2), anyMutation, async (index, prior, mutation) => {
        const stream = newStream('fuzz');
        if (prior > 0) await store.client.appendToStream(stream, events(4));
        if (prior > 1) await store.client.deleteStream(stream);
        const before = await head();
        const [method, messages] = validCalls(stream)[index]!;
        const ending = await calls.send(method, mutated(messages, mutation));
        const after = await head();
        const acknowledged = isAcknowledged(method, ending);
        seen.add(`${method} ${acknowledged ? 'acknowledged' : (status[ending.status as number] ?? ending.status)}`);
        expect(ending.status === 'open' && method !== 'Read').toBe(false);
        if (!acknowledged) expect(after).toBe(before);
        else expect(after).toBeGreaterThanOrEqual(before ?? 0n);
      });
      await fc.assert(property, { numRuns: 400, seed: 20_261_121 });
      await stillServes();
      // Each was both done and refused, or this would prove little.
      const kinds = ['Read OK', 'Read open', ...METHODS.slice(1).map((method) => `${method} acknowledged`)];
      expect(kinds.filter((kind) => !seen.has(kind))).toEqual([]);
      expect([...METHODS].filter((method) => !seen.has(`${method} INTERNAL`))).toEqual([]);
    },
    PATIENCE_MS,
  );

  it('6.4/5, 6.4/7 options or an event of a batch append that cannot be decoded are a bad request, and the appends beside it go on', async () => {
    const [whole, spoilt, without] = [randomUUID(), randomUUID(), randomUUID()];
    const stream = newStream('fuzz');
    const options = () => new streams.BatchAppendReq.Options().setStreamIdentifier(identifier(stream)).setAny(new wellKnownEmpty.Empty());
    const chunk = (id: string) => new streams.BatchAppendReq().setCorrelationId(uuid(id)).setIsFinal(true);
    const cut = Buffer.of(0x0a, 0x7f, 0x01);
    const { answers } = await calls.send(
      'BatchAppend',
      Buffer.concat([
        framed(Buffer.concat([chunk(spoilt).setOptions(options()).serializeBinary(), encodedField(3, cut)])),
        framed(Buffer.concat([chunk(without).serializeBinary(), encodedField(2, cut)])),
        framed(chunk(whole).setOptions(options()).serializeBinary()),
      ]),
    );
    const told = answers.map((bytes) => streams.BatchAppendResp.deserializeBinary(bytes));
    const codes = told.map((answer) => [answer.getCorrelationId()?.getString(), answer.getError()?.getCode()]);
    expect(codes.sort()).toEqual(
      [
        [spoilt, status.INVALID_ARGUMENT],
        [without, status.INVALID_ARGUMENT],
        [whole, undefined],
      ].sort(),
    );
  });

  it.each(['no UUID, and half a surrogate pair: ', 'x'.repeat(100_000)])(
    '1.4, 1.6 an id that no status could carry is an invalid argument on every write (%#)',
    async (text) => {
      // Encoded by hand, for no encoder writes half a surrogate pair.
      const id = encodedField(1, encodedField(2, Buffer.from(text), Buffer.of(0xed, 0xa0, 0x80)));
      const property = (key: string): Buffer => encodedField(2, encodedField(1, Buffer.from(key)), encodedField(2, Buffer.from('x')));
      const event = Buffer.concat([id, property('type'), property('content-type')]);
      const [, , , [, [options]], [, [chunk]]] = validCalls(newStream('fuzz')) as [Call, Call, Call, Call, Call];
      const unary = await calls.send('Append', Buffer.concat([framed(options!), framed(encodedField(2, event))]));
      expect(status[unary.status as number]).toBe('INVALID_ARGUMENT');
      const batched = await calls.send('BatchAppend', framed(Buffer.concat([chunk!, encodedField(3, event)])));
      const [answer] = batched.answers.map((bytes) => streams.BatchAppendResp.deserializeBinary(bytes));
      expect(answer?.getError()?.getCode()).toBe(status.INVALID_ARGUMENT);
      const correlated = await calls.send('BatchAppend', framed(id));
      expect(status[correlated.status as number]).toBe('INVALID_ARGUMENT');
    },
  );

  it('1.1 bytes that are not HTTP/2 close that connection only', async () => {
    const { hostname, port } = new URL(`http://${addressOf(store.url)}`);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('PUT / HTTP/1.1\r\n\r\n'.repeat(100));
    await once(socket, 'close');
    await stillServes();
  });

  it('1.6 garbage in the frames of HTTP/2, whole or cut off, costs that connection only', async () => {
    const { hostname, port } = new URL(`http://${addressOf(store.url)}`);
    const frame = fc.record({
      type: fc.nat(12),
      flags: fc.nat(255),
      stream: fc.nat(7),
      payload: fc.uint8Array({ maxLength: 60 }),
      missing: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
        const socket = connect(Number(port), hostname);
        const closed = once(socket, 'close');
        socket.on('error', () => undefined);
        socket.resume();
        socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        socket.write(rawFrame({ type: SETTINGS, flags: 0, stream: 0, payload: new Uint8Array(), missing: 0 }));
        for (const garbage of frames) socket.write(rawFrame(garbage));
        // Frames that could still be the beginning of something leave the connection open, as they should.
        const patience = setTimeout(() => socket.destroy(), RAW_PATIENCE_MS);
        await closed;
        clearTimeout(patience);
      }),
      { numRuns: 100 },
    );
    await stillServes();
  });
});
