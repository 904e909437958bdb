import { describe, expect, it } from '@jest/globals';
import { AT, CUSTOMER, ORDER, hold, resources } from '../../test/support/samples.js';
import { specification } from '../../test/support/specification.js';
import type { PanelServer } from '../pterodactyl/panel.types.js';
import { driftsOf, expectedOf, type Expected } from './drift.js';
import { recordDrift, requestRepair } from './drift.decider.js';
import type { Drift, DriftKind } from './drift.events.js';
import { provisioningDecider } from './provisioning.decider.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { nextStep } from './provisioning.saga.js';

const given = specification(provisioningDecider);
const externalId = `order_${ORDER}`;

const started: ProvisioningEvent = {
  type: 'ProvisioningStarted',
  data: {
    ...{ orderId: ORDER, customerId: CUSTOMER, panelUserId: 7, planId: 'minecraft-4g', gameId: 'minecraft', configurationId: 'c' },
    ...{ resources, hold, externalId, installLimitMs: 600_000, paidAt: AT, startedAt: AT },
  },
};
const claimed: ProvisioningEvent = {
  type: 'ServerCreationStarted',
  data: { orderId: ORDER, attempt: 1, externalId, nodeId: '1', callDeadlineAt: AT, settledAt: AT },
};
const created: ProvisioningEvent = {
  type: 'ServerCreated',
  data: {
    ...{ orderId: ORDER, nodeId: '1', attempt: 1, serverId: 5, identifier: 'abcd1234', adopted: false, createdAt: AT },
    installDeadlineAt: AT,
  },
};
const installing = [started, claimed, created];
const ready: ProvisioningEvent[] = [
  ...installing,
  { type: 'ServerReady', data: { orderId: ORDER, serverId: 5, identifier: 'abcd1234', createdAt: AT, readyAt: AT } },
];
const wanted = (want: 'running' | 'suspended' | 'gone'): ProvisioningEvent => ({
  type: 'ServerStateWanted',
  data: { orderId: ORDER, want, reason: 'unpaid', wantedAt: AT },
});
const suspended: ProvisioningEvent = { type: 'ServerSuspended', data: { orderId: ORDER, serverId: 5, suspendedAt: AT } };
const deleted: ProvisioningEvent = { type: 'ServerDeleted', data: { orderId: ORDER, serverId: 5, deletedAt: AT } };

const expected: Expected = { serverId: 5, externalId, panelUserId: 7, nodeId: '1', resources, suspended: false };
const server: PanelServer = {
  ...{ id: 5, externalId, uuid: 'u', identifier: 'abcd1234', name: 'n', status: null, suspended: false, userId: 7, nodeId: 1 },
  ...{ allocationId: 1, eggId: 39, createdAt: AT },
  limits: { memory: 4096, swap: 0, disk: 10_240, io: 500, cpu: 200, threads: null },
  featureLimits: { databases: 0, allocations: 1, backups: 1 },
};
const shows = (change: Partial<PanelServer> = {}) => ({ own: { ...server, ...change }, named: { ...server, ...change } });
const drift = (kind: DriftKind, [was, found]: readonly [string | null, string | null], serverId = 5): Drift => ({
  ...{ kind, serverId, expected: was, found },
});

describe('in what the panel differs from the record', () => {
  it('is nothing while it shows the server as it should be', () => {
    expect(driftsOf(expected, shows())).toStrictEqual([]);
    expect(driftsOf({ ...expected, suspended: true }, shows({ suspended: true, status: 'suspended' }))).toStrictEqual([]);
    expect(driftsOf(null, { own: undefined, named: undefined })).toStrictEqual([]);
  });
  it.each<[string, Partial<PanelServer>, Drift]>([
    ['suspended by hand', { suspended: true }, drift('suspended', ['running', 'suspended'])],
    ['its owner', { userId: 8 }, drift('owner', ['7', '8'])],
    ['its node', { nodeId: 2 }, drift('node', ['1', '2'])],
    ['its limits', { limits: { ...server.limits, memory: 8192, cpu: 0 } }, drift('limits', ['memory 4096, cpu 200', 'memory 8192, cpu 0'])],
    ['what it may have', { featureLimits: { ...server.featureLimits, backups: 9 } }, drift('limits', ['backups 1', 'backups 9'])],
  ])('is %s', (_what, change, found) => expect(driftsOf(expected, shows(change))).toStrictEqual([found]));
  it('is that it runs although it is suspended on record', () =>
    expect(driftsOf({ ...expected, suspended: true }, shows())).toStrictEqual([drift('unsuspended', ['suspended', 'running'])]));
  it('is that it is missing', () =>
    expect(driftsOf(expected, { own: undefined, named: undefined })).toStrictEqual([drift('missing', ['5', null])]));
  it('is that it lost its external id, whatever it carries instead', () =>
    expect(driftsOf(expected, { own: { ...server, externalId: 'Ada' }, named: undefined })).toStrictEqual([
      drift('externalId', [externalId, null]),
    ]));
  it('is a server where there should be none, or another than the one on record', () => {
    expect(driftsOf(null, { own: undefined, named: server })).toStrictEqual([drift('unexpected', [null, '5'])]);
    expect(driftsOf(expected, { own: undefined, named: { ...server, id: 6 } })).toStrictEqual([
      drift('missing', ['5', null]),
      drift('unexpected', [null, '6'], 6),
    ]);
  });
});

