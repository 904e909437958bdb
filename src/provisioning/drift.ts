/** In what a server on the panel differs from what is on record of it. Pure. */
import type { PanelServer } from '../pterodactyl/panel.types.js';
import type { Resources } from '../orders/order.events.js';
import type { Drift } from './drift.events.js';
import { isStanding, type Provisioning } from './provisioning-state.decider.js';
import { changeDue } from './server-change.decider.js';
import { sizeDifference } from './server-size.js';

/** What the panel should have for an order. */
export interface Expected {
  readonly serverId: number;
  readonly externalId: string;
  readonly panelUserId: number;
  readonly nodeId: string;
  readonly resources: Resources;
  readonly suspended: boolean;
}

/** What the panel shows: the server under the number on record, and whatever stands under the order's external id. */
export interface Shown {
  readonly own: PanelServer | undefined;
  readonly named: PanelServer | undefined;
}

/** Null: the order is to have no server. Undefined: something is under way, so that nobody can say what the panel should show. */
export const expectedOf = (saga: Provisioning): Expected | null | undefined => {
  if (saga.status === 'idle' || saga.status === 'deleted') return null;
  if (!isStanding(saga) || changeDue(saga) !== null) return undefined;
  const { started, server } = saga;
  return {
    serverId: server.serverId,
    externalId: started.externalId,
    panelUserId: started.panelUserId,
    nodeId: server.nodeId,
    resources: started.resources,
    suspended: saga.status === 'suspended',
  };
};

const suspension = ({ suspended }: Expected, own: PanelServer): Omit<Drift, 'serverId'>[] => {
  if (own.suspended === suspended) return [];
  return suspended
    ? [{ kind: 'unsuspended', expected: 'suspended', found: 'running' }]
    : [{ kind: 'suspended', expected: 'running', found: 'suspended' }];
};

const other = (kind: Drift['kind'], expected: string, found: string): Omit<Drift, 'serverId'>[] =>
  expected === found ? [] : [{ kind, expected, found }];

const differences = (expected: Expected, own: PanelServer): Drift[] => {
  const { externalId, panelUserId, nodeId, resources } = expected;
  const size = sizeDifference(own, resources);
  return [
    // What stands there instead somebody may have typed.
    ...(own.externalId === externalId ? [] : [{ kind: 'externalId' as const, expected: externalId, found: null }]),
    ...suspension(expected, own),
    ...(size ? [{ kind: 'limits' as const, ...size }] : []),
    ...other('owner', String(panelUserId), String(own.userId)),
    ...other('node', nodeId, String(own.nodeId)),
  ].map((drift) => ({ ...drift, serverId: own.id }));
};

/** Every difference, always in the same order. */
export const driftsOf = (expected: Expected | null, { own, named }: Shown): Drift[] => {
  const stray = named && named.id !== expected?.serverId ? named : undefined;
  const strays: Drift[] = stray ? [{ kind: 'unexpected', serverId: stray.id, expected: null, found: String(stray.id) }] : [];
  if (!expected) return strays;
  const { serverId } = expected;
  const missing: Drift = { kind: 'missing', serverId, expected: String(serverId), found: null };
  return [...(own ? differences(expected, own) : [missing]), ...strays];
};
