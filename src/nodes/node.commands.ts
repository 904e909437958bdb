/** What can be asked of nodes. */
import { Command, Query } from '@nestjs/cqrs';
import type { Candidate, Hold } from '../orders/order.events.js';
import type { Written } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { NodeCapacityObserved } from './node.events.js';

/** Puts a node to use, or changes region, reserve or whether new orders go there. Only what differs is recorded. */
export class SetNode extends Command<Written> {
  constructor(
    readonly data: {
      readonly nodeId: string;
      readonly region: string;
      readonly reserveMemoryMib: number;
      readonly reserveDiskMib: number;
      readonly enabled: boolean;
      readonly actor: Actor;
      readonly noteId?: string | undefined;
    },
  ) {
    super();
  }
}

/** Empties a node, or lets it be used again; answers which orders have room there. */
export class DrainNode extends Command<readonly string[]> {
  constructor(
    readonly data: { readonly nodeId: string; readonly drain: boolean; readonly actor: Actor; readonly noteId?: string | undefined },
  ) {
    super();
  }
}

/** Records what the panel says of a node, if that changed. */
export class ObserveNode extends Command<Written> {
  constructor(readonly seen: NodeCapacityObserved['data']) {
    super();
  }
}

/**
 * Keeps room for an order on one node of the region, or finds the room it already has; `hold` is null when no node fits. Refused with 503
 * CAPACITY_UNKNOWN while no node of the region is known, and TOO_MANY_CONFLICTS when others were faster every time: neither means sold out.
 */
export class HoldRoom extends Command<{ readonly hold: Hold | null; readonly candidates: readonly Candidate[] }> {
  constructor(
    readonly data: {
      readonly orderId: string;
      readonly region: string;
      readonly need: { readonly memoryMib: number; readonly diskMib: number; readonly ports: number };
      readonly actor: Actor;
      /** The order was placed only now and by this caller: there can be no room to find, so that how nodes stood a moment ago will do. */
      readonly hasNone?: boolean;
    },
  ) {
    super();
  }
}

/** The order was paid: its room stays until its end. Refused with ROOM_NOT_HELD where it has none. */
export class CommitRoom extends Command<Written> {
  constructor(
    readonly data: { readonly nodeId: string; readonly orderId: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/**
 * Keeps room for a paid order beside what it has, for its server to be made anew there, or finds what is kept already; `hold` is null when
 * there is none. Refused as HoldRoom is.
 */
export class FindRoomElsewhere extends Command<{ readonly hold: Hold | null; readonly candidates: readonly Candidate[] }> {
  constructor(
    readonly data: {
      readonly orderId: string;
      readonly region: string;
      readonly from: Hold;
      readonly need: { readonly memoryMib: number; readonly diskMib: number; readonly ports: number };
      /** Other ports on the same node, or another node: this one or, with null, the best. */
      readonly to: { readonly samePlace: boolean; readonly nodeId: string | null };
      readonly actor: Actor;
    },
  ) {
    super();
  }
}

/** The order leaves this room, and stays in the other: of one node only the ports are left. `stays` null: in none. */
export class LeaveRoom extends Command<Written> {
  constructor(
    readonly data: { readonly orderId: string; readonly hold: Hold; readonly stays: Hold | null; readonly reason: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The order needs no room any more, wherever a move may have kept some. */
export class LeaveAllRoom extends Command<void> {
  constructor(readonly data: { readonly orderId: string; readonly reason: string }) {
    super();
  }
}

interface RoomForPlan {
  readonly nodeId: string;
  readonly orderId: string;
  readonly changeId: string;
  readonly memoryMib: number;
  readonly diskMib: number;
}

/** The order's room also covers another plan. Refused with NODE_FULL, ROOM_NOT_HELD, and PLAN_CHANGE_OVER once that was settled. */
export class ExtendRoom extends Command<Written> {
  constructor(
    readonly data: RoomForPlan,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The order's change of plan is over, and its room is that of the plan it has now. */
export class SettleRoom extends Command<Written> {
  constructor(
    readonly data: RoomForPlan,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Whether the order's node could also take it with another plan, asked of the node's stream. */
export class HasRoomForPlan extends Query<boolean> {
  constructor(readonly data: Omit<RoomForPlan, 'changeId'>) {
    super();
  }
}

/** The order needs its room no more. */
export class ReleaseRoom extends Command<Written> {
  constructor(
    readonly data: { readonly nodeId: string; readonly orderId: string; readonly reason: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}