describe('what the panel should show', () => {
  const shown = (...past: ProvisioningEvent[]) => expectedOf(given(...past).state);
  it('is the server as it stands on record', () => {
    expect(shown(...installing)).toStrictEqual(expected);
    expect(shown(...ready)).toStrictEqual(expected);
    expect(shown(...ready, wanted('suspended'), suspended)).toStrictEqual({ ...expected, suspended: true });
  });
  it('is nothing for an order that has no server any more, or never had one', () => {
    expect(shown()).toBeNull();
    expect(shown(...ready, wanted('gone'), deleted)).toBeNull();
  });
  it('is not known while something is under way', () => {
    expect(shown(started)).toBeUndefined();
    expect(shown(started, claimed)).toBeUndefined();
    expect(shown(...ready, wanted('suspended'))).toBeUndefined();
  });
});

const byHand = drift('suspended', ['running', 'suspended']);
const observed = (...drifts: Drift[]): ProvisioningEvent => ({
  type: 'ServerDriftObserved',
  data: { orderId: ORDER, drifts, observedAt: AT },
});
const cleared: ProvisioningEvent = { type: 'ServerDriftCleared', data: { orderId: ORDER, clearedAt: AT } };

describe('a difference', () => {
  const record = (...drifts: Drift[]) => recordDrift({ orderId: ORDER, drifts, at: AT });
  it('is recorded when it comes, when it changes and when it goes, and not again', () => {
    const limits = drift('limits', ['memory 1', 'memory 2']);
    given(...ready)
      .when(record(byHand))
      .then(observed(byHand));
    given(...ready, observed(byHand))
      .when(record(byHand))
      .thenNothing();
    given(...ready, observed(byHand))
      .when(record(byHand, limits))
      .then(observed(byHand, limits));
    given(...ready, observed(byHand))
      .when(record())
      .then(cleared);
    given(...ready, observed(byHand), cleared)
      .when(record())
      .thenNothing();
  });
  it('is recorded of an order that never wanted a server', () => {
    const stray = drift('unexpected', [null, '5']);
    given().when(record(stray)).then(observed(stray));
    given(observed(stray)).when(record(stray)).thenNothing();
  });
  it('outlives what else happens to the server', () =>
    given(...ready, observed(byHand), wanted('suspended'), suspended)
      .when(record(byHand))
      .thenNothing());
});

describe('a repair', () => {
  const wish = (kind: DriftKind) => ({ orderId: ORDER, kind, repairId: 'repair-1', noteId: 'note-1', requestedAt: AT });
  const requested = (kind: DriftKind): ProvisioningEvent => ({ type: 'ServerRepairRequested', data: { ...wish(kind), serverId: 5 } });
  const limits = drift('limits', ['memory 4096', 'memory 8192']);
  const released = drift('unsuspended', ['suspended', 'running']);
  const stopped = [...ready, wanted('suspended'), suspended];

  it.each<[string, { past: ProvisioningEvent[]; seen: Drift; change: string }]>([
    ['of a suspension by hand lets it run again', { past: ready, seen: byHand, change: 'unsuspend' }],
    ['of one that was lifted by hand suspends it again', { past: stopped, seen: released, change: 'suspend' }],
    ['of its limits gives it its size again', { past: ready, seen: limits, change: 'resize' }],
  ])('%s', (_what, { past, seen, change }) => {
    given(...past, observed(seen))
      .when(requestRepair(wish(seen.kind)))
      .then(requested(seen.kind));
    const { state } = given(...past, observed(seen), requested(seen.kind));
    expect(nextStep(state, AT)).toStrictEqual({ do: 'changeServer', change, serverId: 5 });
  });
  it('of the limits asks for the size on record, under a name of its own', () => {
    const { state } = given(...ready, observed(limits), requested('limits'));
    expect(state.size).toStrictEqual({ orderId: ORDER, changeId: 'repair-1', planId: 'minecraft-4g', resources, wantedAt: AT });
  });
  it('of a server that nobody should have is granted only where the order has none', () => {
    const stray = drift('unexpected', [null, '6'], 6);
    const request: ProvisioningEvent = { type: 'ServerRepairRequested', data: { ...wish('unexpected'), serverId: 6 } };
    given(observed(stray))
      .when(requestRepair(wish('unexpected')))
      .then(request);
    given(...ready, wanted('gone'), deleted, observed(stray))
      .when(requestRepair(wish('unexpected')))
      .then(request);
    for (const past of [[started], [started, claimed], ready])
      given(...past, observed(stray))
        .when(requestRepair(wish('unexpected')))
        .thenRefused('SERVER_BUSY');
    expect(nextStep(given(observed(stray), request).state, AT)).toStrictEqual({ do: 'nothing' });
  });
  it.each([
    ['missing', 'order move --accept-data-loss'],
    ['owner', 'give it back to its owner on the panel'],
    ['externalId', 'write its external id again'],
    ['node', 'order move --accept-data-loss'],
  ] as const)('of a difference in %s is refused, and says what to do instead', (kind, instead) => {
    const refusal = requestRepair(wish(kind))(given(...ready, observed(drift(kind, ['7', '8']))).state);
    expect(refusal).toMatchObject({ code: 'DRIFT_NOT_REPAIRABLE', message: expect.stringContaining(instead) });
  });
  it('is refused for what was not seen, for what only a person can mend, and while something else is being done', () => {
    given(...ready)
      .when(requestRepair(wish('limits')))
      .thenRefused('DRIFT_NOT_SEEN');
    given(...ready, observed(drift('owner', ['7', '8'])))
      .when(requestRepair(wish('owner')))
      .thenRefused('DRIFT_NOT_REPAIRABLE');
    given(...ready, observed(limits), wanted('suspended'))
      .when(requestRepair(wish('limits')))
      .thenRefused('SERVER_BUSY');
    given(...installing, observed(byHand))
      .when(requestRepair(wish('suspended')))
      .thenRefused('SERVER_BUSY');
    given(...ready, observed(limits), requested('limits'))
      .when(requestRepair(wish('limits')))
      .thenRefused('SERVER_BUSY');
  });
});
