/** Carries out what we want of Stripe for an order. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../platform/clock.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { closeWaysToPay, endBilling } from './checkouts.decider.js';
import { CloseWaysToPay, ContinueStripeCalls, EndBilling, IntendStripeCall, RefundPayment } from './payment.commands.js';
import { paymentDecider } from './payment.decider.js';
import { intendRefund } from './refund.decider.js';
import { intendCall } from './stripe-call.decider.js';
import { StripeCallRunner } from './stripe-call.runner.js';

const target = (orderId: string) => ({ decider: paymentDecider, id: orderId });
/** Whoever closes something first, it is the same call. */
const endingId =
  (orderId: string) =>
  (part: string): string =>
    derivedId('end-billing', orderId, part);

@CommandHandler(IntendStripeCall)
export class IntendStripeCallHandler implements ICommandHandler<IntendStripeCall> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: IntendStripeCall): Promise<Written> {
    return this.streams.execute(target(data.orderId), context, intendCall({ ...data, intendedAt: this.clock.iso() }));
  }
}

@CommandHandler(EndBilling)
export class EndBillingHandler implements ICommandHandler<EndBilling> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: EndBilling): Promise<Written> {
    const wish = { ...data, callId: endingId(data.orderId), at: this.clock.iso() };
    return this.streams.execute(target(data.orderId), context, endBilling(wish));
  }
}

@CommandHandler(CloseWaysToPay)
export class CloseWaysToPayHandler implements ICommandHandler<CloseWaysToPay> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: CloseWaysToPay): Promise<Written> {
    const wish = { ...data, callId: endingId(data.orderId), at: this.clock.iso() };
    return this.streams.execute(target(data.orderId), context, closeWaysToPay(wish));
  }
}

@CommandHandler(RefundPayment)
export class RefundPaymentHandler implements ICommandHandler<RefundPayment> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: RefundPayment): Promise<Written> {
    return this.streams.execute(target(wish.orderId), context, intendRefund({ ...wish, at: this.clock.iso() }));
  }
}

@CommandHandler(ContinueStripeCalls)
export class ContinueStripeCallsHandler implements ICommandHandler<ContinueStripeCalls> {
  constructor(private readonly runner: StripeCallRunner) {}

  async execute({ orderId }: ContinueStripeCalls): Promise<Date | null> {
    return this.runner.run(orderId);
  }
}

export const stripeCallHandlers = [
  StripeCallRunner,
  IntendStripeCallHandler,
  EndBillingHandler,
  CloseWaysToPayHandler,
  RefundPaymentHandler,
  ContinueStripeCallsHandler,
];
