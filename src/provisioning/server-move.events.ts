/** What is done when an install does not end well or an operator wants it: installed anew, or made anew elsewhere. Part of the streams `provisioning-<orderId>`. */
import type { Candidate, Hold } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';

/** The panel says that the install failed, or it did not end in time: remembered here, because the panel forgets it when the server is suspended. */
export type ServerInstallFailed = Fact<
  'ServerInstallFailed',
  { readonly orderId: string; readonly serverId: number; readonly code: string; readonly failedAt: string }
>;
/** An operator wants the server installed anew. What its game has saved may be overwritten. */
export type ServerReinstallWanted = Fact<
  'ServerReinstallWanted',
  {
    readonly orderId: string;
    readonly reinstallId: string;
    /** Whether the operator takes that into account; needed once the server was ready. */
    readonly dataLossAccepted: boolean;
    readonly noteId: string;
    readonly wantedAt: string;
  }
>;
/** The panel has begun to install the server anew. */
export type ServerReinstalled = Fact<
  'ServerReinstalled',
  {
    readonly orderId: string;
    readonly serverId: number;
    readonly reinstalledAt: string;
    readonly installDeadlineAt: string;
  }
>;

/** Where a server is to go: to the node named or, with null, to the best other; `otherPorts`: it stays and changes its ports; `anywhere`: to another node if one fits, else it is made anew where it was. */
export type MoveTarget = 'node' | 'otherPorts' | 'anywhere';

/** The server is to be deleted and made anew elsewhere: the panel has no transfer. */
export type ServerMoveWanted = Fact<
  'ServerMoveWanted',
  {
    readonly orderId: string;
    readonly moveId: string;
    readonly target: MoveTarget;
    readonly nodeId: string | null;
    /** `operator`, or the code of what went wrong with the install. */
    readonly reason: string;
    /** What the server has saved is lost: needed once it was ready. */
    readonly dataLossAccepted: boolean;
    readonly noteId: string | null;
    readonly wantedAt: string;
  }
>;
/** There is room for it where it is to go; what it has is kept until it is gone from there. */
export type ServerMovePlaced = Fact<
  'ServerMovePlaced',
  {
    readonly orderId: string;
    readonly moveId: string;
    readonly hold: Hold;
    readonly candidates: readonly Candidate[];
    readonly placedAt: string;
  }
>;
/** It comes to nothing, and the server stays where it is; `hold` is the room that was kept for it, `stays` the server's own. */
export type ServerMoveGivenUp = Fact<
  'ServerMoveGivenUp',
  {
    readonly orderId: string;
    readonly moveId: string;
    readonly code: string;
    readonly hold: Hold | null;
    readonly stays: Hold;
    readonly givenUpAt: string;
  }
>;
/** The panel has confirmed that the server is gone from where it was, and it may be made anew. `serverId` null: there was none. */
export type ServerRemoved = Fact<
  'ServerRemoved',
  {
    readonly orderId: string;
    readonly moveId: string;
    readonly serverId: number | null;
    readonly from: Hold;
    readonly to: Hold;
    readonly removedAt: string;
  }
>;

export type ServerMoveEvent =
  ServerInstallFailed | ServerReinstallWanted | ServerReinstalled | ServerMoveWanted | ServerMovePlaced | ServerMoveGivenUp | ServerRemoved;
