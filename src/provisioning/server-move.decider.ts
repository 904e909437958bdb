/** Making a server anew: elsewhere, with other ports, or installed again. Its data is lost by it, so that it needs consent once the server was ready. Pure. */
import type { Candidate, Hold } from '../orders/order.events.js';
import type { Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import type { Wishes } from './provisioning-shape.decider.js';
import { wantOf, type Provisioning, type Standing } from './provisioning-state.decider.js';
import type { ServerMoveWanted, ServerReinstallWanted } from './server-move.events.js';

type Served = Exclude<Provisioning, { status: 'idle' | 'deleted' }>;

const isServed = (saga: Provisioning): saga is Served => 'started' in saga && wantOf(saga) !== 'gone';

/**
 * What an operator may not do to it; null when nothing stands against it. A change of plan is waited for, unless the saga itself waits for a person.
 * @param isPlanChanging by the order's word, which the saga hears only when the change is paid for
 */
const whyNotAnew = (saga: Provisioning, { dataLossAccepted }: { readonly dataLossAccepted: boolean }, isPlanChanging: boolean) => {
  if (!isServed(saga)) return refuse('NO_SERVER_WANTED', 409, 'This order has no server, and wants none.');
  if (saga.move) return refuse('MOVE_UNDER_WAY', 409, 'The server of this order is being moved.');
  const isSizing = isPlanChanging || !saga.sized;
  if (isSizing && saga.status !== 'needsHuman') return refuse('PLAN_CHANGE_UNDER_WAY', 409, 'The plan of this order is being changed.');
  const isSafe = dataLossAccepted || !saga.install.everReady;
  return isSafe ? null : refuse('DATA_LOSS_NOT_ACCEPTED', 409, 'This server was ready: what it has saved would be lost.');
};

/** An operator wants it made anew on another node or with other ports; where it has gone from the panel, also in the same place. */
export const wantMove =
  (wish: ServerMoveWanted['data'], isPlanChanging = false) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const refusal = whyNotAnew(saga, wish, isPlanChanging);
    if (refusal) return refusal;
    const isHere = 'started' in saga && wish.nodeId === saga.started.hold.nodeId;
    const mayStay = wish.target === 'node' && (wish.nodeId === null || isHere) && isGone(saga);
    if (wish.target === 'node' && isHere && !mayStay)
      return refuse('ALREADY_THERE', 409, 'The server stands on this node; to change its ports, ask for that.');
    const data = mayStay ? { ...wish, target: 'anywhere' as const } : wish;
    return [...answer(saga, wish.wantedAt), ...endOfSize(saga, wish.wantedAt), { type: 'ServerMoveWanted', data }];
  };

/** Whether the panel was seen not to have the server any more. */
const isGone = (saga: Provisioning): boolean => {
  if (saga.status === 'needsHuman' && saga.code === 'SERVER_GONE') return true;
  const serverId = 'server' in saga ? saga.server?.serverId : undefined;
  return saga.drifts.some((drift) => drift.kind === 'missing' && drift.serverId === serverId);
};

/**
 * That a size which is wanted is given up, because the server is made anew elsewhere: room for that size is kept where it was, and the next one is made
 * as its order has it. None when no size is wanted.
 */
export const endOfSize = (
  saga: Pick<Wishes, 'size' | 'sized'> & { readonly server?: { serverId: number } | null },
  at: string,
): readonly ProvisioningEvent[] => {
  if (saga.sized || !saga.size) return [];
  const { orderId, changeId } = saga.size;
  const serverId = saga.server?.serverId ?? null;
  return [{ type: 'ServerResizeGivenUp', data: { orderId, changeId, serverId, code: 'SERVER_MADE_ANEW', givenUpAt: at } }];
};

/** Whoever says what is to be done answers the call for help. */
const answer = (saga: Provisioning, at: string): readonly ProvisioningEvent[] =>
  saga.status === 'needsHuman' ? [{ type: 'ProvisioningRetryRequested', data: { orderId: saga.started.orderId, requestedAt: at } }] : [];

/** An operator wants it installed anew. */
export const wantReinstall =
  (wish: ServerReinstallWanted['data'], isPlanChanging = false) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const refusal = whyNotAnew(saga, wish, isPlanChanging);
    if (refusal) return refusal;
    if (!('server' in saga) || !saga.server) return refuse('NO_SERVER_YET', 409, 'The server of this order does not stand yet.');
    return saga.reinstall ? [] : [...answer(saga, wish.wantedAt), { type: 'ServerReinstallWanted', data: wish }];
  };

/** What installing anew did not mend is made anew where there is room. Never of a server that was ready once. */
export const wantRecreation =
  ({ moveId, at }: { moveId: string; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const { trouble, everReady } = saga.install;
    if (saga.status !== 'installing' || trouble === null || everReady || saga.move) return [];
    const wish = { target: 'anywhere', nodeId: null, reason: trouble, dataLossAccepted: false, noteId: null } as const;
    return [...endOfSize(saga, at), { type: 'ServerMoveWanted', data: { orderId: saga.server.orderId, moveId, ...wish, wantedAt: at } }];
  };

/** A node keeps room for it. */
export const recordMovePlaced =
  (found: { moveId: string; hold: Hold; candidates: readonly Candidate[]; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const { moveId, hold, candidates, at } = found;
    if (!isServed(saga) || saga.move?.wish.moveId !== moveId || saga.move.hold) return [];
    return [{ type: 'ServerMovePlaced', data: { orderId: saga.started.orderId, moveId, hold, candidates, placedAt: at } }];
  };

/** No node has room for it where it was to go. */
export const giveUpMove =
  ({ moveId, code, at }: { moveId: string; code: string; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    isServed(saga) && saga.move?.wish.moveId === moveId && !saga.move.hold ? endOfMove(saga, { code, at }) : [];

/** That a move under way comes to nothing; none when there is no move. */
export const endOfMove = (
  { move, started }: Pick<Standing, 'move' | 'started'>,
  { code, at }: { code: string; at: string },
): readonly ProvisioningEvent[] => {
  if (!move) return [];
  const { orderId, moveId } = move.wish;
  return [{ type: 'ServerMoveGivenUp', data: { orderId, moveId, code, hold: move.hold, stays: started.hold, givenUpAt: at } }];
};

/** That the server is gone from where it was; none when it was not to be moved. */
export const removal = (
  { move, started, wanted }: Pick<Standing, 'move' | 'started' | 'wanted'>,
  { serverId, at }: { serverId: number | null; at: string },
): readonly ProvisioningEvent[] => {
  if (!move?.hold) return [];
  const { orderId, moveId } = move.wish;
  const removed = { orderId, moveId, serverId, from: started.hold, to: move.hold, removedAt: at };
  return [{ type: 'ServerRemoved', data: removed }, ...wantedAnew({ wanted }, at)];
};

/** A server that is made or installed anew runs, whatever it was before: a suspension that is wanted is to come again. */
export const wantedAnew = ({ wanted }: Pick<Standing, 'wanted'>, at: string): readonly ProvisioningEvent[] =>
  wanted?.want === 'suspended' ? [{ type: 'ServerStateWanted', data: { ...wanted, wantedAt: at } }] : [];

/** No attempt has left a server, so that it can be made elsewhere. */
export const recordNothingToRemove =
  ({ at }: { at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> =>
    saga.status === 'toCreate' && wantOf(saga) !== 'gone' ? removal(saga, { serverId: null, at }) : [];
