/** Writes a ledger's life to a running event store, in appends as the ledger makes them or in larger ones. */
import { ANY, jsonEvent, type EventData, type EventStoreDBClient } from '@eventstore/db-client';
import { eventIdOf } from '../../../src/platform/ids.js';
import { ledgerLife } from './ledger-life.js';

export interface Append {
  readonly stream: string;
  readonly events: EventData[];
}

/** More orders than any bench gets to. */
const ORDERS = 1_000_000;

/** One event after the other, for ever as far as a bench can tell. */
export function* appends(): Generator<Append, void, void> {
  let index = 0;
  for (const { stream, event, metadata } of ledgerLife(ORDERS)) {
    const id = eventIdOf({ stream, commandId: metadata.commandId, index, data: '' });
    index += 1;
    yield { stream, events: [jsonEvent({ id, type: event.type, data: { ...event.data }, metadata: { ...metadata } })] };
  }
}

export function nextOf(source: Generator<Append, void, void>): Append {
  const { value } = source.next();
  if (!value) throw new Error('the seeded life of the ledger is over');
  return value;
}

/** The next `count` events, those of a stream in one append: less work for the writer, the same for the readers. */
export function nextTogether(source: Generator<Append, void, void>, count: number): Append[] {
  const streams = new Map<string, EventData[]>();
  for (let taken = 0; taken < count; taken += 1) {
    const { stream, events } = nextOf(source);
    streams.set(stream, [...(streams.get(stream) ?? []), ...events]);
  }
  return [...streams].map(([stream, events]) => ({ stream, events }));
}

/** @returns the commit position of the last event */
export async function write(store: EventStoreDBClient, { stream, events }: Append): Promise<bigint> {
  const { position } = await store.appendToStream(stream, events, { expectedRevision: ANY });
  return position?.commit ?? 0n;
}
