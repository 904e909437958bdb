/** One purchase in events, for tests that need a believable past. */
import type {
  OrderCheckoutIntended,
  OrderCheckoutOpened,
  OrderCapacityHeld,
  OrderPaid,
  OrderPlaced,
  Resources,
} from '../../src/orders/order.events.js';

export const ORDER = '0199f000-0000-7000-8000-000000000001';
export const CUSTOMER = '0199f000-0000-7000-8000-00000000000c';
export const AT = '2026-11-01T10:00:00.000Z';
export const EXPIRES = '2026-11-01T10:31:00.000Z';

export const resources: Resources = {
  memoryMib: 4096,
  diskMib: 10240,
  cpuPercent: 200,
  swapMib: 0,
  io: 500,
  threads: null,
  databases: 0,
  backups: 1,
  ports: 1,
};
export const hold = { nodeId: '1', allocationIds: [101] };

export const placed: OrderPlaced = {
  type: 'OrderPlaced',
  data: {
    orderId: ORDER,
    customerId: CUSTOMER,
    panelUserId: 7,
    planId: 'minecraft-4g',
    gameId: 'minecraft',
    region: 'eu-central',
    term: 'monthly',
    payment: 'once',
    price: { amountMinor: 999, currency: 'eur' },
    priceId: 'price_1',
    resources,
    configurationId: 'conf-1',
    configurationHash: 'hash',
    placedAt: AT,
  },
};
export const held: OrderCapacityHeld = { type: 'OrderCapacityHeld', data: { orderId: ORDER, hold, candidates: [], heldAt: AT } };
export const intended: OrderCheckoutIntended = {
  type: 'OrderCheckoutIntended',
  data: { orderId: ORDER, attempt: 1, idempotencyKey: 'key-1', expiresAt: EXPIRES, intendedAt: AT },
};
export const opened: OrderCheckoutOpened = {
  type: 'OrderCheckoutOpened',
  data: { orderId: ORDER, attempt: 1, sessionId: 'cs_1', expiresAt: EXPIRES, openedAt: AT },
};
export const paid: OrderPaid = {
  type: 'OrderPaid',
  data: {
    orderId: ORDER,
    customerId: CUSTOMER,
    panelUserId: 7,
    planId: 'minecraft-4g',
    gameId: 'minecraft',
    region: 'eu-central',
    resources,
    configurationId: 'conf-1',
    hold,
    paymentId: 'pi_1',
    paidThrough: null,
    paidAt: AT,
  },
};
