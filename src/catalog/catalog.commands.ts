/** What can be told to a plan's stream. */
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { claimOf, type Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { planDecider, recordCheck } from './plan.decider.js';
import type { PlanChecked } from './plan.events.js';

/** Records how a plan compares with panel and Stripe, if that changed. */
export class RecordPlanCheck extends Command<Written> {
  constructor(readonly check: PlanChecked['data']) {
    super();
  }
}

@CommandHandler(RecordPlanCheck)
export class RecordPlanCheckHandler implements ICommandHandler<RecordPlanCheck> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ check }: RecordPlanCheck): Promise<Written> {
    const context = claimOf(`plan-${check.planId}`, { kind: 'system', id: 'catalog-checker' });
    return this.streams.execute({ decider: planDecider, id: check.planId }, context, recordCheck(check));
  }
}
