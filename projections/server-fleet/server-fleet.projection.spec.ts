import { describe, expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { serverFleet } from './server-fleet.projection.js';

const fold = project(serverFleet);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const resources = {
  ...{ memoryMib: 4096, diskMib: 10240, cpuPercent: 200, swapMib: 0, io: 500, threads: null, databases: 0, backups: 1, ports: 1 },
};
const creating = {
  orderId: ORDER,
  customerId: '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210',
  planId: 'minecraft-4g',
  gameId: 'minecraft',
  nodeId: '3',
  ...{ memoryMib: 4096, diskMib: 10240, cpuPercent: 200 },
  resources,
  panelUserId: 412,
  externalId: `order_${ORDER}`,
  serverId: null,
  identifier: null,
  status: 'creating',
  adopted: false,
  attempts: 0,
  createdAt: null,
  readyAt: null,
  suspendedAt: null,
  deletedAt: null,
  drifts: [],
};
const installing = {
  ...creating,
  serverId: 2093,
  identifier: '9f1c27ab',
  status: 'installing',
  attempts: 1,
  createdAt: '2026-11-03T18:22:46.000Z',
};
const ready = { ...installing, status: 'ready', readyAt: '2026-11-03T18:25:11.000Z' };

const created = [sample('ProvisioningStarted'), sample('ServerCreationStarted'), sample('ServerCreated')];
const life = [...created, sample('ServerReady')];

describe('server-fleet', () => {
  it('has a server from the moment it is wanted', () => {
    expect(fold(sample('ProvisioningStarted'))).toStrictEqual({ [ORDER]: creating });
  });

  it('is installing once the panel has it, and then ready', () => {
    expect(fold(...created)).toStrictEqual({ [ORDER]: installing });
    expect(fold(...life)).toStrictEqual({ [ORDER]: ready });
  });

  it('counts the attempts and takes an adopted server where it stands', () => {
    const started = sample('ServerCreationStarted');
    const second = { ...started, data: { ...started.data, attempt: 2 } };
    const made = sample('ServerCreated');
    const adopted = { ...made, data: { ...made.data, adopted: true, nodeId: '4' } };
    const row = { ...installing, attempts: 2, adopted: true, nodeId: '4' };
    expect(fold(sample('ProvisioningStarted'), started, sample('ProvisioningAttemptFailed'), second, adopted)).toStrictEqual({
      [ORDER]: row,
    });
  });

  it('asks for attention', () => {
    expect(fold(...created, sample('ProvisioningNeedsHuman'))).toStrictEqual({ [ORDER]: { ...installing, status: 'attention' } });
  });

  it('goes back to installing on a retry when the server exists', () => {
    const events = [...created, sample('ProvisioningNeedsHuman'), sample('ProvisioningRetryRequested')];
    expect(fold(...events)).toStrictEqual({ [ORDER]: installing });
  });

  it('goes back to creating on a retry when there is no server yet', () => {
    const events = [...created.slice(0, 2), sample('ProvisioningNeedsHuman'), sample('ProvisioningRetryRequested')];
    expect(fold(...events)).toStrictEqual({ [ORDER]: { ...creating, attempts: 1 } });
  });

  it('is suspended, runs again and is deleted', () => {
    const suspended = { ...ready, status: 'suspended', suspendedAt: '2026-12-06T18:22:42.000Z' };
    expect(fold(...life, sample('ServerStateWanted'), sample('ServerChangeStarted'))).toStrictEqual({ [ORDER]: ready });
    expect(fold(...life, sample('ServerSuspended'))).toStrictEqual({ [ORDER]: suspended });
    expect(fold(...life, sample('ServerSuspended'), sample('ServerUnsuspended'))).toStrictEqual({ [ORDER]: ready });
    const deleted = { ...suspended, status: 'deleted', deletedAt: '2027-01-03T18:22:50.000Z' };
    expect(fold(...life, sample('ServerSuspended'), sample('ServerDeleted'))).toStrictEqual({ [ORDER]: deleted });
  });

  it('shows in what the panel differs, until it does no more', () => {
    const { drifts } = sample('ServerDriftObserved').data;
    expect(fold(...life, sample('ServerDriftObserved'))).toStrictEqual({ [ORDER]: { ...ready, drifts } });
    const repaired = [sample('ServerDriftObserved'), sample('ServerRepairRequested'), sample('ServerDriftCleared')];
    expect(fold(...life, ...repaired)).toStrictEqual({ [ORDER]: ready });
  });

  it('is again what it was once nobody is asked any more', () => {
    const asked = [...life, sample('ServerSuspended'), sample('ProvisioningNeedsHuman')];
    expect(fold(...asked)[ORDER]?.status).toBe('attention');
    expect(fold(...asked, sample('ServerChangeStarted'))[ORDER]?.status).toBe('suspended');
    expect(fold(...asked, sample('ProvisioningRetryRequested'))[ORDER]?.status).toBe('suspended');
  });

  it('has no row for an order that is only placed and paid', () => {
    expect(fold(sample('OrderPlaced'), sample('OrderPaid'))).toStrictEqual({});
  });

  it('gives the same rows when folded again', () => {
    fold(...life);
    expect(fold(...life)).toStrictEqual({ [ORDER]: ready });
  });
});
