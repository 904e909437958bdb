/** The facts of bringing one server to life, and the claims that keep two of us from calling the panel at once. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type {
  ProvisioningEvent,
  ProvisioningStarted,
  ServerCreated,
  ServerCreationStarted,
  ProvisioningStepName,
} from './provisioning.events.js';
import type { ServerStateWanted } from './server-life.events.js';

type Started = ProvisioningStarted['data'];

/** `wanted`: the order's last wish; null while it has none but to have its server run. */
export type Provisioning = { readonly wanted: ServerStateWanted['data'] | null } & (
  | { readonly status: 'idle' }
  /** A creation may be tried from `retryAt` on; `attempts` counts since the last time a person asked. */
  | { readonly status: 'toCreate'; readonly started: Started; readonly attempts: number; readonly tried: number; readonly retryAt: string }
  | { readonly status: 'creating'; readonly started: Started; readonly attempts: number; readonly claim: ServerCreationStarted['data'] }
  | { readonly status: 'installing'; readonly started: Started; readonly server: ServerCreated['data'] }
  | { readonly status: 'ready'; readonly started: Started; readonly server: ServerCreated['data'] }
  | {
      readonly status: 'needsHuman';
      readonly started: Started;
      readonly tried: number;
      readonly code: string;
      readonly server: ServerCreated['data'] | null;
    }
);

const initial: Provisioning = { status: 'idle', wanted: null };

/** What the order wants of its server now. */
export const wantOf = ({ wanted }: Provisioning): ServerStateWanted['data']['want'] => wanted?.want ?? 'running';

/** The order wants its server in another state than before, also one that is not made yet. Nothing is wanted any more of one that is to go. */
export const wantServerState =
  (wish: ServerStateWanted['data']) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    wantOf(saga) === wish.want || wantOf(saga) === 'gone' ? [] : [{ type: 'ServerStateWanted', data: wish }];

export const startProvisioning =
  (data: Started) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    saga.status === 'idle' ? [{ type: 'ProvisioningStarted', data }] : [];

/** Claims one attempt at creating. Refused unless it is time and nobody else's claim stands. */
export const claimCreation =
  (claim: { at: string; callDeadlineAt: string; settledAt: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'toCreate' || claim.at < saga.retryAt) return refuse('CREATION_NOT_DUE');
    const { orderId, externalId, hold } = saga.started;
    const { callDeadlineAt, settledAt } = claim;
    return [
      {
        type: 'ServerCreationStarted',
        data: { orderId, attempt: saga.tried + 1, externalId, nodeId: hold.nodeId, callDeadlineAt, settledAt },
      },
    ];
  };

/** The panel has the server. Quiet when that is already recorded. */
export const recordCreated =
  (server: Omit<ServerCreated['data'], 'orderId' | 'nodeId' | 'attempt'>) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'creating') return [];
    const { orderId, hold } = saga.started;
    return [{ type: 'ServerCreated', data: { orderId, nodeId: hold.nodeId, attempt: saga.claim.attempt, ...server } }];
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
    const server = saga.status === 'installing' || saga.status === 'needsHuman' ? saga.server : null;
    if (!server) return [];
    const { orderId, serverId, identifier, createdAt } = server;
    return [{ type: 'ServerReady', data: { orderId, serverId, identifier, createdAt, readyAt: ready.at } }];
  };

export const askForHelp =
  (reason: { step: ProvisioningStepName; code: string; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status === 'idle' || saga.status === 'ready' || saga.status === 'needsHuman' || saga.status === 'creating') return [];
    return [
      {
        type: 'ProvisioningNeedsHuman',
        data: { orderId: saga.started.orderId, step: reason.step, code: reason.code, raisedAt: reason.at },
      },
    ];
  };

/** An operator wants it tried again. */
export const requestRetry =
  (wish: { at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    saga.status === 'needsHuman'
      ? [{ type: 'ProvisioningRetryRequested', data: { orderId: saga.started.orderId, requestedAt: wish.at } }]
      : refuse('PROVISIONING_NOT_WAITING_FOR_HELP');

const failedAgain = (saga: Provisioning, retryAt: string): Provisioning =>
  saga.status === 'creating'
    ? { status: 'toCreate', wanted: saga.wanted, started: saga.started, attempts: saga.attempts, tried: saga.claim.attempt, retryAt }
    : saga;

const needsHuman = (saga: Exclude<Provisioning, { status: 'idle' }>, code: string): Provisioning => ({
  status: 'needsHuman',
  wanted: saga.wanted,
  started: saga.started,
  tried: saga.status === 'toCreate' ? saga.tried : 0,
  code,
  server: 'server' in saga ? saga.server : null,
});

const retried = (saga: Exclude<Provisioning, { status: 'idle' }>, requestedAt: string): Provisioning => {
  if (saga.status !== 'needsHuman') return saga;
  const { wanted, started, server, tried } = saga;
  return server
    ? { status: 'installing', wanted, started, server }
    : { status: 'toCreate', wanted, started, attempts: 0, tried, retryAt: requestedAt };
};

const evolve = (saga: Provisioning, event: ProvisioningEvent): Provisioning => {
  const { wanted } = saga;
  if (event.type === 'ProvisioningStarted')
    return { status: 'toCreate', wanted, started: event.data, attempts: 0, tried: 0, retryAt: event.data.startedAt };
  if (event.type === 'ServerStateWanted') return { ...saga, wanted: event.data };
  if (saga.status === 'idle') return saga;
  const { started } = saga;
  switch (event.type) {
    case 'ServerCreationStarted':
      return { status: 'creating', wanted, started, attempts: saga.status === 'toCreate' ? saga.attempts + 1 : 1, claim: event.data };
    case 'ServerCreated':
      return { status: 'installing', wanted, started, server: event.data };
    case 'ProvisioningAttemptFailed':
      return failedAgain(saga, event.data.retryAt);
    case 'ServerReady':
      return saga.status === 'installing' || (saga.status === 'needsHuman' && saga.server)
        ? { status: 'ready', wanted, started, server: saga.server as ServerCreated['data'] }
        : saga;
    case 'ProvisioningNeedsHuman':
      return needsHuman(saga, event.data.code);
    case 'ProvisioningRetryRequested':
      return retried(saga, event.data.requestedAt);
    case 'ServerChangeStarted':
    case 'ServerSuspended':
    case 'ServerUnsuspended':
    case 'ServerDeleted':
      return saga;
  }
};

export const provisioningDecider: Decider<Provisioning, ProvisioningEvent> = { category: 'provisioning', initial, evolve };
