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
  pressure: null,
  pressureSince: null,
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
const extended = sample('NodeHoldExtended');
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

  it('is pressed from 80 % promised, critically from 95 %, and no more only when it is well below', () => {
    // 54 of 64 GiB may be sold: 2 GiB are kept back, 8 GiB are foreign.
    const soldMib = 65_536 - 2_048 - 8_192;
    let hour = 0;
    const at = <E extends { metadata: object }>(event: E): E => ({
      ...event,
      metadata: { ...event.metadata, occurredAt: `2026-12-01T${String((hour += 1)).padStart(2, '0')}:00:00.000Z` },
    });
    const sizedTo = (share: number) => at({ ...extended, data: { ...extended.data, memoryMib: Math.ceil(soldMib * share) } });
    const shares = [0.79, 0.8, 0.94, 0.95, 1, 0.94, 0.93, 0.92, 0.79, 0.78, 0.77, 0.95, 0.5];
    const events = shares.map(sizedTo);
    const seen = shares.map((_, index) => {
      const row = fold(...opened, first, ...events.slice(0, index + 1))['3'];
      return `${row?.pressure ?? 'none'} ${row?.pressureSince?.slice(11, 13) ?? ''}`.trim();
    });
    expect(seen).toStrictEqual([
      ...['none', 'warning 02', 'warning 02', 'critical 04', 'critical 04', 'critical 04', 'critical 04'],
      // That it gets better is not told as if it had become bad again.
      ...['warning 04', 'warning 04', 'warning 04', 'none', 'critical 12', 'none'],
    ]);
    const kept = at({ ...sample('NodeRegistered'), data: { ...sample('NodeRegistered').data, reserveMemoryMib: 60_000 } });
    expect(fold(...opened, first, kept)['3']?.pressure).toBe('critical');
    expect(fold(...opened, first, kept, sample('NodeHoldReleased'))['3']?.pressure).toBe('critical');
    expect(fold(sample('NodeRegistered'))['3']?.pressure).toBeNull();
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
