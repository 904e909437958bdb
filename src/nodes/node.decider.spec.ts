import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../platform/refusal.js';
import { specification } from '../../test/support/specification.js';
import { AT } from '../../test/support/samples.js';
import {
  commitHold,
  disableNode,
  drainNode,
  enableNode,
  extendHold,
  freeRoom,
  holdCapacity,
  nodeDecider,
  observeCapacity,
  registerNode,
  releaseHold,
  settleExtension,
} from './node.decider.js';
import type { NodeEvent } from './node.events.js';
import { judgeNodes } from './placement.js';

const given = specification(nodeDecider);
const settings = { region: 'eu-central', reserveMemoryMib: 1024, reserveDiskMib: 0 };
const registered: NodeEvent = { type: 'NodeRegistered', data: { nodeId: '1', ...settings, registeredAt: AT } };
const enabled: NodeEvent = { type: 'NodeEnabled', data: { nodeId: '1', enabledAt: AT } };
const capacity = {
  nodeId: '1',
  memoryMib: 16384,
  diskMib: 100_000,
  foreignMemoryMib: 4096,
  foreignDiskMib: 0,
  allocations: [
    { id: 101, port: 25565 },
    { id: 102, port: 25566 },
    { id: 103, port: 25567 },
  ],
  observedAt: AT,
};
const observed: NodeEvent = { type: 'NodeCapacityObserved', data: capacity };
const need = { memoryMib: 4096, diskMib: 10_000, ports: 1 };
const heldFor = (orderId: string, allocationIds: number[]): NodeEvent => ({
  type: 'NodeCapacityHeld',
  data: { nodeId: '1', orderId, memoryMib: 4096, diskMib: 10_000, allocationIds, heldAt: AT },
});
const ready = [registered, enabled, observed];

describe('a node', () => {
  it('is put to use', () =>
    void given()
      .when(registerNode({ nodeId: '1', settings, at: AT }))
      .then(registered));
  it('says nothing to the same settings again', () =>
    void given(registered)
      .when(registerNode({ nodeId: '1', settings, at: AT }))
      .thenNothing());
  it('is enabled once', () => {
    given(registered)
      .when(enableNode({ at: AT }))
      .then(enabled);
    given(registered, enabled)
      .when(enableNode({ at: AT }))
      .thenNothing();
  });
  it('refuses to be enabled before it is registered', () => {
    given()
      .when(enableNode({ at: AT }))
      .thenRefused('NODE_NOT_REGISTERED');
    given()
      .when(disableNode({ at: AT }))
      .thenRefused('NODE_NOT_REGISTERED');
  });
  it('is disabled once', () => {
    given(registered, enabled)
      .when(disableNode({ at: AT }))
      .then({ type: 'NodeDisabled', data: { nodeId: '1', disabledAt: AT } });
    given(registered)
      .when(disableNode({ at: AT }))
      .thenNothing();
  });
  it('is emptied until it is enabled again', () => {
    const draining = { type: 'NodeDraining', data: { nodeId: '1', drainingAt: AT } } as const;
    given(registered, enabled)
      .when(drainNode({ at: AT }))
      .then(draining);
    given(registered, draining)
      .when(drainNode({ at: AT }))
      .thenNothing();
    given(...ready, draining)
      .when(holdCapacity({ orderId: 'a', need, at: AT }))
      .thenRefused('NODE_FULL');
    given(registered, draining)
      .when(enableNode({ at: AT }))
      .then(enabled);
    given()
      .when(drainNode({ at: AT }))
      .thenRefused('NODE_NOT_REGISTERED');
  });
  it('records only capacity that changed', () => {
    given(registered).when(observeCapacity(capacity)).then(observed);
    given(...ready)
      .when(observeCapacity({ ...capacity, observedAt: '2026-11-02T00:00:00.000Z' }))
      .thenNothing();
    given().when(observeCapacity(capacity)).thenNothing();
  });
});

