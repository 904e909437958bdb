import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import wellKnownEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import fc from 'fast-check';
import { addressOf, collect, contract, event, newStream } from './support.js';

const store = contract();
const METHODS = ['Read', 'Append', 'BatchAppend', 'Delete', 'Tombstone'] as const;
const bytesAsTheyAre = (bytes: Buffer): Buffer => bytes;
/** A garbled request may by chance be a valid subscription, which never ends by itself. */
const PATIENCE_MS = 300;

/** Sends the bytes as one message and answers the status that the call ends with. */
const send = (client: Client, method: string, message: Buffer): Promise<status> =>
  new Promise((resolve) => {
    const deadline = Date.now() + PATIENCE_MS;
    const call = client.makeBidiStreamRequest(`/event_store.client.streams.Streams/${method}`, bytesAsTheyAre, bytesAsTheyAre, {
      deadline,
    });
    call.on('data', () => undefined);
    call.on('error', (error: ServiceError) => resolve(error.code));
    call.on('status', ({ code }: { code: status }) => resolve(code));
    call.write(message);
    call.end();
  });

const validRead = (): Buffer => {
  const options = new streams.ReadReq.Options()
    .setStream(
      new streams.ReadReq.Options.StreamOptions()
        .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('garbage')))
        .setStart(new shared.Empty()),
    )
    .setCount('1')
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  return Buffer.from(new streams.ReadReq().setOptions(options).serializeBinary());
};

const validBatchAppend = (): Buffer => {
  const id = new shared.UUID().setString('eeddccbb-aa99-8878-8000-000000000001');
  const options = new streams.BatchAppendReq.Options()
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('garbage')))
    .setAny(new wellKnownEmpty.Empty());
  const request = new streams.BatchAppendReq().setCorrelationId(id).setOptions(options).setIsFinal(true);
  const message = new streams.BatchAppendReq.ProposedMessage().setId(id).setData(Buffer.from('{}'));
  message.getMetadataMap().set('type', 'Garbage').set('content-type', 'application/json');
  request.addProposedMessages(message);
  return Buffer.from(request.serializeBinary());
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
  it('1.6 random bytes as a message end the call with a status, on every method, and the server goes on', async () => {
    const client = new Client(addressOf(store.url), credentials.createInsecure());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), fc.uint8Array({ minLength: 1, maxLength: 200 }), async (method, bytes) => {
        expect(status[await send(client, method, Buffer.from(bytes))]).toBeDefined();
      }),
      { numRuns: 150 },
    );
    client.close();
    await stillServes();
  });

  it('1.6 a valid message with bytes changed ends the call with a status', async () => {
    const client = new Client(addressOf(store.url), credentials.createInsecure());
    const valid = validRead();
    await fc.assert(
      fc.asyncProperty(fc.nat(valid.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(valid);
        changed[at] = byte;
        expect(status[await send(client, 'Read', changed)]).toBeDefined();
      }),
      { numRuns: 150 },
    );
    client.close();
    await stillServes();
  });

  it('1.1 bytes that are not HTTP/2 close that connection only', async () => {
    const { hostname, port } = new URL(`http://${addressOf(store.url)}`);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('PUT / HTTP/1.1\r\n\r\n'.repeat(100));
    await once(socket, 'close');
    await stillServes();
  });

  it('1.6 a valid batch append with bytes changed ends the call or is answered, and the server goes on', async () => {
    const client = new Client(addressOf(store.url), credentials.createInsecure());
    const valid = validBatchAppend();
    await fc.assert(
      fc.asyncProperty(fc.nat(valid.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(valid);
        changed[at] = byte;
        expect(status[await send(client, 'BatchAppend', changed)]).toBeDefined();
      }),
      { numRuns: 100 },
    );
    client.close();
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
        const patience = setTimeout(() => socket.destroy(), PATIENCE_MS / 10);
        await closed;
        clearTimeout(patience);
      }),
      { numRuns: 100 },
    );
    await stillServes();
  });
});
