/** One row per node: what it has, what is promised. What is free follows in the query. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type {
  NodeCapacityHeld,
  NodeCapacityObserved,
  NodeHoldExtended,
  NodeHoldReleased,
  NodeHoldSettled,
  NodeRegistered,
} from '../../src/nodes/node.events.js';
import type { Fact, Recorded } from '../../src/platform/event.js';
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
  status: 'enabled' | 'disabled' | 'draining';
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
  /** How much of the memory that may be sold is promised: a warning from 80 %, critical from 95 %, over only when it is well below. */
  pressure: 'warning' | 'critical' | null;
  /** When it last became worse, up to where it is or beyond; null when it is not bad. Getting better is no news. */
  pressureSince: string | null;
}

/** Level, from which share on, and below which it is over, so that one order more or less does not raise it again and again. */
const PRESSURES = [
  { pressure: 'critical', from: 0.95, over: 0.93 },
  { pressure: 'warning', from: 0.8, over: 0.78 },
] as const;

const promisedShare = ({ holds, memoryMib, reserveMemoryMib, foreignMemoryMib }: NodeCapacityRow): number => {
  const sellableMib = memoryMib - reserveMemoryMib - foreignMemoryMib;
  const heldMib = Object.values(holds).reduce((sum, hold) => sum + hold.memoryMib, 0);
  return sellableMib > 0 ? heldMib / sellableMib : 1;
};

const pressed = (row: NodeCapacityRow, at: string): NodeCapacityRow => {
  if (row.observedAt === null) return row;
  const share = promisedShare(row);
  const isStill = (level: (typeof PRESSURES)[number]): boolean => {
    const wasThere = row.pressure === level.pressure || row.pressure === 'critical';
    return share >= level.from || (wasThere && share >= level.over);
  };
  const pressure = PRESSURES.find(isStill)?.pressure ?? null;
  if (pressure === row.pressure) return row;
  const isBetter = row.pressure === 'critical';
  return { ...row, pressure, pressureSince: pressure === null ? null : isBetter ? row.pressureSince : at };
};

type Fold<E extends Fact> = (row: NodeCapacityRow | undefined, event: Recorded<E>) => NodeCapacityRow | undefined;

/** After a fact that changes what there is or what is promised of it. */
const weighed =
  <E extends Fact>(fold: Fold<E>): Fold<E> =>
  (row, event) => {
    const next = fold(row, event);
    return next && pressed(next, event.metadata.occurredAt);
  };

/** The order's room has another size: of the larger of two plans, or of the one it has in the end. */
const sized = (row: NodeCapacityRow | undefined, { data }: Recorded<NodeHoldExtended | NodeHoldSettled>): NodeCapacityRow | undefined => {
  const held = row?.holds[data.orderId];
  const { memoryMib, diskMib } = data;
  return row && held ? { ...row, holds: { ...row.holds, [data.orderId]: { ...held, memoryMib, diskMib } } } : row;
};

export const nodeCapacity = projection<NodeCapacityRow, LedgerEvent>({
  name: 'node-capacity',
  version: 3,
  key: (event) => ('nodeId' in event.data ? (event.data.nodeId ?? '') : ''),
  on: {
    NodeRegistered: weighed<NodeRegistered>((row, { data }) => ({
      status: 'disabled',
      memoryMib: 0,
      diskMib: 0,
      foreignMemoryMib: 0,
      foreignDiskMib: 0,
      allocations: 0,
      holds: {},
      observedAt: null,
      pressure: null,
      pressureSince: null,
      ...row,
      nodeId: data.nodeId,
      region: data.region,
      reserveMemoryMib: data.reserveMemoryMib,
      reserveDiskMib: data.reserveDiskMib,
    })),
    NodeEnabled: (row) => row && { ...row, status: 'enabled' },
    NodeDisabled: (row) => row && { ...row, status: 'disabled' },
    NodeDraining: (row) => row && { ...row, status: 'draining' },
    NodeCapacityObserved: weighed<NodeCapacityObserved>(
      (row, { data }) =>
        row && {
          ...row,
          memoryMib: data.memoryMib,
          diskMib: data.diskMib,
          foreignMemoryMib: data.foreignMemoryMib,
          foreignDiskMib: data.foreignDiskMib,
          allocations: data.allocations.length,
          observedAt: data.observedAt,
        },
    ),
    NodeCapacityHeld: weighed<NodeCapacityHeld>((row, { data }) => {
      if (!row) return undefined;
      const held = { memoryMib: data.memoryMib, diskMib: data.diskMib, ports: data.allocationIds.length, committed: false };
      return { ...row, holds: { ...row.holds, [data.orderId]: held } };
    }),
    NodeHoldCommitted: (row, { data }) => {
      const held = row?.holds[data.orderId];
      return row && held ? { ...row, holds: { ...row.holds, [data.orderId]: { ...held, committed: true } } } : row;
    },
    NodeHoldExtended: weighed<NodeHoldExtended>(sized),
    NodeHoldSettled: weighed<NodeHoldSettled>(sized),
    NodePortsChanged: (row, { data }) => {
      const held = row?.holds[data.orderId];
      return row && held ? { ...row, holds: { ...row.holds, [data.orderId]: { ...held, ports: data.allocationIds.length } } } : row;
    },
    NodeHoldReleased: weighed<NodeHoldReleased>((row, { data }) => {
      if (!row) return undefined;
      const { [data.orderId]: _released, ...holds } = row.holds;
      return { ...row, holds };
    }),
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
