/** What is recorded of differences between the panel and the record, and which of them an operator may have repaired. Pure. */
import type { Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { Drift, DriftKind, ServerRepairFailed, ServerRepairRequested, ServerSynced, ServerSyncRequested } from './drift.events.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import type { Provisioning } from './provisioning-state.decider.js';
import { changeDue } from './server-change.decider.js';

/** To compare by, wherever they come from: a database may give a difference its fields in another order. */
export const textOfDrifts = (drifts: readonly Drift[]): string =>
  JSON.stringify(drifts.map(({ kind, serverId, expected, found }) => [kind, serverId, expected, found]));

/** All differences there are now; none means that both agree. Only a change is a fact. */
export const recordDrift =
  (seen: { orderId: string; drifts: readonly Drift[]; at: string }) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const { orderId, drifts, at } = seen;
    if (textOfDrifts(saga.drifts) === textOfDrifts(drifts)) return [];
    return drifts.length === 0
      ? [{ type: 'ServerDriftCleared', data: { orderId, clearedAt: at } }]
      : [{ type: 'ServerDriftObserved', data: { orderId, drifts, observedAt: at } }];
  };

/** What is to be done about differences that are not mended by doing again what was asked of the panel before, or by deleting what nobody should have. */
const INSTEAD: Partial<Record<DriftKind, string>> = {
  missing:
    'The server is gone from the panel: have it made anew with `order move --accept-data-loss` (on another node, or in its own room where there is none), or end the order.',
  owner: 'Who may enter the server is for a person to judge: give it back to its owner on the panel, under Details.',
  externalId:
    "Whether this is still the order's server is for a person to judge: if so, write its external id again on the panel, under Details.",
  node: "The panel's API moves no server: transfer it back on the panel, or have it made anew with `order move --accept-data-loss`.",
};

/** A stray is deleted only where the order has no server of its own. */
const isAtRest = (saga: Provisioning, kind: DriftKind): boolean => {
  if (kind === 'unexpected') return saga.status === 'idle' || saga.status === 'deleted';
  return (saga.status === 'ready' || saga.status === 'suspended') && changeDue(saga) === null;
};

/** Refused for a difference that nobody sees, for one that only a person can mend on the panel, and while the panel is being asked for something else. */
export const requestRepair =
  (wish: Omit<ServerRepairRequested['data'], 'serverId'>) =>
  (saga: Provisioning): Decision<ProvisioningEvent> => {
    const drift = saga.drifts.find(({ kind }) => kind === wish.kind);
    if (!drift) return refuse('DRIFT_NOT_SEEN', 409, 'The panel was not seen to differ in this.');
    const instead = INSTEAD[wish.kind];
    if (instead !== undefined) return refuse('DRIFT_NOT_REPAIRABLE', 409, instead);
    if (!isAtRest(saga, wish.kind))
      return refuse('SERVER_BUSY', 409, 'Something else is being done to this server; ask again when that is over.');
    return [{ type: 'ServerRepairRequested', data: { ...wish, serverId: drift.serverId } }];
  };

/** What was asked for is not done, and a person must know. */
export const recordRepairFailed =
  (failed: ServerRepairFailed['data']) =>
  (_saga: Provisioning): Decision<ProvisioningEvent> => [{ type: 'ServerRepairFailed', data: failed }];

/** An operator wants the server compared with the panel now, whatever state it is in. */
export const requestSync =
  (wish: ServerSyncRequested['data']) =>
  (_saga: Provisioning): Decision<ProvisioningEvent> => [{ type: 'ServerSyncRequested', data: wish }];

/** What came of a request, which is told once because it is recorded under an id that follows from it. */
export const recordSynced =
  (synced: ServerSynced['data']) =>
  (_saga: Provisioning): Decision<ProvisioningEvent> => [{ type: 'ServerSynced', data: synced }];
