/** Suspending, unsuspending, resizing, reinstalling and deleting a server that stands on the panel: which of them is due, its claim and what came of it. Pure. */
import type { Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { isStanding, wantOf, type Provisioning, type Standing } from './provisioning-state.decider.js';
import { endOfMove, endOfSize, removal, wantedAnew } from './server-move.decider.js';
import type { ServerChange, ServerSizeWanted, ServerStateWanted } from './server-life.events.js';

const CHANGE_FOR: Readonly<Record<ServerStateWanted['data']['want'], ServerChange>> = {
  running: 'unsuspend',
  suspended: 'suspend',
  gone: 'delete',
};

/** A failed install is begun anew once, and that is asked for so often. */
const REINSTALLS_MAX = 1;
const REINSTALL_TRIES_MAX = 3;

/** Whether this is what the order, an operator or a failed install wants done. */
export const isWanted = (change: ServerChange, saga: Provisioning): boolean => {
  if (wantOf(saga) === 'gone') return change === 'delete';
  if (change === 'remove') return saga.move !== null && saga.move.hold !== null;
  if (change === 'reinstall') return saga.move === null && (saga.reinstall !== null || saga.install.trouble !== null);
  return change === 'resize' ? !saga.sized : CHANGE_FOR[wantOf(saga)] === change;
};

const isReinstallDue = ({ status, reinstall, install, failures }: Standing): boolean => {
  if (reinstall !== null) return true;
  const isTroubled = status === 'installing' && install.trouble !== null;
  return isTroubled && install.reinstalls < REINSTALLS_MAX && failures < REINSTALL_TRIES_MAX;
};

/**
 * The order has another plan. Each change of plan is wanted once, and none for a server that is to go; for one that is made anew elsewhere it is given up.
 * @param nodeId where room for the size is kept
 */
export const wantServerSize =
  ({ nodeId, ...wish }: ServerSizeWanted['data'] & { readonly nodeId: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.size?.changeId === wish.changeId || wantOf(saga) === 'gone' || !('started' in saga)) return [];
    const wanted = { type: 'ServerSizeWanted', data: wish } as const;
    const isElsewhere = saga.move !== null || saga.started.hold.nodeId !== nodeId;
    return isElsewhere ? [wanted, ...endOfSize({ ...saga, size: wish, sized: false }, wish.wantedAt)] : [wanted];
  };

/**
 * What is to be done so that the panel has what is wanted. Suspending overwrites the panel's only word on an install, and a server is not resized
 * during one, so both wait until that has ended; deleting needs no such care, and neither does making it anew.
 */
export const changeDue = (saga: Standing): ServerChange | null => {
  const wanted = saga.answered ? null : CHANGE_FOR[wantOf(saga)];
  if (wanted === 'delete') return wanted;
  if (saga.move) return saga.move.hold ? 'remove' : null;
  if (isReinstallDue(saga)) return 'reinstall';
  if (saga.status === 'installing') return null;
  return wanted ?? (isWanted('resize', saga) ? 'resize' : null);
};

/** Claims one attempt at a change. Refused unless it is due and nobody else's claim stands. */
export const claimChange =
  (claim: { change: ServerChange; at: string; callDeadlineAt: string; settledAt: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const { change, at, callDeadlineAt, settledAt } = claim;
    if (!isStanding(saga) || changeDue(saga) !== change || (saga.retryAt !== null && at < saga.retryAt)) return refuse('CHANGE_NOT_DUE');
    const { orderId, serverId } = saga.server;
    return [{ type: 'ServerChangeStarted', data: { orderId, change, serverId, attempt: saga.changes + 1, callDeadlineAt, settledAt } }];
  };

/** The panel has what was to be done, by our call or before it. Quiet when that is already recorded. */
export const recordChanged =
  ({ change, at }: { change: ServerChange; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const isClaimed = saga.status === 'changing' && saga.claim.change === change;
    const isDue = isStanding(saga) && changeDue(saga) === change;
    return isClaimed || isDue ? outcomeOf(change, saga, at) : [];
  };

const outcomeOf = (
  change: ServerChange,
  saga: Pick<Standing, 'server' | 'started' | 'size' | 'move' | 'wanted'>,
  at: string,
): readonly ProvisioningEvent[] => {
  const { orderId, serverId } = saga.server;
  switch (change) {
    case 'suspend':
      return [{ type: 'ServerSuspended', data: { orderId, serverId, suspendedAt: at } }];
    case 'unsuspend':
      return [{ type: 'ServerUnsuspended', data: { orderId, serverId, unsuspendedAt: at } }];
    case 'delete':
      return [...endOfMove(saga, { code: 'ORDER_ENDS', at }), { type: 'ServerDeleted', data: { orderId, serverId, deletedAt: at } }];
    case 'remove':
      return removal(saga, { serverId, at });
    case 'reinstall': {
      const installDeadlineAt = new Date(Date.parse(at) + saga.started.installLimitMs).toISOString();
      return [{ type: 'ServerReinstalled', data: { orderId, serverId, reinstalledAt: at, installDeadlineAt } }, ...wantedAnew(saga, at)];
    }
    case 'resize': {
      const { changeId = '', planId, resources } = saga.size ?? {};
      return planId && resources
        ? [{ type: 'ServerResized', data: { orderId, changeId, serverId, planId, resources, resizedAt: at } }]
        : [];
    }
  }
};

/** The panel shows the server as it was, and is not asked again: the order takes its old plan back. */
export const giveUpResize =
  ({ code, at }: { code: string; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (!isStanding(saga) || changeDue(saga) !== 'resize' || !saga.size) return [];
    const { orderId, serverId } = saga.server;
    return [{ type: 'ServerResizeGivenUp', data: { orderId, changeId: saga.size.changeId, serverId, code, givenUpAt: at } }];
  };

/** Nothing came of the claimed change; `help` when trying again would not mend it. */
export const recordChangeFailed =
  (failure: { code: string; field: string | null; at: string; retryAt: string; help: boolean; final?: boolean }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    if (saga.status !== 'changing') return [];
    const { code, field, at, retryAt, help, final = false } = failure;
    const { change: step, attempt, orderId } = saga.claim;
    const data = { orderId, step, attempt, code, field, ...(final ? { final } : {}), failedAt: at, retryAt };
    const failed = { type: 'ProvisioningAttemptFailed', data } as const;
    return help ? [failed, { type: 'ProvisioningNeedsHuman', data: { orderId, step, code, raisedAt: at } }] : [failed];
  };

/** No server was made for an order that wants none any more. */
export const recordNoServer =
  ({ at }: { at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    (saga.status === 'idle' || saga.status === 'toCreate') && saga.wanted?.want === 'gone'
      ? [
          ...(saga.status === 'toCreate' ? endOfMove(saga, { code: 'ORDER_ENDS', at }) : []),
          { type: 'ServerDeleted', data: { orderId: saga.wanted.orderId, serverId: null, deletedAt: at } },
        ]
      : [];
