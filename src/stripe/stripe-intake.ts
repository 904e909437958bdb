/** Turns recorded Stripe events into commands, in order within one Stripe object. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { OrderFacts } from '../orders/order.queries.js';
import { RecordUnmatchedMoney } from '../payments/payment.commands.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { Reactor } from '../platform/reactor.js';
import { interpret, wantsFresh, type IntakeAction } from './intake.js';
import { MoneyBooks, moneyOf } from './money-books.js';
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
    private readonly books: MoneyBooks,
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
    const { object } = work;
    if (action.do === 'nothing') return;
    const order = object.orderId === null ? undefined : await this.queries.execute(new OrderFacts(object.orderId));
    if (order) return this.books.book(action, { ...work, order });
    if (action.do === 'recordPayment') await this.recordUnmatched(action, work);
  }

  private async recordUnmatched(action: Extract<IntakeAction, { do: 'recordPayment' }>, work: Work): Promise<void> {
    const { object, context, at, stripeEventId } = work;
    const reason = object.orderId === null ? 'noOrderId' : 'unknownOrder';
    const { total: amount } = moneyOf(object, action.totalMinor);
    await this.commands.execute(
      new RecordUnmatchedMoney({ objectId: action.paymentId, amount, reason, stripeEventId, receivedAt: at }, context),
    );
  }
}
