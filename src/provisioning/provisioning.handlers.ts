/** Carries out what is asked of an order's provisioning. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Catalog } from '../catalog/catalog.js';
import { Clock } from '../platform/clock.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { requestRepair } from './drift.decider.js';
import {
  ContinueProvisioning,
  MoveServer,
  ReinstallServer,
  RepairServer,
  RetryProvisioning,
  SetServerSize,
  SetServerState,
  StartProvisioning,
} from './provisioning.commands.js';
import { provisioningDecider, requestRetry, startProvisioning, wantServerState } from './provisioning.decider.js';
import { ProvisioningRunner } from './provisioning.runner.js';
import { wantMove, wantReinstall } from './server-move.decider.js';
import { wantServerSize } from './server-change.decider.js';

const INSTALL_LIMIT_DEFAULT_MINUTES = 10;
const MINUTE_MS = 60_000;

@CommandHandler(StartProvisioning)
export class StartProvisioningHandler implements ICommandHandler<StartProvisioning> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly catalog: Catalog,
    private readonly clock: Clock,
  ) {}

  async execute({ order, context }: StartProvisioning): Promise<Written> {
    const minutes = this.catalog.game(order.gameId)?.install.longestMinutes ?? INSTALL_LIMIT_DEFAULT_MINUTES;
    const data = { ...order, externalId: `order_${order.orderId}`, installLimitMs: minutes * MINUTE_MS, startedAt: this.clock.iso() };
    return this.streams.execute({ decider: provisioningDecider, id: order.orderId }, context, startProvisioning(data));
  }
}

@CommandHandler(ContinueProvisioning)
export class ContinueProvisioningHandler implements ICommandHandler<ContinueProvisioning> {
  constructor(private readonly runner: ProvisioningRunner) {}

  async execute({ orderId }: ContinueProvisioning): Promise<Date | null> {
    return this.runner.run(orderId);
  }
}

@CommandHandler(RetryProvisioning)
export class RetryProvisioningHandler implements ICommandHandler<RetryProvisioning> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { orderId, noteId }, context }: RetryProvisioning): Promise<Written> {
    return this.streams.execute({ decider: provisioningDecider, id: orderId }, context, requestRetry({ at: this.clock.iso(), noteId }));
  }
}

@CommandHandler(MoveServer)
export class MoveServerHandler implements ICommandHandler<MoveServer> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish: { isPlanChanging, ...wish }, context }: MoveServer): Promise<Written> {
    const wanted = wantMove({ ...wish, reason: 'operator', wantedAt: this.clock.iso() }, isPlanChanging);
    return this.streams.execute({ decider: provisioningDecider, id: wish.orderId }, context, wanted);
  }
}

@CommandHandler(ReinstallServer)
export class ReinstallServerHandler implements ICommandHandler<ReinstallServer> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish: { isPlanChanging, ...wish }, context }: ReinstallServer): Promise<Written> {
    const wanted = wantReinstall({ ...wish, wantedAt: this.clock.iso() }, isPlanChanging);
    return this.streams.execute({ decider: provisioningDecider, id: wish.orderId }, context, wanted);
  }
}

@CommandHandler(SetServerState)
export class SetServerStateHandler implements ICommandHandler<SetServerState> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: SetServerState): Promise<Written> {
    const wanted = wantServerState({ ...wish, wantedAt: this.clock.iso() });
    return this.streams.execute({ decider: provisioningDecider, id: wish.orderId }, context, wanted);
  }
}

@CommandHandler(SetServerSize)
export class SetServerSizeHandler implements ICommandHandler<SetServerSize> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: SetServerSize): Promise<Written> {
    const wanted = wantServerSize({ ...wish, wantedAt: this.clock.iso() });
    return this.streams.execute({ decider: provisioningDecider, id: wish.orderId }, context, wanted);
  }
}

@CommandHandler(RepairServer)
export class RepairServerHandler implements ICommandHandler<RepairServer> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: RepairServer): Promise<Written> {
    const requested = requestRepair({ ...wish, requestedAt: this.clock.iso() });
    return this.streams.execute({ decider: provisioningDecider, id: wish.orderId }, context, requested);
  }
}

export const provisioningHandlers = [
  StartProvisioningHandler,
  ContinueProvisioningHandler,
  RetryProvisioningHandler,
  MoveServerHandler,
  ReinstallServerHandler,
  SetServerStateHandler,
  SetServerSizeHandler,
  RepairServerHandler,
];
