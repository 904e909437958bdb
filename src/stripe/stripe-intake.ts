/** Turns recorded Stripe events into commands, in order within one Stripe object. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { OrderFacts } from '../orders/order.queries.js';
import { RecordCheckoutExpired } from '../orders/order.commands.js';
import {
  LinkSubscription,
  RecordFailedPayment,
  RecordPayment,
  RecordPendingPayment,
  RecordUnmatchedMoney,
} from '../payments/payment.commands.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { Reactor } from '../platform/reactor.js';
import { interpret, wantsFresh, type IntakeAction } from './intake.js';
import { reduceObject } from './reduce-event.js';
import type { StripeEventReceived, StripeObject } from './stripe.events.js';
import { StripeGateway } from './stripe.gateway.js';

interface Work {
  readonly object: StripeObject;
  readonly context: CommandContext;
  readonly at: string;
  readonly stripeEventId: string;
}

@Injectable()
export class StripeIntake implements Reactor {
  readonly name = 'stripe-intake';
  readonly prefixes = ['stripeEvent-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
  ) {}

  readonly key = (event: Recorded): string => (event as Recorded<StripeEventReceived>).data.object.id;

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as Recorded<StripeEventReceived>;
    const { type, quarantine, stripeEventId, receivedAt } = event.data;
    if (quarantine !== null) return;
    const object = wantsFresh(type) ? reduceObject(await this.stripe.checkout(event.data.object.id)) : event.data.object;
    const orderId = object.orderId;
    const caused = causedBy(event, 'intake', { kind: 'stripe', id: stripeEventId });
    const context = { ...caused, correlationId: orderId ?? object.id };
    await this.carryOut(interpret(type, object), { object, context, at: receivedAt, stripeEventId });
  };

  private async carryOut(action: IntakeAction, work: Work): Promise<void> {
    const { object, context, at } = work;
    if (action.do === 'nothing') return;
    const order = object.orderId === null ? undefined : await this.queries.execute(new OrderFacts(object.orderId));
    if (!order) return action.do === 'recordPayment' ? this.recordUnmatched(action, work) : undefined;
    const { orderId } = order;
    switch (action.do) {
      case 'recordPayment':
        await this.commands.execute(new RecordPayment({ ...order, ...this.paid(action, object), receivedAt: at }, context));
        return;
      case 'recordPending':
      case 'recordFailed': {
        const { total: amount } = this.money(object, object.amountTotal ?? 0);
        const data = { ...order, paymentId: action.paymentId, sessionId: object.id, amount, receivedAt: at };
        await (action.do === 'recordPending'
          ? this.commands.execute(new RecordPendingPayment(data, context))
          : this.commands.execute(new RecordFailedPayment({ ...data, code: 'asyncPaymentFailed' }, context)));
        return;
      }
      case 'linkSubscription':
        await this.commands.execute(
          new LinkSubscription(
            { orderId, subscriptionId: action.subscriptionId, stripeCustomerId: object.customer ?? '', linkedAt: at },
            context,
          ),
        );
        return;
      case 'expireCheckout':
        await this.commands.execute(new RecordCheckoutExpired({ orderId, sessionId: object.id }, context));
    }
  }

  private paid({ paymentId, kind, totalMinor }: Extract<IntakeAction, { do: 'recordPayment' }>, object: StripeObject) {
    const paidThrough = object.paidThrough === null ? null : new Date(object.paidThrough * 1000).toISOString();
    const sessionId = object.object === 'checkout.session' ? object.id : null;
    return { paymentId, kind, ...this.money(object, totalMinor), sessionId, subscriptionId: object.subscription, paidThrough };
  }

  /** A total of zero is a free order; a price before tax and coupons is what the order compares. */
  private money(object: StripeObject, totalMinor: number) {
    const currency = object.currency ?? '';
    return { total: { amountMinor: totalMinor, currency }, subtotal: { amountMinor: object.amountSubtotal ?? totalMinor, currency } };
  }

  private async recordUnmatched(action: Extract<IntakeAction, { do: 'recordPayment' }>, work: Work): Promise<void> {
    const { object, context, at, stripeEventId } = work;
    const reason = object.orderId === null ? 'noOrderId' : 'unknownOrder';
    const { total: amount } = this.money(object, action.totalMinor);
    await this.commands.execute(
      new RecordUnmatchedMoney({ objectId: action.paymentId, amount, reason, stripeEventId, receivedAt: at }, context),
    );
  }
}