describe('room on a node', () => {
  it('is held with the first free allocations', () =>
    void given(...ready)
      .when(holdCapacity({ orderId: 'a', need, at: AT }))
      .then(heldFor('a', [101])));
  it('is held once for an order', () =>
    void given(...ready, heldFor('a', [101]))
      .when(holdCapacity({ orderId: 'a', need, at: AT }))
      .thenNothing());
  it('leaves out what is reserved and what others use', () => {
    expect(freeRoom(given(...ready).state).memoryMib).toBe(16384 - 1024 - 4096);
    given(...ready, heldFor('a', [101]), heldFor('b', [102]))
      .when(holdCapacity({ orderId: 'c', need, at: AT }))
      .thenRefused('NODE_FULL');
  });
  it('is refused without free allocations, on a disabled and on an unseen node', () => {
    given(...ready)
      .when(holdCapacity({ orderId: 'a', need: { ...need, ports: 4 }, at: AT }))
      .thenRefused('NODE_FULL');
    given(registered, observed)
      .when(holdCapacity({ orderId: 'a', need, at: AT }))
      .thenRefused('NODE_FULL');
    given(registered, enabled)
      .when(holdCapacity({ orderId: 'a', need, at: AT }))
      .thenRefused('NODE_FULL');
    given()
      .when(holdCapacity({ orderId: 'a', need, at: AT }))
      .thenRefused('NODE_NOT_REGISTERED');
  });
  it('is committed once and given back once', () => {
    const committed: NodeEvent = { type: 'NodeHoldCommitted', data: { nodeId: '1', orderId: 'a', committedAt: AT } };
    const released: NodeEvent = { type: 'NodeHoldReleased', data: { nodeId: '1', orderId: 'a', reason: 'abandoned', releasedAt: AT } };
    given(...ready, heldFor('a', [101]))
      .when(commitHold({ orderId: 'a', at: AT }))
      .then(committed);
    given(...ready, heldFor('a', [101]), committed)
      .when(commitHold({ orderId: 'a', at: AT }))
      .thenNothing();
    given(...ready, heldFor('b', [101]))
      .when(commitHold({ orderId: 'a', at: AT }))
      .thenRefused('ROOM_NOT_HELD');
    given(...ready, heldFor('a', [101]))
      .when(releaseHold({ orderId: 'a', reason: 'abandoned', at: AT }))
      .then(released);
    given(...ready, heldFor('a', [101]), released)
      .when(releaseHold({ orderId: 'a', reason: 'abandoned', at: AT }))
      .thenNothing();
  });
  it('covers the larger of two plans while a change is under way, and the one that is had in the end', () => {
    const size = { memoryMib: 8192, diskMib: 5_000 };
    const extended: NodeEvent = {
      type: 'NodeHoldExtended',
      data: { nodeId: '1', orderId: 'a', changeId: 'c1', memoryMib: 8192, diskMib: 10_000, extendedAt: AT },
    };
    const settled = (memoryMib: number, diskMib: number, changeId = 'c1'): NodeEvent => ({
      type: 'NodeHoldSettled',
      data: { nodeId: '1', orderId: 'a', changeId, memoryMib, diskMib, settledAt: AT },
    });
    const extend = extendHold({ orderId: 'a', changeId: 'c1', size, at: AT });
    const settle = settleExtension({ orderId: 'a', changeId: 'c1', size, at: AT });
    const own = [...ready, heldFor('a', [101])];
    given(...own)
      .when(extend)
      .then(extended);
    given(...own, extended)
      .when(extend)
      .thenNothing();
    given(...own, extended)
      .when(settle)
      .then(settled(8192, 5_000));
    given(...own, extended, settled(8192, 5_000))
      .when(settle)
      .thenNothing();
    given(...own, extended, settled(8192, 5_000))
      .when(extend)
      .thenRefused('PLAN_CHANGE_OVER');
    // A change that was never given room takes none later; one that is followed by another leaves that one its room.
    given(...own)
      .when(settle)
      .then(settled(4096, 10_000));
    const next: NodeEvent = { ...extended, data: { ...extended.data, changeId: 'c2' } };
    given(...own, extended, next)
      .when(settle)
      .then(settled(8192, 10_000));
    expect(freeRoom(given(...own, extended).state).memoryMib).toBe(11_264 - 8192);
  });
  it('is not extended beyond what is there, nor on a disabled node; a smaller plan always fits', () => {
    const extend = (memoryMib: number) => extendHold({ orderId: 'a', changeId: 'c1', size: { memoryMib, diskMib: 1 }, at: AT });
    const full = [...ready, heldFor('a', [101]), heldFor('b', [102])];
    given(...full)
      .when(extend(8192))
      .thenRefused('NODE_FULL');
    given(...full, { type: 'NodeDisabled', data: { nodeId: '1', disabledAt: AT } })
      .when(extend(4097))
      .thenRefused('NODE_FULL');
    given(...ready)
      .when(extend(8192))
      .thenRefused('ROOM_NOT_HELD');
    const data = { nodeId: '1', orderId: 'a', changeId: 'c1', memoryMib: 4096, diskMib: 10_000, extendedAt: AT };
    given(...full)
      .when(extend(1024))
      .then({ type: 'NodeHoldExtended', data });
  });
  it('is never oversold, whatever is held and released', () => {
    const wish = fc.record({
      orderId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      release: fc.boolean(),
      memoryMib: fc.integer({ min: 1, max: 8192 }),
    });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 40 }), (wishes) => {
        let { state } = given(...ready);
        for (const { orderId, release, memoryMib } of wishes) {
          const decide = release
            ? releaseHold({ orderId, reason: 'test', at: AT })
            : holdCapacity({ orderId, need: { memoryMib, diskMib: 1, ports: 1 }, at: AT });
          const decided = decide(state);
          if (decided instanceof Refusal) continue;
          state = decided.reduce((current, fact) => nodeDecider.evolve(current, fact), state);
          const free = freeRoom(state);
          expect(free.memoryMib).toBeGreaterThanOrEqual(0);
          const taken = state.status === 'none' ? [] : Object.values(state.holds).flatMap(({ allocationIds }) => allocationIds);
          expect(new Set(taken).size).toBe(taken.length);
        }
      }),
    );
  });
});

describe('the choice of a node', () => {
  it('takes the one with most free memory and says why not the others', () => {
    const empty = given(...ready).state;
    const fuller = given(...ready, heldFor('a', [101])).state;
    const disabled = given(registered, observed).state;
    const judged = judgeNodes(
      [
        { nodeId: '3', node: disabled },
        { nodeId: '2', node: fuller },
        { nodeId: '1', node: empty },
      ],
      need,
    );
    expect(judged).toStrictEqual([
      { nodeId: '1', rejected: null, freeMemoryMib: 11264 },
      { nodeId: '2', rejected: null, freeMemoryMib: 7168 },
      { nodeId: '3', rejected: 'disabled', freeMemoryMib: 11264 },
    ]);
  });
});
