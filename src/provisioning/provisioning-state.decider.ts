/** The state of an order's server and of the saga about it, folded from its events. Pure. */
import type { DriftEvent, ServerRepairRequested } from './drift.events.js';
import type { ProvisioningAttemptFailed, ProvisioningEvent, ProvisioningStepName } from './provisioning.events.js';
import type { Install, Provisioning, Stage, Standing, Wishes } from './provisioning-shape.decider.js';
import type { ServerActionEvent } from './server-action.events.js';
import type { ServerChangeStarted, ServerResized, ServerStateWanted } from './server-life.events.js';
import type { ServerMoveWanted, ServerReinstalled, ServerRemoved } from './server-move.events.js';

export type { Move, Provisioning, Standing } from './provisioning-shape.decider.js';

type Active = Exclude<Provisioning, { status: 'idle' | 'deleted' }>;

const UNTROUBLED: Install = { trouble: null, startedAt: null, reinstalls: 0, recreations: 0, everReady: false };

export const initial: Provisioning = {
  ...{ status: 'idle', wanted: null, answered: true, size: null, sized: true, changes: 0, drifts: [] },
  ...{ install: UNTROUBLED, move: null, reinstall: null },
};

/** What the order wants of its server now. */
export const wantOf = ({ wanted }: Wishes): ServerStateWanted['data']['want'] => wanted?.want ?? 'running';

const wishesOf = ({ wanted, answered, size, sized, changes, drifts, install, move, reinstall }: Wishes): Wishes => ({
  ...{ wanted, answered, size, sized, changes, drifts, install, move, reinstall },
});

type Grounds = Pick<Standing, 'started' | 'server'> & Wishes;

/** A server at this stage, to which nothing was tried yet. */
const standing = (saga: Grounds, status: Stage): Standing => {
  const { started, server } = saga;
  return { ...wishesOf(saga), status, started, server, failures: 0, refusal: null, retryAt: null };
};

export const isStanding = (saga: Provisioning): saga is Standing =>
  saga.status === 'installing' || saga.status === 'ready' || saga.status === 'suspended';

/** Where the saga goes on when a person is no longer waited for. */
const resumed = (saga: Extract<Provisioning, { status: 'needsHuman' }>, at: string): Provisioning => {
  const { server, from, started, tried } = saga;
  const wishes = { ...wishesOf(saga), install: { ...UNTROUBLED, everReady: saga.install.everReady } };
  return server
    ? standing({ ...wishes, started, server }, from)
    : { ...wishes, status: 'toCreate', started, attempts: 0, tried, retryAt: at };
};

/** A new wish starts counting anew, and makes a person superfluous who was asked about the old one, or about a server that is to go. */
const wished = (saga: Provisioning, { wish, at }: { wish: Partial<Wishes>; at: string }): Provisioning => {
  const next = { ...saga, ...wish };
  if (isStanding(next)) return { ...next, failures: 0, refusal: null, retryAt: null };
  if (next.status === 'changing') return { ...next, failures: 0 };
  const asked = next.status === 'needsHuman' && next.step !== 'create' && next.step !== 'install';
  return next.status === 'needsHuman' && (asked || wish.wanted?.want === 'gone') ? resumed(next, at) : next;
};

/** A move for an install that failed counts; one that an operator wants begins anew. */
const moveWanted = (saga: Provisioning, wish: ServerMoveWanted['data']): Provisioning => {
  const recreations = wish.reason === 'operator' ? 0 : saga.install.recreations + 1;
  const next = wished(saga, { wish: { move: { wish, hold: null } }, at: wish.wantedAt });
  return { ...next, install: { ...next.install, recreations } };
};

/** The server has gone from where it was; its next is made where there is room for it. */
const removed = (saga: Active, { to, removedAt }: ServerRemoved['data']): Provisioning => {
  const server = 'server' in saga ? saga.server : null;
  const install = { ...saga.install, trouble: null, startedAt: null, everReady: false };
  return {
    ...{ ...wishesOf(saga), install, move: null, reinstall: null },
    ...{ status: 'toCreate', started: { ...saga.started, hold: to }, attempts: 0, retryAt: removedAt },
    tried: server ? (server.attempt ?? 0) : 'tried' in saga ? saga.tried : 0,
  };
};

const reinstalled = (saga: Active, { installDeadlineAt }: ServerReinstalled['data']): Provisioning => {
  if (!('server' in saga) || !saga.server) return saga;
  const install = { ...saga.install, trouble: null, startedAt: null, reinstalls: saga.install.reinstalls + 1 };
  const wishes = { ...wishesOf(saga), install, reinstall: null };
  return standing({ ...wishes, started: saga.started, server: { ...saga.server, installDeadlineAt } }, 'installing');
};

