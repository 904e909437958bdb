import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, streamNameFilter, ANY, NO_STREAM } from '@eventstore/db-client';
import { startEventStore } from '../../../local/eventstore/server.js';

let store: Awaited<ReturnType<typeof startEventStore>>;
let client: EventStoreDBClient;
beforeAll(async () => {
  store = await startEventStore({});
  client = EventStoreDBClient.connectionString(store.url);
});
afterAll(async () => {
  await client.dispose();
  await store.close();
});
describe('smoke', () => {
  it('works', async () => {
    const a = await client.appendToStream('order-1', [jsonEvent({ type: 'A', data: { x: 1 }, metadata: { m: 'é' } }), jsonEvent({ type: 'B', data: { x: 2 } })], { expectedRevision: NO_STREAM });
    expect(a.nextExpectedRevision).toBe(1n);
    const read = [];
    for await (const e of client.readStream('order-1')) read.push(e.event);
    expect(read.map((e) => [e?.type, e?.revision, e?.data, e?.metadata])).toEqual([['A', 0n, { x: 1 }, { m: 'é' }], ['B', 1n, { x: 2 }, undefined]]);
    const all = [];
    for await (const e of client.readAll()) all.push(e.event?.type);
    expect(all).toEqual(['$storeCreated', 'A', 'B']);
    const sub = client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['order-'] }) });
    const got: string[] = [];
    const done = (async () => { for await (const e of sub) { got.push(e.event!.type); if (got.length === 3) break; } })();
    await client.appendToStream('order-2', [jsonEvent({ type: 'C', data: {} })], { expectedRevision: ANY });
    await done;
    expect(got).toEqual(['A', 'B', 'C']);
    await expect(client.appendToStream('order-2', jsonEvent({ type: 'D', data: {} }), { expectedRevision: NO_STREAM })).rejects.toThrow();
  });
});
