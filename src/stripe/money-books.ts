/** Turns what a Stripe object means for an order into commands, whoever brought it: a webhook, or an answer to our own question. */
import { Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, QueryBus, type ICommandHandler } from '@nestjs/cqrs';
import type { Money } from '../orders/order.events.js';
import { RecordCheckoutExpired } from '../orders/order.commands.js';
import { OrderFacts, type FactsOfOrder } from '../orders/order.queries.js';
import { LinkSubscription, RecordFailedPayment, RecordPayment, RecordPendingPayment } from '../payments/payment.commands.js';
import { Clock } from '../platform/clock.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import { interpret, type IntakeAction } from './intake.js';
import { reduceObject } from './reduce-event.js';
import { BookCheckout } from './stripe.commands.js';
import type { StripeObject } from './stripe.events.js';
import { StripeGateway } from './stripe.gateway.js';

interface Entry {
  readonly order: FactsOfOrder;
  readonly object: StripeObject;
  readonly context: CommandContext;
  readonly at: string;
}

/** A total of zero is a free order; a price before tax and coupons is what the order compares. */
export const moneyOf = (object: StripeObject, totalMinor: number): { readonly total: Money; readonly subtotal: Money } => {
  const currency = object.currency ?? '';
  return { total: { amountMinor: totalMinor, currency }, subtotal: { amountMinor: object.amountSubtotal ?? totalMinor, currency } };
};

const paidBy = ({ paymentId, kind, totalMinor }: Extract<IntakeAction, { do: 'recordPayment' }>, object: StripeObject) => {
  const paidThrough = object.paidThrough === null ? null : new Date(object.paidThrough * 1000).toISOString();
  const sessionId = object.object === 'checkout.session' ? object.id : null;
  return { paymentId, kind, ...moneyOf(object, totalMinor), sessionId, subscriptionId: object.subscription, paidThrough };
};

@Injectable()
export class MoneyBooks {
  constructor(private readonly commands: CommandBus) {}

  /** Every command is silence for what is recorded already. */
  async book(action: IntakeAction, { order, object, context, at }: Entry): Promise<void> {
    const { orderId } = order;
    switch (action.do) {
      case 'nothing':
        return;
      case 'recordPayment':
        await this.commands.execute(new RecordPayment({ ...order, ...paidBy(action, object), receivedAt: at }, context));
        return;
      case 'recordPending':
      case 'recordFailed': {
        const { total: amount } = moneyOf(object, object.amountTotal ?? 0);
        const data = { ...order, paymentId: action.paymentId, sessionId: object.id, amount, receivedAt: at };
        await (action.do === 'recordPending'
          ? this.commands.execute(new RecordPendingPayment(data, context))
          : this.commands.execute(new RecordFailedPayment({ ...data, code: 'asyncPaymentFailed' }, context)));
        return;
      }
      case 'linkSubscription': {
        const link = { orderId, subscriptionId: action.subscriptionId, stripeCustomerId: object.customer, linkedAt: at };
        await this.commands.execute(new LinkSubscription(link, context));
        return;
      }
      case 'expireCheckout':
        await this.commands.execute(new RecordCheckoutExpired({ orderId, sessionId: object.id }, context));
    }
  }
}

@CommandHandler(BookCheckout)
export class BookCheckoutHandler implements ICommandHandler<BookCheckout> {
  constructor(
    private readonly books: MoneyBooks,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: BookCheckout): Promise<void> {
    const order = await this.queries.execute(new OrderFacts(data.orderId));
    if (!order) return;
    const session = reduceObject(data.session);
    const book = async (type: string, object: StripeObject): Promise<void> => {
      const action = interpret(type, object);
      await this.books.book(action, { order, object, context: context(`${action.do} ${object.id}`), at: this.clock.iso() });
    };
    await book('checkout.session.completed', session);
    // The money of a subscription is its invoice's.
    if (session.mode !== 'subscription' || session.paymentStatus === 'unpaid' || session.invoice === null) return;
    const invoice = reduceObject(await this.stripe.invoice(session.invoice));
    if (invoice.status === 'paid') await book('invoice.paid', invoice);
  }
}
