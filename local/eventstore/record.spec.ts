import { describe, expect, it } from '@jest/globals';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import { encodeRecord, RecordView, TOMBSTONE_REVISION } from './record.js';

const anyEvent = fc.record({
  id: fc.uuid(),
  type: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
  isJson: fc.boolean(),
  data: fc.uint8Array({ maxLength: 40_000 }),
  metadata: fc.uint8Array({ maxLength: 300 }),
});
const anyPlace = fc.record({
  stream: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5000 }),
  revision: fc.oneof(fc.maxSafeNat(), fc.constant(TOMBSTONE_REVISION)),
  position: fc.maxSafeNat(),
  createdMs: fc.integer({ min: 1, max: 4_102_444_800_000 }),
});

describe('the stored form of an event', () => {
  it("is what the client's own message classes read", () => {
    fc.assert(
      fc.property(anyEvent, anyPlace, (event, place) => {
        const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
        const position = String(place.position);
        expect(streams.ReadResp.deserializeBinary(encodeRecord(event, place)).toObject().event).toMatchObject({
          commitPosition: position,
          event: {
            id: { string: event.id },
            streamIdentifier: { streamName: base64(place.stream) },
            streamRevision: String(place.revision),
            commitPosition: position,
            preparePosition: position,
            metadataMap: [
              ['content-type', event.isJson ? 'application/json' : 'application/octet-stream'],
              ['created', String(BigInt(place.createdMs) * 10_000n)],
              ['type', event.type],
            ],
            customMetadata: base64(event.metadata),
            data: base64(event.data),
          },
        });
      }),
    );
  });

  it('gives back single facts without being decoded', () => {
    fc.assert(
      fc.property(anyEvent, anyPlace, (event, place) => {
        const view = new RecordView(encodeRecord(event, place));
        expect([view.id, view.stream, view.type, view.createdMs]).toEqual([event.id, place.stream, event.type, place.createdMs]);
        expect(view.data.equals(event.data)).toBe(true);
        expect(view.isSystemStream).toBe(place.stream.startsWith('$'));
      }),
    );
  });
});
