/** What can be asked of the provisioning of an order. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { ServerRepairRequested } from './drift.events.js';
import type { ProvisioningStarted } from './provisioning.events.js';
import type { ServerSizeWanted, ServerStateWanted } from './server-life.events.js';
import type { ServerMoveWanted, ServerReinstallWanted } from './server-move.events.js';

/** A paid order wants its server. */
export class StartProvisioning extends Command<Written> {
  constructor(
    readonly order: Omit<ProvisioningStarted['data'], 'externalId' | 'installLimitMs' | 'startedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Does the saga's next step; answers when to look again, null when nothing is left to do. */
export class ContinueProvisioning extends Command<Date | null> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** An operator wants an order that waits for help to be tried again. */
export class RetryProvisioning extends Command<Written> {
  constructor(
    readonly data: { readonly orderId: string; readonly noteId: string | null },
    readonly context: CommandContext,
  ) {
    super();
  }
}

interface PlanOfOrder {
  /** Whether the order's customer has another plan on its way, which is waited for unless the saga itself waits for a person. */
  readonly isPlanChanging: boolean;
}

/** An operator wants the server made anew elsewhere. Refused beside another move or a change of plan, and without consent once it was ready. */
export class MoveServer extends Command<Written> {
  constructor(
    readonly wish: Omit<ServerMoveWanted['data'], 'reason' | 'wantedAt'> & PlanOfOrder,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** An operator wants the server installed anew. Refused as a move is. */
export class ReinstallServer extends Command<Written> {
  constructor(
    readonly wish: Omit<ServerReinstallWanted['data'], 'wantedAt'> & PlanOfOrder,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** What the order wants of its server from now on, also before there is one. A repeat is silence, and so is every wish after `gone`. */
export class SetServerState extends Command<Written> {
  constructor(
    readonly wish: Omit<ServerStateWanted['data'], 'wantedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The order has another plan, and its server is to have that size. Told twice, it is silence. */
export class SetServerSize extends Command<Written> {
  constructor(
    /** `nodeId`: where room for the size is kept. */
    readonly wish: Omit<ServerSizeWanted['data'], 'wantedAt'> & { readonly nodeId: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** An operator wants the panel brought back to what is on record. */
export class RepairServer extends Command<Written> {
  constructor(
    readonly wish: Omit<ServerRepairRequested['data'], 'serverId' | 'requestedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}
