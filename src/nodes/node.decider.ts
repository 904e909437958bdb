/** Every rule of a node's room: what is promised is never more than what is there. Pure. */
import type { Candidate } from '../orders/order.events.js';
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { NodeCapacityHeld, NodeCapacityObserved, NodeEvent } from './node.events.js';

export interface Settings {
  readonly region: string;
  readonly reserveMemoryMib: number;
  readonly reserveDiskMib: number;
}
type Held = NodeCapacityHeld['data'] & {
  readonly committed: boolean;
  /** For which change of plan it is extended; null for none. */
  readonly extendedFor: string | null;
  /** Changes of plan that are over: what comes late for them extends nothing. */
  readonly settled: readonly string[];
};

export type Node =
  | { readonly status: 'none' }
  | {
      readonly status: 'enabled' | 'disabled' | 'draining';
      readonly nodeId: string;
      readonly settings: Settings;
      readonly observed: NodeCapacityObserved['data'] | null;
      /** By order id: kept for an order, paid or not yet. */
      readonly holds: Readonly<Record<string, Held>>;
    };

const initial: Node = { status: 'none' };

/** What an order needs from a node. */
export interface Need {
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly ports: number;
}

/** Memory and disk still to promise, in MiB, and the allocations nobody has. */
export interface Room {
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly allocationIds: readonly number[];
}

const NO_ROOM: Room = { memoryMib: 0, diskMib: 0, allocationIds: [] };

/** What a state leaves free never changes, and every order of a region asks all its nodes. */
const rooms = new WeakMap<Node, Room>();

/** All zero before the first observation. */
export const freeRoom = (node: Node): Room => {
  const known = rooms.get(node);
  if (known) return known;
  const room = roomOf(node);
  rooms.set(node, room);
  return room;
};

const roomOf = (node: Node): Room => {
  if (node.status === 'none' || !node.observed) return NO_ROOM;
  const { observed, settings } = node;
  const taken = new Set<number>();
  let memoryMib = observed.memoryMib - settings.reserveMemoryMib - observed.foreignMemoryMib;
  let diskMib = observed.diskMib - settings.reserveDiskMib - observed.foreignDiskMib;
  for (const hold of Object.values(node.holds)) {
    memoryMib -= hold.memoryMib;
    diskMib -= hold.diskMib;
    for (const id of hold.allocationIds) taken.add(id);
  }
  return { memoryMib, diskMib, allocationIds: observed.allocations.map(({ id }) => id).filter((id) => !taken.has(id)) };
};

/** Why the node cannot take the order; null when it can. */
export const whyNotFit = (node: Node, need: Need): Candidate['rejected'] => {
  if (node.status !== 'enabled') return 'disabled';
  if (!node.observed) return 'notObserved';
  const free = freeRoom(node);
  if (free.memoryMib < need.memoryMib) return 'memory';
  if (free.diskMib < need.diskMib) return 'disk';
  return free.allocationIds.length < need.ports ? 'ports' : null;
};

/** An operator may say why. */
type Noted = { readonly noteId?: string | undefined };
const noteOf = ({ noteId }: Noted): { noteId?: string } => (noteId === undefined ? {} : { noteId });

/** An operator puts a node to use or changes what it is for. The same settings again are silence. */
export const registerNode =
  (wish: { nodeId: string; settings: Settings; at: string } & Noted) =>
  (node: Node): Decision<NodeEvent> => {
    const { region, reserveMemoryMib, reserveDiskMib } = wish.settings;
    const same =
      node.status !== 'none' &&
      node.settings.region === region &&
      node.settings.reserveMemoryMib === reserveMemoryMib &&
      node.settings.reserveDiskMib === reserveDiskMib;
    if (same) return [];
    return [
      {
        type: 'NodeRegistered',
        data: { nodeId: wish.nodeId, region, reserveMemoryMib, reserveDiskMib, registeredAt: wish.at, ...noteOf(wish) },
      },
    ];
  };

