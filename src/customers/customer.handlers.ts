/** Carries out what is asked of a customer's stream. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../platform/clock.js';
import { stepOf, type Written } from '../platform/commands.js';
import { derivedId } from '../platform/ids.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelAccountRunner } from './panel-account.runner.js';
import { ClaimPanelAccount, ContinuePanelAccount, RecordDetailChange, RegisterCustomer } from './customer.commands.js';
import { changeEmail, claimAccount, customerDecider, registerCustomer, rename } from './customer.decider.js';

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

@CommandHandler(RecordDetailChange)
export class RecordDetailChangeHandler implements ICommandHandler<RecordDetailChange> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ change: { changeId, personId, what } }: RecordDetailChange): Promise<Written> {
    const commandId = derivedId('detail change', changeId);
    const context = { commandId, correlationId: personId, causationId: commandId, actor: { kind: 'customer', id: personId } } as const;
    const record = what === 'email' ? changeEmail : rename;
    const decide = record({ customerId: personId, changeId, at: this.clock.iso() });
    return this.streams.execute({ decider: customerDecider, id: personId }, context, decide);
  }
}

export const customerHandlers = [
  ...[RegisterCustomerHandler, ContinuePanelAccountHandler],
  ...[ClaimPanelAccountHandler, RecordDetailChangeHandler],
];
