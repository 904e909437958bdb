/** Carries out what is asked of a customer's stream. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../platform/clock.js';
import { stepOf, type Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelAccountRunner } from './panel-account.runner.js';
import { ClaimPanelAccount, ContinuePanelAccount, RegisterCustomer } from './customer.commands.js';
import { claimAccount, customerDecider, registerCustomer } from './customer.decider.js';

@CommandHandler(RegisterCustomer)
export class RegisterCustomerHandler implements ICommandHandler<RegisterCustomer> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { customerId, actor } }: RegisterCustomer): Promise<Written> {
    const context = stepOf(customerId, 'register', actor);
    return this.streams.execute(
      { decider: customerDecider, id: customerId },
      context,
      registerCustomer({ customerId, at: this.clock.iso() }),
    );
  }
}

@CommandHandler(ContinuePanelAccount)
export class ContinuePanelAccountHandler implements ICommandHandler<ContinuePanelAccount> {
  constructor(private readonly runner: PanelAccountRunner) {}

  async execute({ customerId }: ContinuePanelAccount): Promise<Date | null> {
    return this.runner.run(customerId);
  }
}

@CommandHandler(ClaimPanelAccount)
export class ClaimPanelAccountHandler implements ICommandHandler<ClaimPanelAccount> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ claim, context }: ClaimPanelAccount): Promise<Written> {
    const claimed = claimAccount({ ...claim, claimedAt: this.clock.iso() });
    return this.streams.execute({ decider: customerDecider, id: claim.customerId }, context, claimed);
  }
}

export const customerHandlers = [RegisterCustomerHandler, ContinuePanelAccountHandler, ClaimPanelAccountHandler];
