/** Room for a server that moves: kept beside what it has, and the old left once the server is gone from there. Pure. */
import type { Decision } from '../platform/decider.js';
import { Refusal, refuse } from '../platform/refusal.js';
import { freeRoom, holdCapacity, whyNotFit, type Need, type Node } from './node.decider.js';
import type { NodeEvent } from './node.events.js';

/** Another node keeps room for a paid order's server. Refused, never oversold; quiet when it does already. */
export const holdForMove =
  (wish: { orderId: string; need: Need; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    const held = holdCapacity(wish)(node);
    if (held instanceof Refusal || held.length === 0 || node.status === 'none') return held;
    return [...held, { type: 'NodeHoldCommitted', data: { nodeId: node.nodeId, orderId: wish.orderId, committedAt: wish.at } }];
  };

/** Other ports beside those the order has. Quiet when it has more than those. */
export const addPorts =
  (wish: { orderId: string; from: readonly number[]; ports: number; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    const { orderId, from, ports, at } = wish;
    const hold = node.status === 'none' ? undefined : node.holds[orderId];
    if (!hold) return refuse('ROOM_NOT_HELD', 409, `No room is held for order ${orderId}.`);
    if (otherPorts(hold.allocationIds, from).length > 0) return [];
    if (whyNotFit(node, { memoryMib: 0, diskMib: 0, ports }) !== null) return refuse('NODE_FULL');
    const added = freeRoom(node).allocationIds.slice(0, ports);
    return [portsOf({ nodeId: hold.nodeId, orderId, allocationIds: [...hold.allocationIds, ...added], changedAt: at })];
  };

/** The order's server has left these ports of the node. Quiet when they are not kept for it. */
export const leavePorts =
  (wish: { orderId: string; ports: readonly number[]; at: string }) =>
  (node: Node): Decision<NodeEvent> => {
    const { orderId, ports, at } = wish;
    const hold = node.status === 'none' ? undefined : node.holds[orderId];
    const kept = otherPorts(hold?.allocationIds ?? [], ports);
    if (!hold || kept.length === hold.allocationIds.length) return [];
    return [portsOf({ nodeId: hold.nodeId, orderId, allocationIds: kept, changedAt: at })];
  };

export const otherPorts = (all: readonly number[], known: readonly number[]): number[] => all.filter((id) => !known.includes(id));

const portsOf = (data: Extract<NodeEvent, { type: 'NodePortsChanged' }>['data']): NodeEvent => ({ type: 'NodePortsChanged', data });
