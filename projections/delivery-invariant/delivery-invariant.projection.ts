/** One row per order: what is owed for its money against what stands on the panel. Which rows break the promise depends on the time and is asked in the query. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  serverLifeEventsIgnored,
  unmatchedMoneyIgnored,
} from '../ignored.projection.js';

type ServerState = 'installing' | 'running' | 'gone';

export interface DeliveryInvariantRow {
  orderId: string;
  customerId: string | null;
  planId: string | null;
  region: string | null;
  paidAt: string | null;
  /** End of the last period that is paid for; null until it is known. */
  paidThrough: string | null;
  /** One for a paid order. */
  serversOwed: number;
  /** By the panel's server id. */
  servers: Readonly<Record<string, ServerState>>;
  serversCreated: number;
  serversRunning: number;
  /** Created once and found to be no longer on the panel. */
  serversGone: number;
  /** From here on a server that does not run is overdue: five minutes after payment, or the end of the game's longest install. */
  dueAt: string | null;
  readyAt: string | null;
  /** Why there is no running server yet, as the saga tells it; null when it tells nothing. */
  reason: string | null;
  /** The saga has given up and waits for a person. */
  needsHuman: boolean;
}

const DELIVERY_LIMIT_MS = 5 * 60_000;

type Row = DeliveryInvariantRow;

/** The streams of an order come in any order, so every fact finds or makes the row; of what two streams tell, the later time counts. */
const rowOf = (row: Row | undefined, event: Recorded<LedgerEvent & { data: { orderId: string } }>): Row =>
  row ?? {
    orderId: event.data.orderId,
    customerId: null,
    planId: null,
    region: null,
    paidAt: null,
    paidThrough: null,
    serversOwed: 0,
    servers: {},
    serversCreated: 0,
    serversRunning: 0,
    serversGone: 0,
    dueAt: null,
    readyAt: null,
    reason: null,
    needsHuman: false,
  };

/** ISO-8601 times of one form, of which the later also sorts later as text. */
const later = (one: string | null, other: string | null): string | null => ((one ?? '') > (other ?? '') ? one : other);

const withServers = (row: Row, servers: Row['servers']): Row => {
  const states = Object.values(servers);
  return {
    ...row,
    servers,
    serversCreated: states.length,
    serversRunning: states.filter((state) => state === 'running').length,
    serversGone: states.filter((state) => state === 'gone').length,
  };
};

/** Installing servers are the ones the saga looked for. */
const lost = (row: Row): Row =>
  withServers(
    row,
    Object.fromEntries(Object.entries(row.servers).map(([id, state]) => [id, state === 'installing' ? ('gone' as const) : state])),
  );

export const deliveryInvariant = projection<Row, LedgerEvent>({
  name: 'delivery-invariant',
  version: 1,
  key: (event) => ('orderId' in event.data ? (event.data.orderId ?? '') : ''),
  on: {
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    OrderPlaced: (row, event) => {
      const { customerId, planId, region } = event.data;
      return { ...rowOf(row, event), customerId, planId, region };
    },
    OrderPaid: (row, event) => {
      const { customerId, planId, region, paidAt, paidThrough } = event.data;
      const paid = { ...rowOf(row, event), customerId, planId, region, paidAt, serversOwed: 1 };
      const inTime = new Date(Date.parse(paidAt) + DELIVERY_LIMIT_MS).toISOString();
      return { ...paid, dueAt: later(paid.dueAt, inTime), paidThrough: later(paid.paidThrough, paidThrough) };
    },
    OrderDelivered: (row, event) => {
      const delivered = rowOf(row, event);
      return { ...delivered, paidThrough: later(delivered.paidThrough, event.data.paidThrough) };
    },
    // A renewal moves the end of what is paid for; the first payment does so only when the order takes it.
    PaymentSucceeded: (row, event) => {
      const { kind, paidThrough } = event.data;
      if (kind !== 'renewal' || paidThrough === null) return row;
      const renewed = rowOf(row, event);
      return { ...renewed, paidThrough: later(renewed.paidThrough, paidThrough) };
    },
    ServerCreated: (row, event) => {
      const { serverId, installDeadlineAt } = event.data;
      const found = rowOf(row, event);
      const created = withServers(found, { ...found.servers, [serverId]: 'installing' });
      return { ...created, dueAt: later(created.dueAt, installDeadlineAt), reason: null, needsHuman: false };
    },
    ServerReady: (row, event) => {
      const found = rowOf(row, event);
      const running = withServers(found, { ...found.servers, [event.data.serverId]: 'running' });
      return { ...running, readyAt: event.data.readyAt, reason: null, needsHuman: false };
    },
    ProvisioningStarted: ignored,
    ServerCreationStarted: ignored,
    ProvisioningAttemptFailed: (row, event) => ({ ...rowOf(row, event), reason: event.data.code }),
    ProvisioningNeedsHuman: (row, event) => {
      const found = rowOf(row, event);
      const { code } = event.data;
      return { ...(code === 'SERVER_GONE' ? lost(found) : found), reason: code, needsHuman: true };
    },
    ProvisioningRetryRequested: (row, event) => ({ ...rowOf(row, event), reason: null, needsHuman: false }),
    ...customerEventsIgnored,
    ...serverLifeEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
