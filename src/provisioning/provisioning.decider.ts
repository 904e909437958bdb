/** The facts of bringing one server to life and of what becomes of it, and the claims that keep two of us from calling the panel at once. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { ProvisioningEvent, ProvisioningStarted, ProvisioningStepName, ServerCreated } from './provisioning.events.js';
import { evolve, initial, isStanding, wantOf, type Provisioning } from './provisioning-state.decider.js';
import { changeDue } from './server-change.decider.js';
import { endOfMove } from './server-move.decider.js';
import type { ServerStateWanted } from './server-life.events.js';

export type { Provisioning } from './provisioning-state.decider.js';

/** The order wants its server in another state than before, also one that is not made yet. Nothing is wanted any more of one that is to go. */
export const wantServerState =
  (wish: ServerStateWanted['data']) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    wantOf(saga) === wish.want || wantOf(saga) === 'gone' ? [] : [{ type: 'ServerStateWanted', data: wish }];

export const startProvisioning =
  (data: ProvisioningStarted['data']) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    saga.status === 'idle' ? [{ type: 'ProvisioningStarted', data }] : [];

/** Claims one attempt at creating. Refused unless it is time, the server is wanted and nobody else's claim stands. */
export const claimCreation =
  (claim: { at: string; callDeadlineAt: string; settledAt: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'toCreate' || claim.at < saga.retryAt || wantOf(saga) === 'gone' || saga.move) return refuse('CREATION_NOT_DUE');
    const { orderId, externalId, hold } = saga.started;
    const { callDeadlineAt, settledAt } = claim;
    return [
      {
        type: 'ServerCreationStarted',
        data: { orderId, attempt: saga.tried + 1, externalId, nodeId: hold.nodeId, callDeadlineAt, settledAt },
      },
    ];
  };

/** The panel has the server, as we asked or, when it is to go or to be made elsewhere, as an attempt left it. Quiet when that is already recorded. */
export const recordCreated =
  (server: Omit<ServerCreated['data'], 'orderId' | 'nodeId' | 'attempt'>) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const isLeftOver = saga.status === 'toCreate' && (wantOf(saga) === 'gone' || saga.move !== null);
    if (saga.status !== 'creating' && !isLeftOver) return [];
    const { orderId, hold } = saga.started;
    const attempt = saga.status === 'creating' ? saga.claim.attempt : saga.tried;
    return [{ type: 'ServerCreated', data: { orderId, nodeId: hold.nodeId, attempt, ...server } }];
  };

export const recordAttemptFailed =
  (failure: { code: string; field: string | null; at: string; retryAt: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'creating') return [];
    const { code, field, at, retryAt } = failure;
    const { orderId } = saga.started;
    return [
      {
        type: 'ProvisioningAttemptFailed',
        data: { orderId, step: 'create', attempt: saga.claim.attempt, code, field, failedAt: at, retryAt },
      },
    ];
  };

/** Ready may come late, even after a person was asked: it is a fact all the same. */
export const recordReady =
  (ready: { at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (!isInstalling(saga)) return [];
    const { orderId, serverId, identifier, createdAt } = saga.server;
    const readyNow = { type: 'ServerReady', data: { orderId, serverId, identifier, createdAt, readyAt: ready.at } } as const;
    return saga.move?.wish.dataLossAccepted ? [readyNow] : [readyNow, ...endOfMove(saga, { code: 'READY_MEANWHILE', at: ready.at })];
  };

/** The panel says that the install failed, or it took too long. Recorded once for each time it began. */
export const recordInstallFailed =
  ({ code, at }: { code: string; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'installing' || saga.install.trouble !== null) return [];
    const { orderId, serverId } = saga.server;
    return [{ type: 'ServerInstallFailed', data: { orderId, serverId, code, failedAt: at } }];
  };

const isInstalling = (
  saga: Provisioning,
): saga is Exclude<Provisioning, { status: 'idle' | 'deleted' }> & { server: ServerCreated['data'] } =>
  saga.status === 'installing' || (saga.status === 'needsHuman' && saga.server !== null && saga.from === 'installing');

/** Whether the saga may have come to its end with this step; never while a call may be under way. */
const isStuck = (saga: Provisioning, step: ProvisioningStepName): boolean => {
  if (step === 'create') return saga.status === 'toCreate' && wantOf(saga) !== 'gone';
  if (step === 'install') return saga.status === 'installing';
  return isStanding(saga) && changeDue(saga) === step;
};

export const askForHelp =
  (reason: { step: ProvisioningStepName; code: string; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const { step, code, at } = reason;
    if (!('started' in saga) || !isStuck(saga, step)) return [];
    return [{ type: 'ProvisioningNeedsHuman', data: { orderId: saga.started.orderId, step, code, raisedAt: at } }];
  };

/** An operator wants it tried again. */
export const requestRetry =
  ({ at, noteId = null }: { at: string; noteId?: string | null }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'needsHuman') return refuse('PROVISIONING_NOT_WAITING_FOR_HELP');
    const data = { orderId: saga.started.orderId, ...(noteId === null ? {} : { noteId }), requestedAt: at };
    return [{ type: 'ProvisioningRetryRequested', data }];
  };

export const provisioningDecider: Decider<Provisioning, ProvisioningEvent> = { category: 'provisioning', initial, evolve };
