/** Turns what Stripe tells of an order into commands, whoever brought it: a webhook, or an answer to our own question. */
import { Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, QueryBus, type ICommandHandler } from '@nestjs/cqrs';
import { RecordCheckoutExpired } from '../orders/order.commands.js';
import { OrderFacts } from '../orders/order.queries.js';
import { RecordFacts } from '../payments/payment.commands.js';
import { Clock } from '../platform/clock.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import { interpret, type IntakeAction } from './intake.js';
import { reduceObject } from './reduce-object.js';
import { BookCheckout } from './stripe.commands.js';
import type { StripeObject } from './stripe.events.js';
import { StripeGateway } from './stripe.gateway.js';

@Injectable()
export class MoneyBooks {
  constructor(private readonly commands: CommandBus) {}

  /** Silence for what is recorded already. */
  async book(action: IntakeAction, orderId: string, context: CommandContext): Promise<void> {
    switch (action.do) {
      case 'nothing':
        return;
      case 'record':
        await this.commands.execute(new RecordFacts(orderId, action.facts, context));
        return;
      case 'expireCheckout':
        await this.commands.execute(new RecordCheckoutExpired({ orderId, sessionId: action.sessionId }, context));
    }
  }
}

/** A session may be asked about twice, before and after its money came: those are two things to record. */
const purposeOf = (action: IntakeAction, { id }: StripeObject): string =>
  [...(action.do === 'record' ? action.facts.map(({ type }) => type) : [action.do]), id].join(' ');

@CommandHandler(BookCheckout)
export class BookCheckoutHandler implements ICommandHandler<BookCheckout> {
  constructor(
    private readonly books: MoneyBooks,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: BookCheckout): Promise<void> {
    const about = await this.queries.execute(new OrderFacts(data.orderId));
    if (!about) return;
    const book = async (type: string, object: StripeObject): Promise<void> => {
      const told = { type, snapshot: object, object, created: null, receivedAt: this.clock.iso() };
      const action = interpret(told, { about, paymentId: null });
      await this.books.book(action, data.orderId, context(purposeOf(action, object)));
    };
    const session = reduceObject(data.session);
    await book('checkout.session.completed', session);
    // The money of a subscription is its invoice's.
    if (session.mode !== 'subscription' || session.paymentStatus === 'unpaid' || session.invoice === null) return;
    const invoice = reduceObject(await this.stripe.invoice(session.invoice));
    if (invoice.status === 'paid') await book('invoice.paid', invoice);
  }
}
