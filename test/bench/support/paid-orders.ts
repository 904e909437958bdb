/** Orders that are about to be paid: their streams and the room on the panel's own nodes, written straight into the store, so that only the money is missing. */
import { randomUUID } from 'node:crypto';
import { ANY, jsonEvent, type EventStoreDBClient } from '@eventstore/db-client';
import type { LedgerEvent } from '../../../src/ledger.events.js';
import type { Metadata } from '../../../src/platform/event.js';
import { inParallel } from './numbers.js';

const WRITERS = 32;
const RESOURCES = {
  ...{ memoryMib: 256, diskMib: 512, cpuPercent: 25, swapMib: 0, io: 500, threads: null, databases: 0, backups: 0, ports: 1 },
};
const SOLD = { planId: 'teeworlds-256m', gameId: 'teeworlds', region: 'eu-central', resources: RESOURCES } as const;

/** A node of the panel with the allocations that are free on it. */
export interface RoomOnPanel {
  readonly nodeId: string;
  readonly allocationIds: readonly number[];
}

export interface PayableOrder {
  readonly orderId: string;
  readonly paid: () => LedgerEvent;
}

export async function tell(store: EventStoreDBClient, stream: string, facts: readonly LedgerEvent[]): Promise<bigint> {
  const cause = randomUUID();
  const metadata: Metadata = {
    ...{ $correlationId: stream, $causationId: cause, commandId: cause, actor: { kind: 'system', id: 'bench' } },
    ...{ occurredAt: new Date().toISOString(), schemaVersion: 1, traceparent: `00-${cause.replaceAll('-', '')}-0123456789abcdef-01` },
  };
  const events = facts.map(({ type, data }) => jsonEvent({ type, data: { ...data }, metadata: { ...metadata } }));
  const { position } = await store.appendToStream(stream, events, { expectedRevision: ANY });
  return position?.commit ?? 0n;
}

/** So many orders with their room held, none paid. Rejects when the panel has fewer free allocations. */
export async function openOrders(
  store: EventStoreDBClient,
  rooms: readonly RoomOnPanel[],
  { count, panelUserId }: { count: number; panelUserId: number },
): Promise<{ orders: PayableOrder[]; position: bigint }> {
  const at = new Date().toISOString();
  const customerId = randomUUID();
  // One node after the other in turn, as placement spreads them.
  const most = Math.max(...rooms.map(({ allocationIds }) => allocationIds.length));
  const places = Array.from({ length: most }, (_, index) =>
    rooms.flatMap(({ nodeId, allocationIds }) => allocationIds.slice(index, index + 1).map((id) => ({ nodeId, allocationIds: [id] }))),
  ).flat();
  if (places.length < count) throw new Error(`the panel has room for ${places.length} orders only`);
  let position = 0n;
  for (const { nodeId } of rooms)
    position = await tell(store, `node-${nodeId}`, [
      { type: 'NodeRegistered', data: { nodeId, region: SOLD.region, reserveMemoryMib: 0, reserveDiskMib: 0, registeredAt: at } },
      { type: 'NodeEnabled', data: { nodeId, enabledAt: at } },
    ]);
  const orders: PayableOrder[] = [];
  await inParallel(count, WRITERS, async (index) => {
    const hold = places[index];
    if (!hold) return;
    const orderId = randomUUID();
    const configurationId = randomUUID();
    const about = { orderId, customerId, panelUserId, ...SOLD, configurationId };
    const price = { amountMinor: 199, currency: 'eur' };
    const { nodeId, allocationIds } = hold;
    const { memoryMib, diskMib } = RESOURCES;
    const placed = { ...about, term: 'monthly', payment: 'once', price, priceId: 'price_1', configurationHash: '', placedAt: at } as const;
    await tell(store, `node-${nodeId}`, [
      { type: 'NodeCapacityHeld', data: { nodeId, orderId, memoryMib, diskMib, allocationIds, heldAt: at } },
    ]);
    position = await tell(store, `order-${orderId}`, [
      { type: 'OrderPlaced', data: placed },
      { type: 'OrderCapacityHeld', data: { orderId, hold, candidates: [], heldAt: at } },
    ]);
    const paid = (): LedgerEvent => ({
      type: 'OrderPaid',
      data: { ...about, hold, paymentId: `pi_${orderId}`, paidThrough: null, paidAt: new Date().toISOString() },
    });
    orders.push({ orderId, paid });
  });
  return { orders, position };
}
