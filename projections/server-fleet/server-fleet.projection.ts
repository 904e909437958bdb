/** One row per server we own or are about to: whose it is, where it stands and how far it is. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Resources } from '../../src/orders/order.events.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

export interface ServerFleetRow {
  orderId: string;
  customerId: string;
  planId: string;
  gameId: string;
  nodeId: string;
  /** What the server may use on the panel. */
  memoryMib: number;
  diskMib: number;
  cpuPercent: number;
  externalId: string;
  serverId: number | null;
  identifier: string | null;
  status: 'creating' | 'installing' | 'ready' | 'suspended' | 'deleted' | 'attention';
  adopted: boolean;
  attempts: number;
  createdAt: string | null;
  readyAt: string | null;
  /** Since when it is suspended on the panel; null when it is not. */
  suspendedAt: string | null;
  deletedAt: string | null;
}

const limitsOf = ({ memoryMib, diskMib, cpuPercent }: Resources): Pick<ServerFleetRow, 'memoryMib' | 'diskMib' | 'cpuPercent'> => ({
  ...{ memoryMib, diskMib, cpuPercent },
});

/** How far the server is, as long as nobody is asked. */
const statusOf = ({ serverId, readyAt, suspendedAt }: ServerFleetRow): ServerFleetRow['status'] => {
  if (serverId === null) return 'creating';
  if (suspendedAt !== null) return 'suspended';
  return readyAt === null ? 'installing' : 'ready';
};

export const serverFleet = projection<ServerFleetRow, LedgerEvent>({
  name: 'server-fleet',
  version: 3,
  key: (event) => ('orderId' in event.data ? (event.data.orderId ?? '') : ''),
  on: {
    ProvisioningStarted: (_none, { data }) => ({
      orderId: data.orderId,
      customerId: data.customerId,
      planId: data.planId,
      gameId: data.gameId,
      nodeId: data.hold.nodeId,
      ...limitsOf(data.resources),
      externalId: data.externalId,
      serverId: null,
      identifier: null,
      status: 'creating',
      adopted: false,
      attempts: 0,
      createdAt: null,
      readyAt: null,
      suspendedAt: null,
      deletedAt: null,
    }),
    ServerCreationStarted: (row, { data }) => row && { ...row, attempts: data.attempt },
    ServerCreated: (row, { data }) =>
      row && {
        ...row,
        status: 'installing',
        serverId: data.serverId,
        identifier: data.identifier,
        nodeId: data.nodeId,
        adopted: data.adopted,
        createdAt: data.createdAt,
      },
    ProvisioningAttemptFailed: ignored,
    ServerReady: (row, { data }) => row && { ...row, status: 'ready', readyAt: data.readyAt },
    ProvisioningNeedsHuman: (row) => row && { ...row, status: 'attention' },
    ProvisioningRetryRequested: (row) => row && { ...row, status: statusOf(row) },
    ServerStateWanted: ignored,
    ServerSizeWanted: ignored,
    ServerChangeStarted: (row) => row && { ...row, status: statusOf(row) },
    ServerSuspended: (row, { data }) => row && { ...row, status: 'suspended', suspendedAt: data.suspendedAt },
    ServerUnsuspended: (row) => row && { ...row, status: 'ready', suspendedAt: null },
    ServerResized: (row, { data }) => {
      const resized = row && { ...row, planId: data.planId, ...limitsOf(data.resources) };
      return resized && { ...resized, status: statusOf(resized) };
    },
    ServerResizeGivenUp: (row) => row && { ...row, status: statusOf(row) },
    ServerDeleted: (row, { data }) => row && { ...row, status: 'deleted', deletedAt: data.deletedAt },
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
