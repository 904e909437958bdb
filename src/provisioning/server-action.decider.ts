/** Power and console of a running server: when they are allowed, the record before each call and the one after it. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse, type Refusal } from '../platform/refusal.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { evolve as evolveSaga, initial as noSaga, wantOf, type Provisioning } from './provisioning-state.decider.js';
import type { ServerAction, ServerActionEnded, ServerActionStarted, ServerRenamed, ServerRenameRequested } from './server-action.events.js';

/** An action and what came of it; `ended` null while that is not recorded. */
export interface ActionTaken {
  readonly started: ServerActionStarted['data'];
  readonly ended: ServerActionEnded['data'] | null;
}

export interface ServerActions {
  readonly saga: Provisioning;
  /** Those of which no end is recorded, oldest first. */
  readonly open: readonly ServerActionStarted['data'][];
  readonly last: ActionTaken | null;
}

/** A server that can be acted on, on the panel. */
export interface ActingServer {
  readonly orderId: string;
  readonly serverId: number;
  readonly identifier: string;
}

const initial: ServerActions = { saga: noSaga, open: [], last: null };

const NOT_NOW = {
  SERVER_NOT_CREATED: 'The server does not exist yet.',
  SERVER_INSTALLING: 'The server is still being installed.',
  SERVER_SUSPENDED: 'The server is suspended.',
  SERVER_DELETED: 'The server is deleted, or about to be.',
} as const;

const whyNot = (saga: Provisioning): keyof typeof NOT_NOW | null => {
  if (saga.status === 'deleted' || wantOf(saga) === 'gone') return 'SERVER_DELETED';
  if (!('server' in saga) || !saga.server) return 'SERVER_NOT_CREATED';
  const stage = 'from' in saga ? saga.from : saga.status;
  if (stage === 'installing') return 'SERVER_INSTALLING';
  return stage === 'suspended' || wantOf(saga) === 'suspended' ? 'SERVER_SUSPENDED' : null;
};

/** The server that may be acted on now, or why there is none. */
export const actingServer = ({ saga }: ServerActions): ActingServer | Refusal => {
  const reason = whyNot(saga);
  if (reason) return refuse(reason, 409, NOT_NOW[reason]);
  if (!('server' in saga) || !saga.server) return refuse('SERVER_NOT_CREATED', 409, NOT_NOW.SERVER_NOT_CREATED);
  const { orderId, serverId, identifier } = saga.server;
  return { orderId, serverId, identifier };
};

/** Whoever began this has not told its end in time, and will not. */
const lostEnds = ({ open }: ServerActions, at: string): readonly ProvisioningEvent[] =>
  open
    .filter(({ callDeadlineAt }) => callDeadlineAt <= at)
    .map(({ orderId, actionId, action }) => ({
      type: 'ServerActionEnded',
      data: { orderId, actionId, action, outcome: 'unknown', code: 'INTERRUPTED', endedAt: at },
    }));

/** Announces an action; what was announced before and never told of is ended first, as unknown. */
export const startAction =
  (wish: { actionId: string; action: ServerAction; noteId: string | null; at: string; callDeadlineAt: string }) =>
  (actions: ServerActions): Decision<ProvisioningEvent> => {
    const server = actingServer(actions);
    if (!('serverId' in server)) return server;
    const { actionId, action, noteId, at, callDeadlineAt } = wish;
    const { orderId, serverId } = server;
    const data = { orderId, actionId, action, serverId, noteId, callDeadlineAt, startedAt: at };
    return [...lostEnds(actions, at), { type: 'ServerActionStarted', data }];
  };

/** The saga starts a server that stands still after its install, once for each install, to see whether it can. */
export const startInstalled =
  ({ actionId, at, callDeadlineAt }: { actionId: string; at: string; callDeadlineAt: string }) =>
  ({ saga }: ServerActions): Decision<ProvisioningEvent> => {
    if (saga.status !== 'installing' || saga.install.startedAt !== null) return refuse('START_NOT_DUE');
    const { orderId, serverId } = saga.server;
    return [
      { type: 'ServerActionStarted', data: { orderId, actionId, action: 'start', serverId, noteId: null, callDeadlineAt, startedAt: at } },
    ];
  };

/** What came of an action. Quiet when that is recorded already. */
export const endAction =
  (end: Pick<ServerActionEnded['data'], 'actionId' | 'outcome' | 'code' | 'endedAt'>) =>
  ({ open }: ServerActions): Decision<ProvisioningEvent> => {
    const started = open.find(({ actionId }) => actionId === end.actionId);
    if (!started) return [];
    const { orderId, actionId, action } = started;
    const { outcome, code, endedAt } = end;
    return [{ type: 'ServerActionEnded', data: { orderId, actionId, action, outcome, code, endedAt } }];
  };

/** An operator looks; the reason is sealed. */
export const openConsole =
  ({ noteId, at }: { noteId: string; at: string }) =>
  (actions: ServerActions): Decision<ProvisioningEvent> => {
    const server = actingServer(actions);
    if (!('serverId' in server)) return server;
    const { orderId, serverId } = server;
    return [{ type: 'ServerConsoleOpened', data: { orderId, serverId, noteId, openedAt: at } }];
  };

/** Its customer gives it another name, under `labelId`. */
export const requestRename =
  ({ labelId, at, callDeadlineAt }: { labelId: string; at: string; callDeadlineAt: string }) =>
  (actions: ServerActions): Decision<ProvisioningEvent> => {
    const server = actingServer(actions);
    if (!('serverId' in server)) return server;
    const { orderId, serverId } = server;
    return [{ type: 'ServerRenameRequested', data: { orderId, labelId, serverId, callDeadlineAt, requestedAt: at } }];
  };

/** What came of it; `code` null when the panel took it. */
export const recordRename =
  ({ orderId, labelId, serverId }: ServerRenameRequested['data'], { code, at }: { code: string | null; at: string }) =>
  (_actions: ServerActions): Decision<ProvisioningEvent> => {
    const about: Omit<ServerRenamed['data'], 'takenAt'> = { orderId, labelId, serverId };
    return code === null
      ? [{ type: 'ServerRenamed', data: { ...about, takenAt: at } }]
      : [{ type: 'ServerRenameFailed', data: { ...about, code, failedAt: at } }];
  };

const evolve = (actions: ServerActions, event: ProvisioningEvent): ServerActions => {
  if (event.type === 'ServerActionStarted')
    return { saga: evolveSaga(actions.saga, event), open: [...actions.open, event.data], last: { started: event.data, ended: null } };
  if (event.type === 'ServerActionEnded') {
    const { actionId } = event.data;
    const { last } = actions;
    return {
      ...actions,
      open: actions.open.filter((started) => started.actionId !== actionId),
      last: last?.started.actionId === actionId ? { ...last, ended: event.data } : last,
    };
  }
  return { ...actions, saga: evolveSaga(actions.saga, event) };
};

/** Of the same streams as the saga's: what people do stands beside what the order wants, and neither asks the other. */
export const serverActionDecider: Decider<ServerActions, ProvisioningEvent> = { category: 'provisioning', initial, evolve };