export const enableNode =
  (wish: { at: string } & Noted) =>
  (node: Node): Decision<NodeEvent> => {
    if (node.status === 'none') return refuse('NODE_NOT_REGISTERED');
    return node.status === 'enabled' ? [] : [{ type: 'NodeEnabled', data: { nodeId: node.nodeId, enabledAt: wish.at, ...noteOf(wish) } }];
  };

export const disableNode =
  (wish: { at: string } & Noted) =>
  (node: Node): Decision<NodeEvent> => {
    if (node.status === 'none') return refuse('NODE_NOT_REGISTERED');
    return node.status === 'disabled'
      ? []
      : [{ type: 'NodeDisabled', data: { nodeId: node.nodeId, disabledAt: wish.at, ...noteOf(wish) } }];
  };

/** It is to be emptied; enabled again it is used again. */
export const drainNode =
  (wish: { at: string } & Noted) =>
  (node: Node): Decision<NodeEvent> => {
    if (node.status === 'none') return refuse('NODE_NOT_REGISTERED');
    return node.status === 'draining'
      ? []
      : [{ type: 'NodeDraining', data: { nodeId: node.nodeId, drainingAt: wish.at, ...noteOf(wish) } }];
  };

const sameCapacity = (a: NodeCapacityObserved['data'], b: NodeCapacityObserved['data']): boolean =>
  JSON.stringify({ ...a, observedAt: '' }) === JSON.stringify({ ...b, observedAt: '' });

/** What the panel says; only a change is a fact. A node nobody registered is not ours to record. */
export const observeCapacity =
  (seen: NodeCapacityObserved['data']) =>
  (node: Node): Decision<NodeEvent> => {
    if (node.status === 'none') return [];
    return node.observed && sameCapacity(node.observed, seen) ? [] : [{ type: 'NodeCapacityObserved', data: seen }];
  };

