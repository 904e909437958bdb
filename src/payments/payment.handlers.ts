/** Carries out what is told to the money streams. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { RecordFacts } from './payment.commands.js';
import { paymentDecider, recordFacts } from './payment.decider.js';
import { unmatchedMoneyHandlers } from './unmatched-money.commands.js';

@CommandHandler(RecordFacts)
export class RecordFactsHandler implements ICommandHandler<RecordFacts> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId, facts, context }: RecordFacts): Promise<Written> {
    return this.streams.execute({ decider: paymentDecider, id: orderId }, context, recordFacts(facts));
  }
}

export const paymentHandlers = [RecordFactsHandler, ...unmatchedMoneyHandlers];
