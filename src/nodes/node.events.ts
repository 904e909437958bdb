/** Room on a panel node: what it has, what is promised to whom. Stream `node-<panelNodeId>`. */
import type { Fact } from '../platform/event.js';

export interface Allocation {
  readonly id: number;
  readonly port: number;
}

/** An operator put the node to use: which region it serves and what is kept back for the host. */
export type NodeRegistered = Fact<
  'NodeRegistered',
  {
    readonly nodeId: string;
    readonly region: string;
    readonly reserveMemoryMib: number;
    readonly reserveDiskMib: number;
    readonly registeredAt: string;
    /** The reason, which is kept sealed. */
    readonly noteId?: string;
  }
>;
/** New orders may be placed on it. */
export type NodeEnabled = Fact<'NodeEnabled', { readonly nodeId: string; readonly enabledAt: string; readonly noteId?: string }>;
/** No new orders; what is there stays. */
export type NodeDisabled = Fact<'NodeDisabled', { readonly nodeId: string; readonly disabledAt: string; readonly noteId?: string }>;
/** It is to be emptied: no new orders, and those that are there are to be moved. */
export type NodeDraining = Fact<'NodeDraining', { readonly nodeId: string; readonly drainingAt: string; readonly noteId?: string }>;
/** What the panel says of the node, recorded when it changed. */
export type NodeCapacityObserved = Fact<
  'NodeCapacityObserved',
  {
    readonly nodeId: string;
    readonly memoryMib: number;
    readonly diskMib: number;
    /** Used by servers that are not ours. */
    readonly foreignMemoryMib: number;
    readonly foreignDiskMib: number;
    /** Allocations that no foreign server has. */
    readonly allocations: readonly Allocation[];
    readonly observedAt: string;
  }
>;
/** Room is kept for an order that may still be paid. */
export type NodeCapacityHeld = Fact<
  'NodeCapacityHeld',
  {
    readonly nodeId: string;
    readonly orderId: string;
    readonly memoryMib: number;
    readonly diskMib: number;
    readonly allocationIds: readonly number[];
    readonly heldAt: string;
  }
>;
/** The order was paid: the room is the order's until its end. */
export type NodeHoldCommitted = Fact<
  'NodeHoldCommitted',
  { readonly nodeId: string; readonly orderId: string; readonly committedAt: string }
>;
/** The order's room also covers another plan, which is being changed to: it counts for the larger of both until that is settled. */
export type NodeHoldExtended = Fact<
  'NodeHoldExtended',
  {
    readonly nodeId: string;
    readonly orderId: string;
    readonly changeId: string;
    /** All of the hold, as is `diskMib`. */
    readonly memoryMib: number;
    readonly diskMib: number;
    readonly extendedAt: string;
  }
>;
/** The change of plan is over, and the order's room is that of the plan it has; nothing extends it for that change any more. */
export type NodeHoldSettled = Fact<
  'NodeHoldSettled',
  {
    readonly nodeId: string;
    readonly orderId: string;
    readonly changeId: string;
    readonly memoryMib: number;
    readonly diskMib: number;
    readonly settledAt: string;
  }
>;
/** The order's server changes its ports: these are all that are kept for it, for a time the old and the new. */
export type NodePortsChanged = Fact<
  'NodePortsChanged',
  { readonly nodeId: string; readonly orderId: string; readonly allocationIds: readonly number[]; readonly changedAt: string }
>;
/** The room is free again. */
export type NodeHoldReleased = Fact<
  'NodeHoldReleased',
  { readonly nodeId: string; readonly orderId: string; readonly reason: string; readonly releasedAt: string }
>;

export type NodeEvent =
  | NodeRegistered
  | NodeEnabled
  | NodeDisabled
  | NodeDraining
  | NodeCapacityObserved
  | NodeCapacityHeld
  | NodeHoldCommitted
  | NodeHoldExtended
  | NodeHoldSettled
  | NodePortsChanged
  | NodeHoldReleased;