/** Keeps room for one order, once. Refused, never oversold. */
export const holdCapacity =
  (wish: { orderId: string; need: Need; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    if (node.status === 'none') return refuse('NODE_NOT_REGISTERED');
    if (node.holds[wish.orderId]) return [];
    if (whyNotFit(node, wish.need) !== null) return refuse('NODE_FULL');
    const allocationIds = freeRoom(node).allocationIds.slice(0, wish.need.ports);
    const { memoryMib, diskMib } = wish.need;
    return [
      {
        type: 'NodeCapacityHeld',
        data: { nodeId: node.nodeId, orderId: wish.orderId, memoryMib, diskMib, allocationIds, heldAt: wish.at },
      },
    ];
  };

/** The order was paid. Refused where it has no room: a server would stand where other orders were promised it. */
export const commitHold =
  (wish: { orderId: string; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    const hold = node.status === 'none' ? undefined : node.holds[wish.orderId];
    if (!hold) return refuse('ROOM_NOT_HELD', 409, `No room is held for order ${wish.orderId}.`);
    return hold.committed
      ? []
      : [{ type: 'NodeHoldCommitted', data: { nodeId: hold.nodeId, orderId: wish.orderId, committedAt: wish.at } }];
  };

/** Memory and disk of a hold, in MiB. */
export type Size = Pick<Need, 'memoryMib' | 'diskMib'>;

/**
 * What a hold must have so that the server fits with the old plan and with the new, in MiB; `fits` is whether the node has that much, where
 * less is never refused.
 */
export const extensionOf = (node: Node, orderId: string, size: Size): (Size & { readonly fits: boolean }) | null => {
  const hold = node.status === 'none' ? undefined : node.holds[orderId];
  if (!hold) return null;
  const memoryMib = Math.max(hold.memoryMib, size.memoryMib);
  const diskMib = Math.max(hold.diskMib, size.diskMib);
  const more = { memoryMib: memoryMib - hold.memoryMib, diskMib: diskMib - hold.diskMib, ports: 0 };
  return { memoryMib, diskMib, fits: (more.memoryMib === 0 && more.diskMib === 0) || whyNotFit(node, more) === null };
};

/** Room for a change of plan. Refused, never oversold; quiet when it is there already. */
export const extendHold =
  (wish: { orderId: string; changeId: string; size: Size; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    const { orderId, changeId, size, at } = wish;
    const hold = node.status === 'none' ? undefined : node.holds[orderId];
    const extension = extensionOf(node, orderId, size);
    if (!hold || !extension) return refuse('ROOM_NOT_HELD', 409, `No room is held for order ${orderId}.`);
    if (hold.settled.includes(changeId)) return refuse('PLAN_CHANGE_OVER');
    if (hold.extendedFor === changeId) return [];
    const { fits, memoryMib, diskMib } = extension;
    if (!fits) return refuse('NODE_FULL');
    return [{ type: 'NodeHoldExtended', data: { nodeId: hold.nodeId, orderId, changeId, memoryMib, diskMib, extendedAt: at } }];
  };

/** The change of plan is over: the hold has the size of the plan the order has, unless it is extended for another change by now. */
export const settleExtension =
  (wish: { orderId: string; changeId: string; size: Size; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    const { orderId, changeId, size, at } = wish;
    const hold = node.status === 'none' ? undefined : node.holds[orderId];
    if (!hold || hold.settled.includes(changeId)) return [];
    const { memoryMib, diskMib } = hold.extendedFor === changeId ? size : hold;
    return [{ type: 'NodeHoldSettled', data: { nodeId: hold.nodeId, orderId, changeId, memoryMib, diskMib, settledAt: at } }];
  };

/** Frees the room of an order that can no longer be paid, or whose server the panel confirmed gone. */
export const releaseHold =
  (wish: { orderId: string; reason: string; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    if (node.status === 'none' || !node.holds[wish.orderId]) return [];
    return [{ type: 'NodeHoldReleased', data: { nodeId: node.nodeId, orderId: wish.orderId, reason: wish.reason, releasedAt: wish.at } }];
  };

type HoldEvent = Extract<NodeEvent, { type: 'NodeHoldCommitted' | 'NodeHoldExtended' | 'NodeHoldSettled' | 'NodePortsChanged' }>;
const withHold = (hold: Held, event: HoldEvent): Held => {
  if (event.type === 'NodeHoldCommitted') return { ...hold, committed: true };
  if (event.type === 'NodePortsChanged') return { ...hold, allocationIds: event.data.allocationIds };
  const { changeId, memoryMib, diskMib } = event.data;
  if (event.type === 'NodeHoldExtended') return { ...hold, memoryMib, diskMib, extendedFor: changeId };
  const extendedFor = hold.extendedFor === changeId ? null : hold.extendedFor;
  return { ...hold, memoryMib, diskMib, extendedFor, settled: [...hold.settled, changeId] };
};

const evolve = (node: Node, event: NodeEvent): Node => {
  if (event.type === 'NodeRegistered') {
    const { nodeId, region, reserveMemoryMib, reserveDiskMib } = event.data;
    const settings = { region, reserveMemoryMib, reserveDiskMib };
    return node.status === 'none' ? { status: 'disabled', nodeId, settings, observed: null, holds: {} } : { ...node, settings };
  }
  if (node.status === 'none') return node;
  switch (event.type) {
    case 'NodeEnabled':
      return { ...node, status: 'enabled' };
    case 'NodeDisabled':
      return { ...node, status: 'disabled' };
    case 'NodeDraining':
      return { ...node, status: 'draining' };
    case 'NodeCapacityObserved':
      return { ...node, observed: event.data };
    case 'NodeCapacityHeld':
      return {
        ...node,
        holds: { ...node.holds, [event.data.orderId]: { ...event.data, committed: false, extendedFor: null, settled: [] } },
      };
    case 'NodeHoldCommitted':
    case 'NodeHoldExtended':
    case 'NodeHoldSettled':
    case 'NodePortsChanged': {
      const hold = node.holds[event.data.orderId];
      return hold ? { ...node, holds: { ...node.holds, [event.data.orderId]: withHold(hold, event) } } : node;
    }
    case 'NodeHoldReleased': {
      const { [event.data.orderId]: _released, ...holds } = node.holds;
      return { ...node, holds };
    }
  }
};

export const nodeDecider: Decider<Node, NodeEvent> = { category: 'node', initial, evolve };
