import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT } from '../../test/support/samples.js';
import { addPorts, holdForMove, leavePorts } from './move-room.decider.js';
import { freeRoom, nodeDecider } from './node.decider.js';
import type { NodeEvent } from './node.events.js';

const given = specification(nodeDecider);
const need = { memoryMib: 4096, diskMib: 10_000, ports: 1 };
const seen = (...ids: number[]): NodeEvent[] => [
  { type: 'NodeRegistered', data: { nodeId: '1', region: 'eu-central', reserveMemoryMib: 0, reserveDiskMib: 0, registeredAt: AT } },
  { type: 'NodeEnabled', data: { nodeId: '1', enabledAt: AT } },
  {
    type: 'NodeCapacityObserved',
    data: {
      ...{ nodeId: '1', memoryMib: 4096, diskMib: 100_000, foreignMemoryMib: 0, foreignDiskMib: 0, observedAt: AT },
      allocations: ids.map((id) => ({ id, port: 25_000 + id })),
    },
  },
];
const held: NodeEvent = {
  type: 'NodeCapacityHeld',
  data: { nodeId: '1', orderId: 'a', memoryMib: 4096, diskMib: 10_000, allocationIds: [1], heldAt: AT },
};
const committed: NodeEvent = { type: 'NodeHoldCommitted', data: { nodeId: '1', orderId: 'a', committedAt: AT } };
const ports = (...allocationIds: number[]): NodeEvent => ({
  type: 'NodePortsChanged',
  data: { nodeId: '1', orderId: 'a', allocationIds, changedAt: AT },
});

describe('room for a server that comes from elsewhere', () => {
  const hold = holdForMove({ orderId: 'a', need, at: AT });
  it('is kept as paid for, once', () => {
    given(...seen(1, 2))
      .when(hold)
      .then(held, committed);
    given(...seen(1, 2), held, committed)
      .when(hold)
      .thenNothing();
  });
  it('is never oversold', () =>
    void given(...seen(1, 2), held)
      .when(holdForMove({ orderId: 'b', need, at: AT }))
      .thenRefused('NODE_FULL'));
});

describe('other ports on the same node', () => {
  const add = addPorts({ orderId: 'a', from: [1], ports: 1, at: AT });
  it('are kept beside the old ones, once, and take no more memory', () => {
    given(...seen(1, 2), held)
      .when(add)
      .then(ports(1, 2));
    given(...seen(1, 2), held, ports(1, 2))
      .when(add)
      .thenNothing();
    expect(freeRoom(given(...seen(1, 2, 3), held, ports(1, 2)).state)).toStrictEqual({
      memoryMib: 0,
      diskMib: 90_000,
      allocationIds: [3],
    });
  });
  it('are refused where there are none, and for an order without room', () => {
    given(...seen(1), held)
      .when(add)
      .thenRefused('NODE_FULL');
    given(...seen(1, 2))
      .when(add)
      .thenRefused('ROOM_NOT_HELD');
  });
  it('replace the old ones once the server has left those', () => {
    const leave = leavePorts({ orderId: 'a', ports: [1], at: AT });
    given(...seen(1, 2), held, ports(1, 2))
      .when(leave)
      .then(ports(2));
    given(...seen(1, 2), held, ports(1, 2), ports(2))
      .when(leave)
      .thenNothing();
    expect(freeRoom(given(...seen(1, 2), held, ports(1, 2), ports(2)).state).allocationIds).toStrictEqual([1]);
  });
});