const troubled = (saga: Active, trouble: string): Provisioning =>
  saga.status === 'installing' ? { ...saga, install: { ...saga.install, trouble } } : saga;

const unmoved = (saga: Active, moveId: string): Provisioning => {
  if (saga.move?.wish.moveId !== moveId) return saga;
  const still = { ...saga, move: null };
  return isStanding(still) ? standing(still, still.status) : still;
};

const failedAgain = (saga: Active, { retryAt, code, final }: ProvisioningAttemptFailed['data']): Provisioning => {
  const { started } = saga;
  if (saga.status === 'creating')
    return { ...wishesOf(saga), status: 'toCreate', started, attempts: saga.attempts, tried: saga.claim.attempt, retryAt };
  return saga.status === 'changing'
    ? { ...standing(saga, saga.from), failures: saga.failures + 1, refusal: final === true ? code : null, retryAt }
    : saga;
};

const needsHuman = (saga: Active, { step, code }: { step: ProvisioningStepName; code: string }): Provisioning => ({
  ...wishesOf(saga),
  status: 'needsHuman',
  started: saga.started,
  tried: saga.status === 'toCreate' ? saga.tried : 0,
  step,
  code,
  server: 'server' in saga ? saga.server : null,
  from: isStanding(saga) ? saga.status : 'from' in saga ? saga.from : 'installing',
});

const changing = (saga: Active, claim: ServerChangeStarted['data']): Provisioning =>
  isStanding(saga)
    ? {
        ...{ ...wishesOf(saga), changes: claim.attempt, status: 'changing', started: saga.started, server: saga.server },
        ...{ from: saga.status, failures: saga.failures, claim },
      }
    : saga;

/** What the panel has come to, as long as there is a server. A wish is answered by this alone: by what was confirmed after it was made. */
const reached = (saga: Active, status: Stage): Provisioning => {
  if (!('server' in saga) || !saga.server) return saga;
  const answered = saga.answered || wantOf(saga) === (status === 'suspended' ? 'suspended' : 'running');
  return standing({ ...wishesOf(saga), answered, started: saga.started, server: saga.server }, status);
};

const installed = (saga: Active): Active => ({ ...saga, install: { ...saga.install, trouble: null, everReady: true } });

/** The size is no longer waited for; what the panel was told otherwise stands as it stood. */
const sizedNow = (saga: Active, resized: ServerResized['data'] | null): Provisioning => {
  if (!('server' in saga) || !saga.server) return { ...saga, sized: true };
  const { server } = saga;
  const started = resized ? { ...saga.started, planId: resized.planId, resources: resized.resources } : saga.started;
  const wishes = { ...wishesOf(saga), sized: true };
  if (isStanding(saga)) return standing({ ...wishes, started, server }, saga.status);
  const isOver = saga.status === 'changing' || saga.step === 'resize';
  return isOver ? standing({ ...wishes, started, server }, saga.from) : { ...saga, ...wishes, started };
};

/** What was asked of the panel before is asked again: its size under a new name, so that no change of plan takes the answer for its own. */
const repaired = (saga: Provisioning, { kind, orderId, repairId, requestedAt }: ServerRepairRequested['data']): Provisioning => {
  if (!isStanding(saga)) return saga;
  const { planId, resources } = saga.started;
  const size = { orderId, changeId: repairId, planId, resources, wantedAt: requestedAt };
  return wished(saga, { wish: kind === 'limits' ? { size, sized: false } : { answered: false }, at: requestedAt });
};

const drifted = (saga: Provisioning, event: DriftEvent): Provisioning => {
  switch (event.type) {
    case 'ServerRepairRequested':
      return repaired(saga, event.data);
    case 'ServerDriftObserved':
      return { ...saga, drifts: event.data.drifts };
    case 'ServerDriftCleared':
      return { ...saga, drifts: [] };
    case 'ServerRepairFailed':
    case 'ServerSyncRequested':
    case 'ServerSynced':
      return saga;
  }
};

const DRIFTS: Readonly<Record<DriftEvent['type'], true>> = {
  ...{ ServerDriftObserved: true, ServerDriftCleared: true, ServerRepairRequested: true },
  ...{ ServerRepairFailed: true, ServerSyncRequested: true, ServerSynced: true },
};
const isDrift = (event: ProvisioningEvent): event is DriftEvent => Object.hasOwn(DRIFTS, event.type);

