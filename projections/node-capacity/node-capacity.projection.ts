/** One row per node: what it has, what is promised. What is free follows in the query. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { NodeHoldExtended, NodeHoldSettled } from '../../src/nodes/node.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  provisioningEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

interface HeldRoom {
  memoryMib: number;
  diskMib: number;
  ports: number;
  committed: boolean;
}

export interface NodeCapacityRow {
  nodeId: string;
  region: string;
  status: 'enabled' | 'disabled';
  reserveMemoryMib: number;
  reserveDiskMib: number;
  memoryMib: number;
  diskMib: number;
  foreignMemoryMib: number;
  foreignDiskMib: number;
  /** Allocations no foreign server has. */
  allocations: number;
  /** By order id. */
  holds: Record<string, HeldRoom>;
  observedAt: string | null;
}

/** The order's room has another size: of the larger of two plans, or of the one it has in the end. */
const sized = (row: NodeCapacityRow | undefined, { data }: Recorded<NodeHoldExtended | NodeHoldSettled>): NodeCapacityRow | undefined => {
  const held = row?.holds[data.orderId];
  const { memoryMib, diskMib } = data;
  return row && held ? { ...row, holds: { ...row.holds, [data.orderId]: { ...held, memoryMib, diskMib } } } : row;
};

export const nodeCapacity = projection<NodeCapacityRow, LedgerEvent>({
  name: 'node-capacity',
  version: 1,
  key: (event) => ('nodeId' in event.data ? event.data.nodeId : ''),
  on: {
    NodeRegistered: (row, { data }) => ({
      status: 'disabled',
      memoryMib: 0,
      diskMib: 0,
      foreignMemoryMib: 0,
      foreignDiskMib: 0,
      allocations: 0,
      holds: {},
      observedAt: null,
      ...row,
      nodeId: data.nodeId,
      region: data.region,
      reserveMemoryMib: data.reserveMemoryMib,
      reserveDiskMib: data.reserveDiskMib,
    }),
    NodeEnabled: (row) => row && { ...row, status: 'enabled' },
    NodeDisabled: (row) => row && { ...row, status: 'disabled' },
    NodeCapacityObserved: (row, { data }) =>
      row && {
        ...row,
        memoryMib: data.memoryMib,
        diskMib: data.diskMib,
        foreignMemoryMib: data.foreignMemoryMib,
        foreignDiskMib: data.foreignDiskMib,
        allocations: data.allocations.length,
        observedAt: data.observedAt,
      },
    NodeCapacityHeld: (row, { data }) => {
      if (!row) return undefined;
      const held = { memoryMib: data.memoryMib, diskMib: data.diskMib, ports: data.allocationIds.length, committed: false };
      return { ...row, holds: { ...row.holds, [data.orderId]: held } };
    },
    NodeHoldCommitted: (row, { data }) => {
      const held = row?.holds[data.orderId];
      return row && held ? { ...row, holds: { ...row.holds, [data.orderId]: { ...held, committed: true } } } : row;
    },
    NodeHoldExtended: sized,
    NodeHoldSettled: sized,
    NodeHoldReleased: (row, { data }) => {
      if (!row) return undefined;
      const { [data.orderId]: _released, ...holds } = row.holds;
      return { ...row, holds };
    },
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
