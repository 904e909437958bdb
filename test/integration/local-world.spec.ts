/** The world of the tests is itself under test: what cannot be seen through it proves nothing. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { Client } from 'pg';
import { Catalog } from '../../src/catalog/catalog.js';
import { pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { startWorld, type World } from '../support/local-world.js';
import { startClock } from '../support/steerable-clock.js';

const catalog = Catalog.load('catalog.yaml');
const price = catalog.games[0]?.plans[0]?.terms.monthly.oneTimePriceId ?? '';
let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 180_000);
afterAll(() => world.close(), 60_000);

const open = async (orderId: string): Promise<string> => {
  const metadata = { order_id: orderId };
  const session = await world.stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price, quantity: 1 }],
    client_reference_id: orderId,
    metadata,
    payment_intent_data: { metadata },
    success_url: 'http://127.0.0.1/done',
  });
  return session.url ?? '';
};

describe('a world', () => {
  it('keeps its events, and its address, while the event store is away', async () => {
    const stream = `order-${randomUUID()}`;
    const client = EventStoreDBClient.connectionString(world.eventStoreUrl);
    await client.appendToStream(stream, jsonEvent({ type: 'Noted', data: { answer: 42 } }));
    await client.dispose();
    await world.stopEventStore();
    await expect(world.eventsOf(stream)).rejects.toThrow();
    await world.startEventStore();
    expect(await world.eventsOf(stream)).toEqual([{ type: 'Noted', data: { answer: 42 } }]);
    expect(await world.eventsOf('order-unknown')).toEqual([]);
  });

  it('has an empty database of its own', async () => {
    const client = new Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query(
      `select count(*)::int as tables from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    await client.end();
    expect(rows).toEqual([{ tables: 0 }]);
  });

  it('takes payments with the prices of the catalog, and delivers webhooks to where the ledger would be', async () => {
    const orderId = randomUUID();
    const page = await open(orderId);
    const second = await world.secondSession(orderId);
    expect(await world.openSessionsOf(orderId)).toBe(2);
    await pay(page);
    await pay(second);
    expect(await world.openSessionsOf(orderId)).toBe(0);
    expect(await eventually(async () => (await world.deliveryStatuses()).length > 0)).toBe(true);
  });

  it('has a panel whose servers can be counted', async () => {
    expect(await world.panelServers()).toEqual([]);
    expect(await world.panelCreations()).toEqual({});
  });
});

describe('a steerable clock', () => {
  it('stands still until it is moved', async () => {
    const clock = await startClock(new Date('2026-01-01T00:00:00.000Z'));
    try {
      const read = async (): Promise<unknown> => (await fetch(clock.url)).json();
      expect(await read()).toEqual({ now: '2026-01-01T00:00:00.000Z' });
      clock.advance(90_000);
      expect(await read()).toEqual({ now: '2026-01-01T00:01:30.000Z' });
      expect(clock.clock().toISOString()).toBe('2026-01-01T00:01:30.000Z');
    } finally {
      await clock.close();
    }
  });
});
