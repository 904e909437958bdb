import { describe, expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { nodeCapacity } from './node-capacity.projection.js';

const fold = project(nodeCapacity);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const registered = {
  nodeId: '3',
  region: 'eu-central',
  status: 'disabled',
  reserveMemoryMib: 2048,
  reserveDiskMib: 20480,
  memoryMib: 0,
  diskMib: 0,
  foreignMemoryMib: 0,
  foreignDiskMib: 0,
  allocations: 0,
  holds: {},
  observedAt: null,
};
const enabled = {
  ...registered,
  status: 'enabled',
  memoryMib: 65536,
  diskMib: 953344,
  foreignMemoryMib: 8192,
  foreignDiskMib: 40960,
  allocations: 2,
  observedAt: '2026-10-12T08:01:34.000Z',
};
const held = { memoryMib: 4096, diskMib: 10240, ports: 1, committed: false };
const promised = { ...enabled, holds: { [ORDER]: { ...held, committed: true } } };

const opened = [sample('NodeRegistered'), sample('NodeCapacityObserved'), sample('NodeEnabled')];
const life = [...opened, sample('NodeCapacityHeld'), sample('NodeHoldCommitted')];
const first = sample('NodeCapacityHeld');
const other = { ...first, data: { ...first.data, orderId: 'other', allocationIds: [1188, 1189] } };

describe('node-capacity', () => {
  it('starts disabled and with nothing observed', () => {
    expect(fold(sample('NodeRegistered'))).toStrictEqual({ '3': registered });
  });

  it('has what the panel says of it', () => {
    expect(fold(...opened)).toStrictEqual({ '3': enabled });
  });

  it('promises room to an order and commits it', () => {
    expect(fold(...life.slice(0, 4))).toStrictEqual({ '3': { ...enabled, holds: { [ORDER]: held } } });
    expect(fold(...life)).toStrictEqual({ '3': promised });
  });

  it('releases the room of one order and keeps the other’s', () => {
    const row = { ...enabled, holds: { other: { ...held, ports: 2 } } };
    expect(fold(...life, other, sample('NodeHoldReleased'))).toStrictEqual({ '3': row });
  });

  it('commits only the order named', () => {
    const row = { ...enabled, holds: { other: { ...held, ports: 2 }, [ORDER]: { ...held, committed: true } } };
    expect(fold(...opened, other, first, sample('NodeHoldCommitted'))).toStrictEqual({ '3': row });
  });

  it('commits and releases nothing that was not held', () => {
    expect(fold(...opened, sample('NodeHoldCommitted'), sample('NodeHoldReleased'))).toStrictEqual({ '3': enabled });
  });

  it('keeps what is there when it is disabled', () => {
    expect(fold(...life, sample('NodeDisabled'))).toStrictEqual({ '3': { ...promised, status: 'disabled' } });
  });

  it('takes a new region and reserve when registered again, and keeps the rest', () => {
    const node = sample('NodeRegistered');
    const moved = { ...node, data: { ...node.data, region: 'eu-north', reserveMemoryMib: 4096, reserveDiskMib: 0 } };
    const row = { ...promised, region: 'eu-north', reserveMemoryMib: 4096, reserveDiskMib: 0 };
    expect(fold(...life, moved)).toStrictEqual({ '3': row });
  });

  it('has no row for a node it never saw registered', () => {
    expect(fold(...life.slice(1), sample('NodeHoldReleased'))).toStrictEqual({});
  });

  it('gives the same rows when folded again', () => {
    fold(...life);
    expect(fold(...life)).toStrictEqual({ '3': promised });
  });
});
