/** One row per attempt or step of bringing a server to life: how long it took, or why it failed. Sums and percentiles are made in the query. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { ProvisioningStepName } from '../../src/provisioning/provisioning.events.js';
import type {
  ServerChange,
  ServerDeleted,
  ServerResized,
  ServerSuspended,
  ServerUnsuspended,
} from '../../src/provisioning/server-life.events.js';
import type { ServerReinstalled, ServerRemoved } from '../../src/provisioning/server-move.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  driftEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
  serverActionsIgnored,
} from '../ignored.projection.js';

export interface ProvisioningHealthRow {
  /** Order, step and attempt, which changes of a server that runs have only where they failed; a call for help is named by its event. */
  factKey: string;
  orderId: string;
  /** `start`: from paid to the saga's beginning; `create`: one attempt at the panel; `install`: from created to ready; `suspend`, `unsuspend`, `resize`, `reinstall`, `remove`, `delete`: the last such change, from its first attempt until the panel had done it. */
  step: 'start' | ProvisioningStepName;
  /** From 1; null where a step has none, or where it was not told. */
  attempt: number | null;
  outcome: 'running' | 'done' | 'failed' | 'needsHuman';
  /** Why it failed: the panel's code or ours. */
  code: string | null;
  field: string | null;
  nodeId: string | null;
  /** An earlier attempt had made the server, this one found it. */
  adopted: boolean;
  startedAt: string | null;
  endedAt: string | null;
  /** From start to end, as a decimal number of milliseconds; null while one of the two is unknown. */
  durationMs: string | null;
  /** When the state shown began. */
  at: string;
}

type Fact = Pick<ProvisioningHealthRow, 'factKey' | 'orderId' | 'step' | 'attempt'>;
type End = Pick<ProvisioningHealthRow, 'outcome'> & { endedAt: string } & Partial<ProvisioningHealthRow>;

const keyOf = (orderId: string, step: string, attempt: number | null): string => `${orderId}/${step}/${attempt ?? ''}`;

const fact = (orderId: string, step: Fact['step'], attempt: number | null): Fact => ({
  factKey: keyOf(orderId, step, attempt),
  orderId,
  step,
  attempt,
});

const begun = (about: Fact, startedAt: string | null): ProvisioningHealthRow => ({
  ...about,
  outcome: 'running',
  code: null,
  field: null,
  nodeId: null,
  adopted: false,
  startedAt,
  endedAt: null,
  durationMs: null,
  at: startedAt ?? '',
});

const ended = (row: ProvisioningHealthRow, end: End): ProvisioningHealthRow => ({
  ...row,
  ...end,
  durationMs: row.startedAt === null ? null : String(Date.parse(end.endedAt) - Date.parse(row.startedAt)),
  at: end.endedAt,
});

type Changed = ServerSuspended | ServerUnsuspended | ServerResized | ServerReinstalled | ServerRemoved | ServerDeleted;

/** @param at when the panel had done it; null if there was nothing to do */
const changed = <E extends Changed>(change: ServerChange, at: (data: E['data']) => string | null) => ({
  key: ({ data }: Recorded<E>): string => keyOf(data.orderId, change, null),
  evolve: (row: ProvisioningHealthRow | undefined, { data }: Recorded<E>): ProvisioningHealthRow | undefined => {
    const endedAt = at(data);
    if (endedAt === null) return row;
    return ended(row ?? begun(fact(data.orderId, change, null), null), { outcome: 'done', endedAt });
  },
});

