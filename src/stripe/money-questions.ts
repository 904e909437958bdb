/** Asks Stripe what has become of an order's money, where a webhook may have been missed, and books the answer as the webhook would have been. */
import { Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, QueryBus, type ICommandHandler } from '@nestjs/cqrs';
import type { Stripe } from 'stripe';
import { OrderFacts } from '../orders/order.queries.js';
import { HasPaymentFailed, MoneyOfOrderQuery, OpenMoneyOfOrder } from '../payments/payment.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';
import { interpret } from './intake.js';
import { MoneyBooks } from './money-books.js';
import { reduceObject } from './reduce-object.js';
import { AskForMoney, BookCheckout, BookStripeObject } from './stripe.commands.js';
import type { StripeObject } from './stripe.events.js';
import { StripeGateway } from './stripe.gateway.js';
import { StripeObjects } from './stripe-objects.js';

const ACTOR: Actor = { kind: 'saga', id: 'money-questions' };

const INVOICE_WORDS: Readonly<Record<string, string>> = {
  paid: 'invoice.paid',
  void: 'invoice.voided',
  uncollectible: 'invoice.marked_uncollectible',
};

/** The event with which Stripe would have told that the object is as it is; undefined where it tells nothing that is booked. */
const eventFor = ({ object, status }: StripeObject): string | undefined => {
  if (object === 'subscription') return 'customer.subscription.updated';
  if (object === 'refund') return 'refund.updated';
  return object === 'invoice' ? INVOICE_WORDS[status ?? ''] : undefined;
};

/** More invoices than a subscription has in eight years of months. */
const LISTED_MAX = 100;
const PAGE = 100;

@Injectable()
export class MoneyQuestions {
  constructor(
    private readonly books: MoneyBooks,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  /** Books an object as Stripe has it now; the same fact again is silence. */
  async book(orderId: string, object: StripeObject, paymentId: string | null = null): Promise<void> {
    await this.bookAs(eventFor(object), orderId, { object, paymentId });
  }

  /** A dispute is told in parts: that it was opened, what the bank moved, how it stands. */
  async bookDispute(orderId: string, object: StripeObject, paymentId: string): Promise<void> {
    for (const type of ['charge.dispute.created', 'charge.dispute.funds_withdrawn', 'charge.dispute.updated'])
      await this.bookAs(type, orderId, { object, paymentId });
  }

  private async bookAs(
    type: string | undefined,
    orderId: string,
    { object, paymentId }: { object: StripeObject; paymentId: string | null },
  ): Promise<void> {
    const about = type === undefined ? undefined : await this.queries.execute(new OrderFacts(orderId));
    if (type === undefined || !about) return;
    const told = { type, snapshot: object, object, created: null, receivedAt: this.clock.iso() };
    await this.books.book(interpret(told, { about, paymentId }), orderId, claimOf(orderId, ACTOR));
  }
}

@CommandHandler(BookStripeObject)
export class BookStripeObjectHandler implements ICommandHandler<BookStripeObject> {
  constructor(
    private readonly objects: StripeObjects,
    private readonly questions: MoneyQuestions,
  ) {}

  async execute({ orderId, object: { kind, objectId }, paymentId }: BookStripeObject): Promise<void> {
    const object = await this.objects.current(kind, objectId);
    if (object) await this.questions.book(orderId, object, paymentId);
  }
}

@CommandHandler(AskForMoney)
export class AskForMoneyHandler implements ICommandHandler<AskForMoney> {
  constructor(
    private readonly stripe: StripeGateway,
    private readonly objects: StripeObjects,
    private readonly questions: MoneyQuestions,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  async execute({ orderId }: AskForMoney): Promise<{ processing: boolean }> {
    const open = await this.queries.execute(new OpenMoneyOfOrder(orderId));
    const latest = open.subscriptionId === null ? null : await this.ofSubscription(orderId, open.subscriptionId);
    const invoiceIds = new Set([...open.invoiceIds, ...(latest === null ? [] : [latest])]);
    const answers: boolean[] = [];
    for (const invoiceId of invoiceIds) answers.push(await this.ofInvoice(orderId, invoiceId));
    for (const sessionId of open.sessionIds) answers.push(await this.ofCheckout(orderId, sessionId));
    await this.moneyBack(orderId);
    return { processing: answers.includes(true) };
  }

  /** Its latest invoice; what was paid before is booked with it. */
  private async ofSubscription(orderId: string, subscriptionId: string): Promise<string | null> {
    const { sdk } = this.stripe;
    const paid = await this.stripe.asking(() =>
      sdk.invoices.list({ subscription: subscriptionId, status: 'paid', limit: PAGE }).autoPagingToArray({ limit: LISTED_MAX }),
    );
    for (const { id } of paid.toReversed()) {
      const invoice = await this.objects.current('invoice', id ?? '');
      if (invoice) await this.questions.book(orderId, invoice);
    }
    const subscription = await this.stripe.asking(() => sdk.subscriptions.retrieve(subscriptionId));
    await this.questions.book(orderId, reduceObject(subscription));
    const { latest_invoice: latest } = subscription;
    return typeof latest === 'string' ? latest : (latest?.id ?? null);
  }

  /** Whether a payment of it is on its way. */
  private async ofInvoice(orderId: string, invoiceId: string): Promise<boolean> {
    const invoice = await this.stripe.invoice(invoiceId);
    await this.questions.book(orderId, reduceObject(invoice));
    if (invoice.status !== 'open') return false;
    const expand = ['data.payment.payment_intent'];
    const { data } = await this.stripe.asking(() => this.stripe.sdk.invoicePayments.list({ invoice: invoiceId, limit: 100, expand }));
    return data.some(({ payment: { payment_intent: intent } }) => typeof intent === 'object' && intent.status === 'processing');
  }

  /** What went back of every payment, and what banks have asked for. */
  private async moneyBack(orderId: string): Promise<void> {
    const { payments } = await this.queries.execute(new MoneyOfOrderQuery(orderId));
    for (const { paymentId } of payments) {
      const intent = await this.objects.intentOf(paymentId);
      if (intent === null) continue;
      for (const refund of (await this.objects.refundsOf(intent)).toReversed()) await this.questions.book(orderId, refund, paymentId);
      for (const dispute of await this.objects.disputesOf(intent)) await this.questions.bookDispute(orderId, dispute, paymentId);
    }
  }

  private async ofCheckout(orderId: string, sessionId: string): Promise<boolean> {
    const session: Stripe.Checkout.Session = await this.stripe.checkout(sessionId);
    if (session.status !== 'complete') return false;
    await this.commands.execute(new BookCheckout({ orderId, session }, () => claimOf(orderId, ACTOR)));
    if (session.payment_status !== 'unpaid') return false;
    return !(await this.queries.execute(new HasPaymentFailed(orderId, sessionId)));
  }
}
