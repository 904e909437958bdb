/** What can be told to the money streams. All of it is fact: nothing here is ever refused. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { ToldFact } from './payment.events.js';
import type { RefundWish } from './refund.decider.js';
import type { StripeCallIntended } from './stripe-call.events.js';

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

/** Stripe shall do this for the order. The same call id again is silence, and so is a second end of one subscription's billing. */
export class IntendStripeCall extends Command<Written> {
  constructor(
    readonly data: Omit<StripeCallIntended['data'], 'intendedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Nothing more may be collected for an order: its subscription ends, its open invoices become void, and its open checkouts close. */
export class EndBilling extends Command<Written> {
  constructor(
    readonly data: { readonly orderId: string; readonly subscriptionId: string | null; readonly reason: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Nobody is to pay for an order any more, though its subscription is not ended yet: its open checkouts close, and its invoices become void. */
export class CloseWaysToPay extends Command<Written> {
  constructor(
    readonly data: {
      readonly orderId: string;
      readonly subscription: { readonly subscriptionId: string; readonly endsAt: string } | null;
      readonly reason: string;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Makes the calls toward Stripe that are due for an order; answers when to look again, null when none is left. */
export class ContinueStripeCalls extends Command<Date | null> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** An operator gives money back, in part or all that is left. @throws Refusal PAYMENT_UNKNOWN, REFUND_TOO_HIGH */
export class RefundPayment extends Command<Written> {
  constructor(
    readonly wish: Omit<RefundWish, 'at'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}
