/** What becomes of a server after it was made: stopped, started again, deleted. Part of the streams `provisioning-<orderId>`. */
import type { Resources } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';

/** What the order wants of its server from now on; the saga brings the panel there. */
export type ServerStateWanted = Fact<
  'ServerStateWanted',
  {
    readonly orderId: string;
    readonly want: 'running' | 'suspended' | 'gone';
    /** The order's reason, as a code. */
    readonly reason: string;
    readonly wantedAt: string;
  }
>;
/** The order has another plan, and its server is to have that size. */
export type ServerSizeWanted = Fact<
  'ServerSizeWanted',
  {
    readonly orderId: string;
    readonly changeId: string;
    readonly planId: string;
    readonly resources: Resources;
    readonly wantedAt: string;
  }
>;
/** `remove`: deleted in order to be made anew elsewhere. */
export type ServerChange = 'suspend' | 'unsuspend' | 'resize' | 'reinstall' | 'remove' | 'delete';
/** The claim: this attempt may call the panel until the deadline, and nobody else acts before it and the settle window have passed. */
export type ServerChangeStarted = Fact<
  'ServerChangeStarted',
  {
    readonly orderId: string;
    readonly change: ServerChange;
    readonly serverId: number;
    readonly attempt: number;
    readonly callDeadlineAt: string;
    readonly settledAt: string;
  }
>;
/** The panel has stopped the server and keeps it. */
export type ServerSuspended = Fact<
  'ServerSuspended',
  { readonly orderId: string; readonly serverId: number; readonly suspendedAt: string }
>;
/** The server may run again. */
export type ServerUnsuspended = Fact<
  'ServerUnsuspended',
  { readonly orderId: string; readonly serverId: number; readonly unsuspendedAt: string }
>;
/** The panel shows the server with its new limits. */
export type ServerResized = Fact<
  'ServerResized',
  {
    readonly orderId: string;
    readonly changeId: string;
    readonly serverId: number;
    readonly planId: string;
    readonly resources: Resources;
    readonly resizedAt: string;
  }
>;
/** The panel will not resize the server, and shows it with the limits it had. */
export type ServerResizeGivenUp = Fact<
  'ServerResizeGivenUp',
  {
    readonly orderId: string;
    readonly changeId: string;
    /** Null while none stands. */
    readonly serverId: number | null;
    readonly code: string;
    readonly givenUpAt: string;
  }
>;
/** The panel has confirmed that the server is gone. `serverId` null: there never was one, and none will be made. */
export type ServerDeleted = Fact<
  'ServerDeleted',
  { readonly orderId: string; readonly serverId: number | null; readonly deletedAt: string }
>;

export type ServerLifeEvent =
  | ServerStateWanted
  | ServerSizeWanted
  | ServerChangeStarted
  | ServerSuspended
  | ServerUnsuspended
  | ServerResized
  | ServerResizeGivenUp
  | ServerDeleted;