/** What people do on a running server changes nothing of what is wanted of it; while it installs only the saga does anything. */
const ACTIONS: Readonly<Record<ServerActionEvent['type'], true>> = {
  ...{ ServerActionStarted: true, ServerActionEnded: true, ServerConsoleOpened: true },
  ...{ ServerRenameRequested: true, ServerRenamed: true, ServerRenameFailed: true },
};
const isAction = (event: ProvisioningEvent): event is ServerActionEvent => Object.hasOwn(ACTIONS, event.type);

const acted = (saga: Provisioning, event: ServerActionEvent): Provisioning =>
  saga.status === 'installing' && event.type === 'ServerActionStarted'
    ? { ...saga, install: { ...saga.install, startedAt: event.data.startedAt } }
    : saga;

type Wish = Extract<ProvisioningEvent, { type: `Server${string}Wanted` }>;
const WISHES: Readonly<Record<Wish['type'], true>> = {
  ...{ ServerStateWanted: true, ServerSizeWanted: true, ServerMoveWanted: true, ServerReinstallWanted: true },
};
const isWish = (event: ProvisioningEvent): event is Wish => Object.hasOwn(WISHES, event.type);

const withWish = (saga: Provisioning, event: Wish): Provisioning => {
  const at = event.data.wantedAt;
  switch (event.type) {
    case 'ServerStateWanted':
      return wished(saga, { wish: { wanted: event.data, answered: false }, at });
    case 'ServerSizeWanted':
      return wished(saga, { wish: { size: event.data, sized: false }, at });
    case 'ServerMoveWanted':
      return moveWanted(saga, event.data);
    case 'ServerReinstallWanted':
      return wished(saga, { wish: { reinstall: event.data }, at });
  }
};

export const evolve = (saga: Provisioning, event: ProvisioningEvent): Provisioning => {
  if (isDrift(event)) return drifted(saga, event);
  if (isAction(event)) return acted(saga, event);
  if (event.type === 'ProvisioningStarted')
    return { ...wishesOf(saga), status: 'toCreate', started: event.data, attempts: 0, tried: 0, retryAt: event.data.startedAt };
  if (isWish(event)) return withWish(saga, event);
  if (event.type === 'ServerDeleted')
    return { ...wishesOf(saga), answered: true, move: null, reinstall: null, status: 'deleted', serverId: event.data.serverId };
  return saga.status === 'idle' || saga.status === 'deleted' ? saga : evolveActive(saga, event);
};

const evolveActive = (
  saga: Active,
  event: Exclude<
    ProvisioningEvent,
    DriftEvent | ServerActionEvent | { type: 'ProvisioningStarted' | 'ServerDeleted' | `Server${string}Wanted` }
  >,
): Provisioning => {
  const { started } = saga;
  switch (event.type) {
    case 'ServerCreationStarted': {
      const attempts = saga.status === 'toCreate' ? saga.attempts + 1 : 1;
      return { ...wishesOf(saga), status: 'creating', started, attempts, claim: event.data };
    }
    case 'ServerCreated':
      return standing({ ...wishesOf(saga), started, server: event.data }, 'installing');
    case 'ServerInstallFailed':
      return troubled(saga, event.data.code);
    case 'ServerReinstalled':
      return reinstalled(saga, event.data);
    case 'ServerMovePlaced':
      return saga.move?.wish.moveId === event.data.moveId ? { ...saga, move: { ...saga.move, hold: event.data.hold } } : saga;
    case 'ServerMoveGivenUp':
      return unmoved(saga, event.data.moveId);
    case 'ServerRemoved':
      return removed(saga, event.data);
    case 'ProvisioningAttemptFailed':
      return failedAgain(saga, event.data);
    case 'ServerReady':
      return saga.status === 'installing' || saga.status === 'needsHuman' ? reached(installed(saga), 'ready') : saga;
    case 'ServerUnsuspended':
      return reached(saga, 'ready');
    case 'ServerSuspended':
      return reached(saga, 'suspended');
    case 'ServerResized':
      return sizedNow(saga, event.data);
    case 'ServerResizeGivenUp':
      return sizedNow(saga, null);
    case 'ServerChangeStarted':
      return changing(saga, event.data);
    case 'ProvisioningNeedsHuman':
      return needsHuman(saga, event.data);
    case 'ProvisioningRetryRequested':
      return saga.status === 'needsHuman' ? resumed(saga, event.data.requestedAt) : saga;
  }
};
