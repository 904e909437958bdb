import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readModels } from '../../../projections/index.js';
import { applied } from '../../../test/support/apply-changes.js';
import { historyOf, moves, orderIdOf, type Move } from '../../../test/support/histories.js';
import type { Recorded } from '../../platform/event.js';
import { Refusal } from '../../platform/refusal.js';
import { actionsOf, type OrderAction } from './actions.js';
import type { NodeRoom } from './action-choices.js';
import { replayed } from './replay.js';
import type { Situation } from './situation.js';

const ORDER = orderIdOf(0);
const NOW = '2026-11-01T12:00:00.000Z';
const ROOM = { status: 'enabled', region: 'eu-central', freeMemoryMib: 65_536, freeDiskMib: 999_999, freeAllocations: 9 } as const;
const NODES: readonly NodeRoom[] = [
  { ...ROOM, nodeId: '1', freeAllocations: 0 },
  { ...ROOM, nodeId: '2', freeMemoryMib: 1_024 },
  { ...ROOM, nodeId: '3' },
  { ...ROOM, nodeId: '4', status: 'draining' },
  { ...ROOM, nodeId: '5', region: 'elsewhere' },
];

const course = (...what: Move['what'][]): Recorded[] => historyOf(what.map((one) => ({ order: 0, node: 0, what: one })));
const times = (count: number): Move['what'][] => Array.from({ length: count }, () => 'advance');
const DELIVERED = course(...times(12));
const STUCK = course(...times(8), 'claim', 'fail', 'help');

const situationOf = (events: readonly Recorded[]): Situation => {
  const told = replayed({ orderId: ORDER, events, readModels, at: { kind: 'now' }, now: NOW });
  if (told instanceof Refusal) throw told;
  return told.situation;
};
const allOf = (events: readonly Recorded[]): OrderAction[] => actionsOf({ orderId: ORDER, situation: situationOf(events), nodes: NODES });
const actionOf = (events: readonly Recorded[], name: OrderAction['action']): OrderAction => {
  const found = allOf(events).find(({ action }) => action === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const codesOf = (events: readonly Recorded[]): Record<string, string | null> =>
  Object.fromEntries(allOf(events).map(({ action, refusal }) => [action, refusal?.code ?? null]));

describe('what an operator may do', () => {
  it('to a served order is everything but what it does not need', () => {
    expect(codesOf(DELIVERED)).toStrictEqual({
      retry: 'PROVISIONING_NOT_WAITING_FOR_HELP',
      ...{ move: null, reinstall: null, repair: 'DRIFT_NOT_SEEN', suspend: null, resume: 'NOTHING_TO_DO', refund: null, end: null },
    });
  });

  it('to an order nobody paid is nothing, and each refusal says why in words', () => {
    const unpaid = allOf(course('place', 'hold', 'intend', 'open'));
    expect(unpaid.map(({ refusal }) => refusal?.code)).toStrictEqual([
      ...['PROVISIONING_NOT_WAITING_FOR_HELP', 'NO_SERVER_WANTED', 'NO_SERVER_WANTED', 'DRIFT_NOT_SEEN'],
      ...['ORDER_NOT_SERVED', 'ORDER_NOT_SERVED', 'PAYMENT_UNKNOWN', 'ORDER_NOT_SERVED'],
    ]);
    for (const { refusal } of unpaid) expect(refusal?.why).toMatch(/^[A-Z].* .*[.]$/);
  });

  it('to one that waits for help is to try again: the server is then created at once', () => {
    expect(situationOf(STUCK).states.provisioning.status).toBe('needsHuman');
    const { refusal, losesData, effects, preview } = actionOf(STUCK, 'retry');
    expect([refusal, losesData, preview?.records]).toStrictEqual([null, false, ['ProvisioningRetryRequested']]);
    expect(preview?.next).toMatchObject({ by: 'provisioning', step: { do: 'createServer' } });
    expect(preview?.changes).toContainEqual({ path: '/provisioning/status', before: 'needsHuman', after: 'toCreate' });
    expect(effects[0]).toBe('The server is created on node 1 at once.');
    expect(actionOf(STUCK, 'move')).toMatchObject({ losesData: false, preview: { next: { step: { do: 'placeMove' } } } });
  });
});

describe('what is chosen', () => {
  it('is a node of the region: the one with most room first, and those that cannot take it with the reason', () => {
    const { choices, losesData } = actionOf(DELIVERED, 'move');
    expect(losesData).toBe(true);
    expect(choices.map(({ value, refusal }) => [value, refusal])).toStrictEqual([
      ['3', null],
      ['4', 'It takes no new servers: it is draining.'],
      ['2', 'It has too little memory left.'],
      ['otherPorts', 'The node has too few other ports left.'],
    ]);
  });

  it('is a payment with what is left of it; all of the one that pays for the period ends the service', () => {
    const { choices, preview } = actionOf(DELIVERED, 'refund');
    expect(choices).toMatchObject([{ amountMinor: 999, currency: 'eur', endsService: true, refusal: null }]);
    expect(preview?.records).toStrictEqual(['StripeCallIntended']);
    const twice = course('place', 'hold', 'intend', 'open', 'pay', 'payAgain', 'accept', 'accept', ...times(6));
    expect(actionOf(twice, 'refund').choices.map(({ endsService }) => endsService)).toStrictEqual([false, true]);
  });
});

describe('a preview', () => {
  it('is the state that the act leads to, of any order, and there is one for what is not refused', () => {
    fc.assert(
      fc.property(moves(40), (made) => {
        const situation = situationOf(historyOf(made));
        for (const { refusal, preview, effects } of actionsOf({ orderId: ORDER, situation, nodes: NODES })) {
          expect(preview === null).toBe(refusal !== null);
          if (preview === null) continue;
          expect([preview.records.length > 0, effects.length > 0]).toStrictEqual([true, true]);
          const after = applied(situation.states, preview.changes);
          expect(after).not.toStrictEqual(situation.states);
          expect(preview.next.why).toMatch(/^[A-Z0-9].*[.]$/);
        }
      }),
      { numRuns: 25 },
    );
  });
});
