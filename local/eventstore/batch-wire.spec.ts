import { describe, expect, it } from '@jest/globals';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import { encodeAnswer, readChunk, readEvent, readOptions, TIMED_OUT } from './batch-wire.js';
import { readEncodedUuid } from './wire.js';

const anyEvent = fc.record({
  id: fc.uuid(),
  type: fc.string({ unit: 'grapheme', maxLength: 300 }),
  isJson: fc.boolean(),
  data: fc.uint8Array({ maxLength: 40_000 }),
  metadata: fc.uint8Array({ maxLength: 300 }),
});

const encodedUuid = (id: string): Uint8Array => new shared.UUID().setString(id).serializeBinary();

describe('the messages of BatchAppend', () => {
  it("are read as the client's own message classes write them", () => {
    const property = fc.property(fc.uuid(), fc.array(anyEvent, { maxLength: 5 }), fc.boolean(), (correlationId, events, isFinal) => {
      const message = new streams.BatchAppendReq();
      message.setCorrelationId(new shared.UUID().setString(correlationId)).setIsFinal(isFinal);
      message.setOptions(new streams.BatchAppendReq.Options().setStreamPosition('7'));
      for (const { id, type, isJson, data, metadata } of events) {
        const proposed = new streams.BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(id));
        proposed.getMetadataMap().set('type', type).set('other', 'x');
        proposed.getMetadataMap().set('content-type', isJson ? 'application/json' : 'application/octet-stream');
        message.addProposedMessages(proposed.setData(data).setCustomMetadata(metadata));
      }
      const chunk = readChunk(message.serializeBinary());
      expect(readEncodedUuid(chunk.correlationId)).toBe(correlationId);
      expect(chunk.options && readOptions(chunk.options).getStreamPosition()).toBe('7');
      expect(chunk.bytes).toBe(message.serializeBinary().length);
      expect(chunk.isFinal).toBe(isFinal);
      expect(chunk.proposed.map(readEvent)).toEqual(events);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('answer an append as the client reads it, whatever its numbers and the name of its stream', () => {
    const anyAnswer = fc.record({
      id: fc.uuid(),
      stream: fc.string({ unit: 'grapheme', maxLength: 3000 }),
      revision: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
      position: fc.option(fc.maxSafeNat(), { nil: undefined }),
    });
    const property = fc.property(anyAnswer, ({ id, stream, revision, position }) => {
      const written = { outcome: 'written' as const, revision, ...(position !== undefined && { position }) };
      const bytes = encodeAnswer({ correlationId: encodedUuid(id), stream }, written);
      const { correlationId, streamIdentifier, success } = streams.BatchAppendResp.deserializeBinary(bytes).toObject();
      expect(correlationId?.string).toBe(id);
      expect(streamIdentifier?.streamName).toBe(Buffer.from(stream).toString('base64'));
      const at = String(position);
      expect(success).toMatchObject({
        ...(revision < 0 ? { noStream: {} } : { currentRevision: String(revision), noStream: undefined }),
        ...(position === undefined ? { noPosition: {} } : { position: { commitPosition: at, preparePosition: at }, noPosition: undefined }),
      });
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('name the failure, the append and its stream', () => {
    const answer = streams.BatchAppendResp.deserializeBinary(encodeAnswer({ correlationId: encodedUuid('a'), stream: 'größe' }, TIMED_OUT));
    expect(answer.getCorrelationId()?.getString()).toBe('a');
    expect(answer.getError()?.getDetails()?.getTypeUrl()).toBe('type.googleapis.com/event_store.client.Timeout');
    expect(Buffer.from(answer.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe('größe');
  });

  it('are read to an end or refused, whatever the bytes', () => {
    const read = (bytes: Uint8Array): void => {
      for (const event of readChunk(bytes).proposed) readEvent(event);
    };
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