export const provisioningHealth = projection<ProvisioningHealthRow, LedgerEvent>({
  name: 'provisioning-health',
  version: 3,
  key: (event) => event.id,
  on: {
    ProvisioningStarted: {
      key: ({ data }) => keyOf(data.orderId, 'start', null),
      evolve: (_none, { data }) =>
        ended(begun(fact(data.orderId, 'start', null), data.paidAt), {
          outcome: 'done',
          endedAt: data.startedAt,
          nodeId: data.hold.nodeId,
        }),
    },
    ServerCreationStarted: {
      key: ({ data }) => keyOf(data.orderId, 'create', data.attempt),
      evolve: (_none, { data, metadata }) => ({
        ...begun(fact(data.orderId, 'create', data.attempt), metadata.occurredAt),
        nodeId: data.nodeId,
      }),
    },
    ServerCreated: {
      key: ({ data }) => keyOf(data.orderId, 'create', data.attempt ?? null),
      evolve: (row, { data }) =>
        ended(row ?? begun(fact(data.orderId, 'create', data.attempt ?? null), null), {
          outcome: 'done',
          endedAt: data.createdAt,
          nodeId: data.nodeId,
          adopted: data.adopted,
        }),
    },
    ProvisioningAttemptFailed: {
      key: ({ data }) => keyOf(data.orderId, data.step, data.attempt),
      evolve: (row, { data }) =>
        ended(row ?? begun(fact(data.orderId, data.step, data.attempt), null), {
          outcome: 'failed',
          endedAt: data.failedAt,
          code: data.code,
          field: data.field,
        }),
    },
    ServerReady: {
      key: ({ data }) => keyOf(data.orderId, 'install', null),
      evolve: (_none, { data }) =>
        ended(begun(fact(data.orderId, 'install', null), data.createdAt ?? null), { outcome: 'done', endedAt: data.readyAt }),
    },
    // May be raised again for the same step after an operator's retry, so each call for help is a row.
    ProvisioningNeedsHuman: {
      key: (event) => event.id,
      evolve: (_none, { id, data }) =>
        ended(begun({ factKey: id, orderId: data.orderId, step: data.step, attempt: null }, null), {
          outcome: 'needsHuman',
          endedAt: data.raisedAt,
          code: data.code,
        }),
    },
    ProvisioningRetryRequested: ignored,
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...customerEventsIgnored,
    ...ignoring('ServerStateWanted', 'ServerSizeWanted'),
    ...ignoring('ServerReinstallWanted', 'ServerMoveWanted', 'ServerMovePlaced', 'ServerMoveGivenUp'),
    // An install may fail again after it was begun anew, so each failure is a row.
    ServerInstallFailed: {
      key: (event) => event.id,
      evolve: (_none, { id, data }) =>
        ended(begun({ factKey: id, orderId: data.orderId, step: 'install', attempt: null }, null), {
          outcome: 'failed',
          endedAt: data.failedAt,
          code: data.code,
        }),
    },
    ServerReinstalled: changed<ServerReinstalled>('reinstall', ({ reinstalledAt }) => reinstalledAt),
    ServerRemoved: changed<ServerRemoved>('remove', ({ removedAt, serverId }) => (serverId === null ? null : removedAt)),
    ServerChangeStarted: {
      key: ({ data }) => keyOf(data.orderId, data.change, null),
      evolve: (row, { data, metadata }) => {
        const { orderId, change, attempt } = data;
        const current = row?.outcome === 'running' ? row : begun(fact(orderId, change, null), metadata.occurredAt);
        return { ...current, attempt };
      },
    },
    ServerSuspended: changed<ServerSuspended>('suspend', ({ suspendedAt }) => suspendedAt),
    ServerUnsuspended: changed<ServerUnsuspended>('unsuspend', ({ unsuspendedAt }) => unsuspendedAt),
    ServerResized: changed<ServerResized>('resize', ({ resizedAt }) => resizedAt),
    ServerResizeGivenUp: {
      key: ({ data }) => keyOf(data.orderId, 'resize', null),
      evolve: (row, { data }) =>
        ended(row ?? begun(fact(data.orderId, 'resize', null), null), { outcome: 'failed', endedAt: data.givenUpAt, code: data.code }),
    },
    // Where there never was a server, none was deleted.
    ServerDeleted: changed<ServerDeleted>('delete', ({ deletedAt, serverId }) => (serverId === null ? null : deletedAt)),
    ...driftEventsIgnored,
    ...serverActionsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
