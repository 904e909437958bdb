import { describe, expect, it } from '@jest/globals';
import { sameRowsInAnyBatches } from '../../test/support/batches.js';
import { project, sample } from '../../test/support/project.js';
import { provisioningHealth } from './provisioning-health.projection.js';

const fold = project(provisioningHealth);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const [START, CREATE, INSTALL] = [`${ORDER}/start/`, `${ORDER}/create/1`, `${ORDER}/install/`];
const nothing = { code: null, field: null, nodeId: null, adopted: false };
const startRow = {
  ...{ factKey: START, orderId: ORDER, step: 'start', attempt: null, outcome: 'done', ...nothing, nodeId: '3' },
  ...{ startedAt: '2026-11-03T18:22:41.000Z', endedAt: '2026-11-03T18:22:42.000Z', durationMs: '1000', at: '2026-11-03T18:22:42.000Z' },
};
const claimedRow = {
  ...{ factKey: CREATE, orderId: ORDER, step: 'create', attempt: 1, outcome: 'running', ...nothing, nodeId: '3' },
  ...{ startedAt: '2026-11-03T18:22:43.000Z', endedAt: null, durationMs: null, at: '2026-11-03T18:22:43.000Z' },
};
const creationEnded = { endedAt: '2026-11-03T18:22:46.000Z', durationMs: '3000', at: '2026-11-03T18:22:46.000Z' };
const createdRow = { ...claimedRow, outcome: 'done', ...creationEnded };
const failedRow = { ...claimedRow, outcome: 'failed', code: 'ValidationException', field: 'allocation.default', ...creationEnded };
const installRow = {
  ...{ factKey: INSTALL, orderId: ORDER, step: 'install', attempt: null, outcome: 'done', ...nothing },
  ...{ startedAt: '2026-11-03T18:22:46.000Z', endedAt: '2026-11-03T18:25:11.000Z', durationMs: '145000', at: '2026-11-03T18:25:11.000Z' },
};

const started = sample('ProvisioningStarted', 0);
const claimed = sample('ServerCreationStarted', 1);
const failed = sample('ProvisioningAttemptFailed', 2);
const created = sample('ServerCreated', 3, 'attempt');
const help = sample('ProvisioningNeedsHuman', 4);
const ready = sample('ServerReady', 5, 'created');

describe('provisioning-health', () => {
  it('measures how long a paid order waited for its saga', () => {
    expect(fold(started)).toStrictEqual({ [START]: startRow });
  });

  it('measures an attempt at the panel from its claim', () => {
    expect(fold(claimed)).toStrictEqual({ [CREATE]: claimedRow });
    expect(fold(claimed, created)).toStrictEqual({ [CREATE]: createdRow });
    expect(fold(claimed, { ...created, data: { ...created.data, adopted: true } })[CREATE]).toStrictEqual({ ...createdRow, adopted: true });
  });

  it('names why an attempt failed, and keeps each attempt', () => {
    expect(fold(claimed, failed)).toStrictEqual({ [CREATE]: failedRow });
    const again = [
      { ...claimed, data: { ...claimed.data, attempt: 2 } },
      { ...created, data: { ...created.data, attempt: 2 } },
    ];
    const second = { ...createdRow, factKey: `${ORDER}/create/2`, attempt: 2 };
    expect(fold(claimed, failed, ...again)).toStrictEqual({ [CREATE]: failedRow, [`${ORDER}/create/2`]: second });
    const failedAgain = { ...failed, data: { ...failed.data, attempt: 2 } };
    expect(fold(again[0] ?? claimed, failedAgain)).toStrictEqual({
      [`${ORDER}/create/2`]: { ...failedRow, factKey: `${ORDER}/create/2`, attempt: 2 },
    });
  });

  it('measures the install from the creation', () => {
    expect(fold(ready)).toStrictEqual({ [INSTALL]: installRow });
  });

  it('keeps each call for help', () => {
    const [first, second] = [help, { ...help, id: 'event-9' }];
    const row = {
      ...{ orderId: ORDER, step: 'install', attempt: null, outcome: 'needsHuman', ...nothing, code: 'INSTALL_OVERDUE' },
      ...{ startedAt: null, endedAt: '2026-11-03T18:37:50.000Z', durationMs: null, at: '2026-11-03T18:37:50.000Z' },
    };
    expect(fold(first, sample('ProvisioningRetryRequested'), second)).toStrictEqual({
      'event-4': { factKey: 'event-4', ...row },
      'event-9': { factKey: 'event-9', ...row },
    });
  });

  it('measures a change of a running server from its first attempt to its end, the last of each kind', () => {
    const [claim, suspended] = [sample('ServerChangeStarted'), sample('ServerSuspended')];
    const at = (event: typeof claim, attempt: number, occurredAt: string) => ({
      ...event,
      data: { ...event.data, attempt },
      metadata: { ...event.metadata, occurredAt },
    });
    const [first, second] = [at(claim, 1, '2026-12-06T18:22:10.000Z'), at(claim, 2, '2026-12-06T18:22:40.000Z')];
    const factKey = `${ORDER}/suspend/`;
    const begun = { startedAt: '2026-12-06T18:22:10.000Z', endedAt: null, durationMs: null, at: '2026-12-06T18:22:10.000Z' };
    const row = { factKey, orderId: ORDER, step: 'suspend', attempt: 2, outcome: 'running', ...nothing, ...begun };
    expect(fold(first, second)).toStrictEqual({ [factKey]: row });
    const done = { outcome: 'done', endedAt: '2026-12-06T18:22:42.000Z', durationMs: '32000', at: '2026-12-06T18:22:42.000Z' };
    expect(fold(first, second, suspended)).toStrictEqual({ [factKey]: { ...row, ...done } });
    const again = at(claim, 3, '2027-01-06T18:00:00.000Z');
    const anew = { ...row, attempt: 3, startedAt: '2027-01-06T18:00:00.000Z', at: '2027-01-06T18:00:00.000Z' };
    expect(fold(first, suspended, again)).toStrictEqual({ [factKey]: anew });
    const failure = { ...failed, data: { ...failed.data, step: 'suspend' as const, attempt: 1 } };
    expect(Object.keys(fold(first, failure))).toStrictEqual([factKey, `${ORDER}/suspend/1`]);
  });

  it('tells a resize that was given up, and no deletion where there was no server', () => {
    const givenUp = sample('ServerResizeGivenUp');
    const { code, givenUpAt } = givenUp.data;
    expect(fold(givenUp)).toMatchObject({ [`${ORDER}/resize/`]: { outcome: 'failed', code, endedAt: givenUpAt } });
    const deleted = sample('ServerDeleted');
    expect(fold(deleted)).toMatchObject({ [`${ORDER}/delete/`]: { outcome: 'done', endedAt: deleted.data.deletedAt } });
    expect(fold({ ...deleted, data: { ...deleted.data, serverId: null } })).toStrictEqual({});
  });

  it('understands the first events, which say less', () => {
    const factKey = `${ORDER}/create/`;
    const unmeasured = { ...createdRow, factKey, attempt: null, startedAt: null, durationMs: null };
    expect(fold(sample('ServerCreated'))).toStrictEqual({ [factKey]: unmeasured });
    expect(fold(sample('ServerReady'))).toStrictEqual({ [INSTALL]: { ...installRow, startedAt: null, durationMs: null } });
  });

  it('is the same in any batches', () => {
    sameRowsInAnyBatches(provisioningHealth, [started, claimed, failed, created, help, ready]);
  });
});
