/** Events for benches: the same for the same index, of the size that the ledger's own have. */
import { createHash } from 'node:crypto';
import { ANY, EventStoreDBClient, jsonEvent, type EventData } from '@eventstore/db-client';
import { farewell } from '../../../src/platform/event-store/subscription.js';
import { inParallel } from './numbers.js';

const EVENTS_PER_APPEND = 250;
const APPENDS_AT_ONCE = 8;
const EVENTS_PER_STREAM = 5;

/** A UUID that follows from the text. */
export const seededId = (text: string): string => {
  const hex = createHash('md5').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};

/** An event like the ledger's: about 150 bytes of data and 330 of metadata. */
export const seededEvent = (name: string, index: number): EventData => {
  const orderId = seededId(`${name}-order-${Math.floor(index / EVENTS_PER_STREAM)}`);
  const id = seededId(`${name}-${index}`);
  return jsonEvent({
    id,
    type: 'OrderCheckoutIntended',
    data: {
      orderId,
      amount: { minor: 1000 + (index % 5000), currency: 'eur' },
      idempotencyKey: `checkout-${index}`,
      expiresAt: '2026-11-21T10:00:00.000Z',
    },
    metadata: {
      $correlationId: orderId,
      $causationId: id,
      commandId: id,
      actor: { kind: 'customer', id: orderId },
      occurredAt: '2026-11-21T09:00:00.000Z',
      schemaVersion: 1,
      traceparent: `00-${id.replaceAll('-', '')}-0123456789abcdef-01`,
    },
  });
};

export interface Seed {
  readonly count: number;
  /** The index-th append: 250 events or so of one stream, which is far quicker than one by one. */
  readonly append?: (index: number) => { readonly stream: string; readonly events: EventData[] };
}

const standardAppend = (index: number): { stream: string; events: EventData[] } => ({
  stream: `seed-${seededId(`seed-stream-${index}`)}`,
  events: Array.from({ length: EVENTS_PER_APPEND }, (_, n) => seededEvent('seed', index * EVENTS_PER_APPEND + n)),
});

/** Writes about `count` events, in appends of many. */
export async function seed(url: string, { count, append = standardAppend }: Seed): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  await inParallel(Math.ceil(count / EVENTS_PER_APPEND), APPENDS_AT_ONCE, async (index) => {
    const { stream, events } = append(index);
    await client.appendToStream(stream, events, { expectedRevision: ANY });
  });
  await farewell(client.dispose());
}
