/** What can be told to the money streams. All of it is fact: nothing here is ever refused. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { ToldFact, UnmatchedMoneyReceived } from './payment.events.js';

/** What Stripe says of an order's money, in the order in which it is to be judged; all of it is recorded at once, or none. */
export class RecordFacts extends Command<Written> {
  constructor(
    readonly orderId: string,
    readonly facts: readonly ToldFact[],
    readonly context: CommandContext,
  ) {
    super();
  }
}

export class RecordUnmatchedMoney extends Command<Written> {
  constructor(
    readonly data: UnmatchedMoneyReceived['data'],
    readonly context: CommandContext,
  ) {
    super();
  }
}
