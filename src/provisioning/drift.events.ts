/** Where the panel differs from what is on record, and what an operator wants done about it. Part of the streams `provisioning-<orderId>`. */
import type { Fact } from '../platform/event.js';

/**
 * `missing`: the panel has no such server; `unexpected`: one stands under the order's external id that should not; `externalId`: it lost that id;
 * `suspended`, `unsuspended`: somebody else did it; `limits`, `owner`, `node`: it has others.
 */
export type DriftKind = 'missing' | 'unexpected' | 'externalId' | 'suspended' | 'unsuspended' | 'limits' | 'owner' | 'node';

/** One difference, in numbers and words of ours, never in a text of the panel's. */
export interface Drift {
  readonly kind: DriftKind;
  readonly serverId: number;
  readonly expected: string | null;
  readonly found: string | null;
}

/** The panel was seen, twice and by a direct look, to differ from what is on record: all differences there are now. */
export type ServerDriftObserved = Fact<
  'ServerDriftObserved',
  { readonly orderId: string; readonly drifts: readonly Drift[]; readonly observedAt: string }
>;
/** The panel and the record agree again. */
export type ServerDriftCleared = Fact<'ServerDriftCleared', { readonly orderId: string; readonly clearedAt: string }>;
/** An operator wants the panel brought back to what is on record. */
export type ServerRepairRequested = Fact<
  'ServerRepairRequested',
  {
    readonly orderId: string;
    readonly kind: DriftKind;
    readonly serverId: number;
    readonly repairId: string;
    /** The operator's reason, which is kept sealed. */
    readonly noteId: string;
    readonly requestedAt: string;
  }
>;

/** Nothing came of a repair that was asked for; what differs still does. It is not tried again by itself. */
export type ServerRepairFailed = Fact<
  'ServerRepairFailed',
  {
    readonly orderId: string;
    readonly repairId: string;
    readonly kind: DriftKind;
    readonly serverId: number;
    readonly code: string;
    readonly failedAt: string;
  }
>;
/** An operator wants this server compared with the panel now; it is looked at by whoever may ask the panel. */
export type ServerSyncRequested = Fact<
  'ServerSyncRequested',
  {
    readonly orderId: string;
    readonly syncId: string;
    /** The operator's reason, which is kept sealed. */
    readonly noteId: string;
    readonly requestedAt: string;
  }
>;
/** What that look came to. What differs is told by `ServerDriftObserved`; `busy`: something is under way, so that nobody can say what the panel should show. */
export type ServerSynced = Fact<
  'ServerSynced',
  {
    readonly orderId: string;
    readonly syncId: string;
    readonly outcome: 'agrees' | 'differs' | 'busy' | 'unreadable';
    readonly syncedAt: string;
  }
>;

export type DriftEvent =
  ServerDriftObserved | ServerDriftCleared | ServerRepairRequested | ServerRepairFailed | ServerSyncRequested | ServerSynced;
