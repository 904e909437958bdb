/** What can be told to the money streams. All of it is fact: nothing here is ever refused. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { PaymentFailed, PaymentPending, PaymentSucceeded, SubscriptionLinked, UnmatchedMoneyReceived } from './payment.events.js';

export class RecordPayment extends Command<Written> {
  constructor(
    readonly data: PaymentSucceeded['data'],
    readonly context: CommandContext,
  ) {
    super();
  }
}

export class RecordPendingPayment extends Command<Written> {
  constructor(
    readonly data: PaymentPending['data'],
    readonly context: CommandContext,
  ) {
    super();
  }
}

export class RecordFailedPayment extends Command<Written> {
  constructor(
    readonly data: PaymentFailed['data'],
    readonly context: CommandContext,
  ) {
    super();
  }
}

export class LinkSubscription extends Command<Written> {
  constructor(
    readonly data: SubscriptionLinked['data'],
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
