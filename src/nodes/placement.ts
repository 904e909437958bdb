/** Which node an order goes to, and why not the others. Pure. */
import type { Candidate } from '../orders/order.events.js';
import { freeRoom, whyNotFit, type Need, type Node } from './node.decider.js';

/** Every node of the region judged, the best first: among those that fit the one with most free memory, so that load spreads; ties by id. */
export const judgeNodes = (nodes: readonly { readonly nodeId: string; readonly node: Node }[], need: Need): Candidate[] =>
  nodes
    .map(({ nodeId, node }) => ({ nodeId, rejected: whyNotFit(node, need), freeMemoryMib: freeRoom(node).memoryMib }))
    .sort(
      (a, b) =>
        Number(a.rejected !== null) - Number(b.rejected !== null) || b.freeMemoryMib - a.freeMemoryMib || a.nodeId.localeCompare(b.nodeId),
    );
