/** What can be told to, and asked of, money that names no order. Reasons are codes: nothing personal enters an event. */
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { QueryBus } from '@nestjs/cqrs';
import { OrderFacts } from '../orders/order.queries.js';
import { Clock } from '../platform/clock.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository, type CommandContext } from '../platform/event-store/stream-repository.js';
import { refuse } from '../platform/refusal.js';
import { assignUnmatched, receiveUnmatched, refundUnmatched, tellUnmatched, unmatchedMoneyDecider } from './unmatched-money.decider.js';
import type { UnmatchedMoneyReceived, UnmatchedWord } from './unmatched-money.events.js';

export class RecordUnmatchedMoney extends Command<Written> {
  constructor(
    readonly data: UnmatchedMoneyReceived['data'],
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** @throws Refusal ORDER_UNKNOWN, MONEY_UNKNOWN, MONEY_NOT_WAITING */
export class AssignUnmatchedMoney extends Command<Written> {
  constructor(
    readonly wish: { readonly objectId: string; readonly orderId: string; readonly reason: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** What is left of it goes back. @throws Refusal MONEY_UNKNOWN, MONEY_NOT_WAITING */
export class RefundUnmatchedMoney extends Command<Written> {
  constructor(
    readonly wish: { readonly objectId: string; readonly reason: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** What Stripe tells of money that is here: refunds and disputes. Answers whether there is such money. */
export class TellUnmatchedMoney extends Command<boolean> {
  constructor(
    readonly told: { readonly objectId: string; readonly words: readonly UnmatchedWord[] },
    readonly context: CommandContext,
  ) {
    super();
  }
}

const at = (objectId: string) => ({ decider: unmatchedMoneyDecider, id: objectId });

@CommandHandler(RecordUnmatchedMoney)
class RecordUnmatchedMoneyHandler implements ICommandHandler<RecordUnmatchedMoney> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data, context }: RecordUnmatchedMoney): Promise<Written> {
    return this.streams.execute(at(data.objectId), context, receiveUnmatched(data));
  }
}

@CommandHandler(AssignUnmatchedMoney)
class AssignUnmatchedMoneyHandler implements ICommandHandler<AssignUnmatchedMoney> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: AssignUnmatchedMoney): Promise<Written> {
    const { objectId, orderId, reason } = wish;
    if (!(await this.queries.execute(new OrderFacts(orderId)))) throw refuse('ORDER_UNKNOWN', 422, 'There is no such order.');
    return this.streams.execute(at(objectId), context, assignUnmatched({ orderId, reason, at: this.clock.iso() }));
  }
}

@CommandHandler(RefundUnmatchedMoney)
class RefundUnmatchedMoneyHandler implements ICommandHandler<RefundUnmatchedMoney> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: RefundUnmatchedMoney): Promise<Written> {
    const { objectId, reason } = wish;
    const decide = refundUnmatched({ refundKey: context.commandId, reason, at: this.clock.iso() });
    return this.streams.execute(at(objectId), context, decide);
  }
}

@CommandHandler(TellUnmatchedMoney)
class TellUnmatchedMoneyHandler implements ICommandHandler<TellUnmatchedMoney> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ told: { objectId, words }, context }: TellUnmatchedMoney): Promise<boolean> {
    return (await this.streams.execute(at(objectId), context, tellUnmatched(words))).state.status !== 'none';
  }
}

export const unmatchedMoneyHandlers = [
  RecordUnmatchedMoneyHandler,
  AssignUnmatchedMoneyHandler,
  RefundUnmatchedMoneyHandler,
  TellUnmatchedMoneyHandler,
];
