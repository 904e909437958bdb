/** One row per server we own or are about to: whose it is, where it stands and how far it is. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Resources } from '../../src/orders/order.events.js';
import type { Drift } from '../../src/provisioning/drift.events.js';
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
  /** All of its size on the panel. */
  resources: Resources;
  panelUserId: number;
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
  /** In what the panel was last seen to differ from the record. */
  drifts: readonly Drift[];
}

const limitsOf = (resources: Resources): Pick<ServerFleetRow, 'memoryMib' | 'diskMib' | 'cpuPercent' | 'resources'> => {
  const { memoryMib, diskMib, cpuPercent } = resources;
  return { memoryMib, diskMib, cpuPercent, resources };
};

/** How far the server is, as long as nobody is asked. */
const statusOf = ({ serverId, readyAt, suspendedAt }: ServerFleetRow): ServerFleetRow['status'] => {
  if (serverId === null) return 'creating';
  if (suspendedAt !== null) return 'suspended';
  return readyAt === null ? 'installing' : 'ready';
};

export const serverFleet = projection<ServerFleetRow, LedgerEvent>({
  name: 'server-fleet',
  version: 4,
  key: (event) => ('orderId' in event.data ? (event.data.orderId ?? '') : ''),
  on: {
    ProvisioningStarted: (_none, { data }) => ({
      orderId: data.orderId,
      customerId: data.customerId,
      planId: data.planId,
      gameId: data.gameId,
      nodeId: data.hold.nodeId,
      ...limitsOf(data.resources),
      panelUserId: data.panelUserId,
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
      drifts: [],
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
    ServerReinstalled: (row) => row && { ...row, status: 'installing', readyAt: null, suspendedAt: null },
    ServerRemoved: (row, { data }) =>
      row && {
        ...row,
        ...{ status: 'creating', nodeId: data.to.nodeId, serverId: null, identifier: null },
        ...{ createdAt: null, readyAt: null, suspendedAt: null },
      },
    ...ignoring('ServerInstallFailed', 'ServerReinstallWanted', 'ServerMoveWanted', 'ServerMovePlaced', 'ServerMoveGivenUp'),
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
    ServerDriftObserved: (row, { data }) => row && { ...row, drifts: data.drifts },
    ServerDriftCleared: (row) => row && { ...row, drifts: [] },
    ...ignoring('ServerRepairRequested', 'ServerRepairFailed', 'ServerSyncRequested', 'ServerSynced'),
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...customerEventsIgnored,
    ...serverActionsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
