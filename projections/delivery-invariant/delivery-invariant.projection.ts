/** One row per order: what is owed for its money against what stands on the panel. Which rows break the promise depends on the time and is asked in the query. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { DriftKind } from '../../src/provisioning/drift.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
  serverActionsIgnored,
} from '../ignored.projection.js';

type ServerState = 'installing' | 'running' | 'suspended' | 'gone';

export interface DeliveryInvariantRow {
  orderId: string;
  customerId: string | null;
  planId: string | null;
  region: string | null;
  paidAt: string | null;
  /** End of the last period that is paid for; null until it is known. */
  paidThrough: string | null;
  /** One for a paid order, until its end is decided. */
  serversOwed: number;
  /** By the panel's server id. */
  servers: Readonly<Record<string, ServerState>>;
  /** Of the same, and of servers that nobody asked for: what the panel was seen to have instead. */
  seen: Readonly<Record<string, ServerState>>;
  serversCreated: number;
  serversRunning: number;
  /** Created once and no longer on the panel: found to be gone, or deleted. */
  serversGone: number;
  /** From here on a server that does not run is overdue: five minutes after payment, or the end of the game's longest install. */
  dueAt: string | null;
  readyAt: string | null;
  /** Why there is no running server yet, as the saga tells it; null when it tells nothing. */
  reason: string | null;
  /** The saga has given up and waits for a person. */
  needsHuman: boolean;
  /** Why the order, by its own word, is not simply paid and running: `grace`, a reason to suspend, `ending`. */
  excuses: readonly string[];
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
    seen: {},
    serversCreated: 0,
    serversRunning: 0,
    serversGone: 0,
    dueAt: null,
    readyAt: null,
    reason: null,
    needsHuman: false,
    excuses: [],
  };

/** ISO-8601 times of one form, of which the later also sorts later as text. */
const later = (one: string | null, other: string | null): string | null => ((one ?? '') > (other ?? '') ? one : other);

const withServers = (row: Row, servers: Row['servers']): Row => {
  const states = Object.values({ ...servers, ...row.seen });
  return {
    ...row,
    servers,
    serversCreated: states.length,
    serversRunning: states.filter((state) => state === 'running').length,
    serversGone: states.filter((state) => state === 'gone').length,
  };
};

const withServer = (row: Row, serverId: number, state: ServerState): Row => withServers(row, { ...row.servers, [serverId]: state });
const SEEN: Partial<Readonly<Record<DriftKind, ServerState>>> = {
  missing: 'gone',
  unexpected: 'running',
  suspended: 'suspended',
  unsuspended: 'running',
};

const excused = (row: Row, why: string): Row => (row.excuses.includes(why) ? row : { ...row, excuses: [...row.excuses, why] });
const unexcused = (row: Row, why: string): Row => ({ ...row, excuses: row.excuses.filter((excuse) => excuse !== why) });

/** Installing servers are the ones the saga looked for. */
const lost = (row: Row): Row =>
  withServers(
    row,
    Object.fromEntries(Object.entries(row.servers).map(([id, state]) => [id, state === 'installing' ? ('gone' as const) : state])),
  );

export const deliveryInvariant = projection<Row, LedgerEvent>({
  name: 'delivery-invariant',
  version: 3,
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
    // Money that came later counts when the order takes it.
    OrderPaymentAccepted: (row, event) => {
      const found = rowOf(row, event);
      return { ...found, paidThrough: later(found.paidThrough, event.data.paidThrough) };
    },
    OrderGraceStarted: (row, event) => excused(rowOf(row, event), 'grace'),
    OrderGraceEnded: (row, event) => unexcused(rowOf(row, event), 'grace'),
    OrderSuspended: (row, event) => excused(rowOf(row, event), event.data.reason),
    // What is paid for again is out of grace too.
    OrderResumed: (row, event) => {
      const found = unexcused(rowOf(row, event), event.data.reason);
      return event.data.reason === 'unpaid' ? unexcused(found, 'grace') : found;
    },
    OrderEnding: (row, event) => ({ ...rowOf(row, event), serversOwed: 0, excuses: ['ending'] }),
    OrderEnded: (row, event) => row && { ...rowOf(row, event), serversOwed: 0, excuses: [] },
    ServerSuspended: (row, event) => withServer(rowOf(row, event), event.data.serverId, 'suspended'),
    ServerUnsuspended: (row, event) => withServer(rowOf(row, event), event.data.serverId, 'running'),
    ServerDeleted: (row, event) => {
      const found = rowOf(row, event);
      return event.data.serverId === null ? found : withServer(found, event.data.serverId, 'gone');
    },
    // Removed to be made anew: the next one is another server.
    ServerRemoved: (row, event) => {
      const found = { ...rowOf(row, event), reason: null, needsHuman: false };
      return event.data.serverId === null ? found : withServer(found, event.data.serverId, 'gone');
    },
    ServerInstallFailed: (row, event) => ({ ...rowOf(row, event), reason: event.data.code }),
    ServerReinstalled: (row, event) => {
      const found = withServer(rowOf(row, event), event.data.serverId, 'installing');
      return { ...found, dueAt: later(found.dueAt, event.data.installDeadlineAt), reason: null, needsHuman: false };
    },
    ...ignoring('ServerReinstallWanted', 'ServerMoveWanted', 'ServerMovePlaced', 'ServerMoveGivenUp'),
    ServerStateWanted: ignored,
    // A server that is resized is the same server, before and after.
    ...ignoring('ServerSizeWanted', 'ServerResized', 'ServerResizeGivenUp'),
    ServerChangeStarted: ignored,
    ServerDriftObserved: (row, event) => {
      const found = rowOf(row, event);
      const seen = Object.fromEntries(
        event.data.drifts.flatMap(({ kind, serverId }) => {
          const state = SEEN[kind];
          return state ? [[String(serverId), state] as const] : [];
        }),
      );
      return withServers({ ...found, seen }, found.servers);
    },
    ServerDriftCleared: (row, event) => {
      const found = rowOf(row, event);
      return withServers({ ...found, seen: {} }, found.servers);
    },
    ...ignoring('ServerRepairRequested', 'ServerRepairFailed', 'ServerSyncRequested', 'ServerSynced'),
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
    ProvisioningAttemptFailed: (row, event) =>
      event.data.step === 'resize' ? rowOf(row, event) : { ...rowOf(row, event), reason: event.data.code },
    ProvisioningNeedsHuman: (row, event) => {
      const found = rowOf(row, event);
      const { code, step } = event.data;
      if (step === 'resize' && code !== 'SERVER_GONE') return found;
      return { ...(code === 'SERVER_GONE' ? lost(found) : found), reason: code, needsHuman: true };
    },
    ProvisioningRetryRequested: (row, event) => ({ ...rowOf(row, event), reason: null, needsHuman: false }),
    ...customerEventsIgnored,
    ...serverActionsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
