/** What is known of an order's server and of the saga about it. */
import type { Hold } from '../orders/order.events.js';
import type { Drift } from './drift.events.js';
import type { ProvisioningStarted, ProvisioningStepName, ServerCreated, ServerCreationStarted } from './provisioning.events.js';
import type { ServerChangeStarted, ServerSizeWanted, ServerStateWanted } from './server-life.events.js';
import type { ServerMoveWanted, ServerReinstallWanted } from './server-move.events.js';

type Started = ProvisioningStarted['data'];

/** How the install has gone, since a person was last asked. */
export interface Install {
  /** Why it counts as failed; null while it does not. Kept here, because a suspension makes the panel forget it. */
  readonly trouble: string | null;
  /** When the server was started because it stood still after its install; null before. */
  readonly startedAt: string | null;
  readonly reinstalls: number;
  /** How often the server was made anew for it. */
  readonly recreations: number;
  /** Whether this server was ready once, so that it holds what its customer has done. */
  readonly everReady: boolean;
}

/** A server that is to be made anew elsewhere. */
export interface Move {
  readonly wish: ServerMoveWanted['data'];
  /** The room that is kept for it there; null while none is. */
  readonly hold: Hold | null;
}

/** Whatever state its server is in. */
export interface Wishes {
  /** The order's last wish; null while it has none but to have its server run. */
  readonly wanted: ServerStateWanted['data'] | null;
  /** Whether the panel has confirmed what is wanted. */
  readonly answered: boolean;
  /** The size that was wanted last; null while it is the one the server was made with. */
  readonly size: ServerSizeWanted['data'] | null;
  /** Whether the panel has that size, or it was given up. */
  readonly sized: boolean;
  /** How many changes of the server were tried. */
  readonly changes: number;
  /** In what the panel was last seen to differ from all this. */
  readonly drifts: readonly Drift[];
  readonly install: Install;
  readonly move: Move | null;
  /** An operator's wish to have it installed anew; null for none. */
  readonly reinstall: ServerReinstallWanted['data'] | null;
}

/** How far a server is that stands on the panel. */
export type Stage = 'installing' | 'ready' | 'suspended';

/** A server that stands on the panel and that nobody is about to change. */
export interface Standing extends Wishes {
  readonly status: Stage;
  readonly started: Started;
  readonly server: ServerCreated['data'];
  /** Of the change that is wanted, since it was wanted or a person last asked. */
  readonly failures: number;
  /** Why the panel refused the resize that is wanted, and would again; null when it did not. */
  readonly refusal: string | null;
  /** Before which a change is not tried again. */
  readonly retryAt: string | null;
}

export type Provisioning =
  | (Wishes & { readonly status: 'idle' })
  /** A creation may be tried from `retryAt` on; `attempts` counts since the last time a person asked. */
  | (Wishes & {
      readonly status: 'toCreate';
      readonly started: Started;
      readonly attempts: number;
      readonly tried: number;
      readonly retryAt: string;
    })
  | (Wishes & {
      readonly status: 'creating';
      readonly started: Started;
      readonly attempts: number;
      readonly claim: ServerCreationStarted['data'];
    })
  | Standing
  /** A change is claimed; `from` is what stands if nothing comes of it. */
  | (Wishes & {
      readonly status: 'changing';
      readonly started: Started;
      readonly server: ServerCreated['data'];
      readonly from: Stage;
      readonly failures: number;
      readonly claim: ServerChangeStarted['data'];
    })
  /** Without a server it could not be created; otherwise `from` is how far the server was. */
  | (Wishes & {
      readonly status: 'needsHuman';
      readonly started: Started;
      readonly tried: number;
      readonly step: ProvisioningStepName;
      readonly code: string;
      readonly server: ServerCreated['data'] | null;
      readonly from: Stage;
    })
  /** There is no server any more, or there never was one; and none will be made. */
  | (Wishes & { readonly status: 'deleted'; readonly serverId: number | null });
