/** Carries out what is told to the money streams. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { LinkSubscription, RecordFailedPayment, RecordPayment, RecordPendingPayment, RecordUnmatchedMoney } from './payment.commands.js';
import { linkSubscription, paymentDecider, recordFailure, recordPayment, recordPending } from './payment.decider.js';
import { receiveUnmatched, unmatchedMoneyDecider } from './unmatched-money.decider.js';

const target = (orderId: string) => ({ decider: paymentDecider, id: orderId });

@CommandHandler(RecordPayment)
export class RecordPaymentHandler implements ICommandHandler<RecordPayment> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data, context }: RecordPayment): Promise<Written> {
    return this.streams.execute(target(data.orderId), context, recordPayment(data));
  }
}

@CommandHandler(RecordPendingPayment)
export class RecordPendingPaymentHandler implements ICommandHandler<RecordPendingPayment> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data, context }: RecordPendingPayment): Promise<Written> {
    return this.streams.execute(target(data.orderId), context, recordPending(data));
  }
}

@CommandHandler(RecordFailedPayment)
export class RecordFailedPaymentHandler implements ICommandHandler<RecordFailedPayment> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data, context }: RecordFailedPayment): Promise<Written> {
    return this.streams.execute(target(data.orderId), context, recordFailure(data));
  }
}

@CommandHandler(LinkSubscription)
export class LinkSubscriptionHandler implements ICommandHandler<LinkSubscription> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data, context }: LinkSubscription): Promise<Written> {
    return this.streams.execute(target(data.orderId), context, linkSubscription(data));
  }
}

@CommandHandler(RecordUnmatchedMoney)
export class RecordUnmatchedMoneyHandler implements ICommandHandler<RecordUnmatchedMoney> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data, context }: RecordUnmatchedMoney): Promise<Written> {
    return this.streams.execute({ decider: unmatchedMoneyDecider, id: data.objectId }, context, receiveUnmatched(data));
  }
}

export const paymentHandlers = [
  RecordPaymentHandler,
  RecordPendingPaymentHandler,
  RecordFailedPaymentHandler,
  LinkSubscriptionHandler,
  RecordUnmatchedMoneyHandler,
];
