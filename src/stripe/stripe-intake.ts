/** Turns recorded Stripe events into commands, in order within one Stripe object. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FactsOfOrder } from '../orders/order.queries.js';
import { RecordUnmatchedMoney, TellUnmatchedMoney } from '../payments/unmatched-money.commands.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import { NotYet, type Reactor } from '../platform/reactor.js';
import { Correlation } from './correlation.js';
import { interpret, moneyIn, wantsFresh, type IntakeAction } from './intake.js';
import { unmatchedWords } from './intake.unmatched.js';
import { MoneyBooks } from './money-books.js';
import { READ_TYPES } from './reduce-event.js';
import type { StripeEventReceived } from './stripe.events.js';
import { StripeObjects } from './stripe-objects.js';
import { detailOf, type Told } from './told.js';

type WebhookEvent = Recorded<StripeEventReceived>;

/** Says only how Stripe's objects belong together, which the links have read by themselves. */
const LINKS_ONLY = 'invoice_payment.paid';

/** Stripe puts our metadata on intents of a payment once only: of a subscription's, its invoice tells. */
const ATTEMPT_FAILED = 'payment_intent.payment_failed';

@Injectable()
export class StripeIntake implements Reactor {
  readonly name = 'stripe-intake';
  readonly prefixes = ['stripeEvent-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly objects: StripeObjects,
    private readonly correlation: Correlation,
    private readonly books: MoneyBooks,
  ) {}

  readonly key = (event: Recorded): string => (event as WebhookEvent).data.object.id;

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as WebhookEvent;
    const { type, quarantine } = event.data;
    if (quarantine !== null || type === LINKS_ONLY || !READ_TYPES.has(type)) return;
    if (type === ATTEMPT_FAILED && event.data.object.orderId === null) return;
    const told = await this.told(event);
    const correlated = await this.correlation.of(told.object, event.position.commit);
    if (correlated.is === 'ours') return this.book(event, told, correlated.about);
    return this.keepUnmatched(event, told, correlated.is);
  };

  /** What Stripe no longer has is as it was told. */
  private async told(event: WebhookEvent): Promise<Told> {
    const { type, created, receivedAt, object: snapshot } = event.data;
    const fresh = wantsFresh(type, snapshot) ? await this.objects.current(snapshot.object, snapshot.id) : null;
    return { type, snapshot, object: fresh ?? snapshot, created, receivedAt };
  }

  private async book(event: WebhookEvent, told: Told, about: FactsOfOrder): Promise<void> {
    const action = told.type === 'charge.refunded' ? await this.refunds(told, about) : await this.action(told, about);
    const context = { ...this.context(event), correlationId: about.orderId };
    await this.books.book(action, about.orderId, context);
  }

  private async action(told: Told, about: FactsOfOrder): Promise<IntakeAction> {
    const isAboutPaid = ['refund', 'dispute'].includes(told.object.object);
    const paymentId = isAboutPaid ? await this.correlation.bookedAs(told.object, about.orderId) : null;
    return interpret(told, { about, paymentId });
  }

  /** A charge tells only what its refunds come to; they are told one by one. */
  private async refunds(told: Told, about: FactsOfOrder): Promise<IntakeAction> {
    const { paymentIntent } = told.object;
    if (paymentIntent === null) return { do: 'nothing' };
    const paymentId = await this.correlation.bookedAs(told.object, about.orderId);
    const facts = (await this.objects.refundsOf(paymentIntent)).toReversed().flatMap((refund) => {
      const action = interpret({ ...told, type: 'refund.updated', snapshot: refund, object: refund }, { about, paymentId });
      return action.do === 'record' ? action.facts : [];
    });
    return facts.length === 0 ? { do: 'nothing' } : { do: 'record', facts };
  }

  /** Money is never dropped; what else names no order may yet be linked to one, and what names somebody else's is none of ours. */
  private async keepUnmatched(event: WebhookEvent, told: Told, is: 'foreign' | 'unknown'): Promise<void> {
    const money = moneyIn(told);
    const { stripeEventId } = event.data;
    if (money) {
      const amount = { ...money.total, amountMinor: money.total.amountMinor - (money.offStripeMinor ?? 0) };
      const reason = is === 'foreign' ? 'unknownOrder' : 'noOrderId';
      const data = { objectId: money.paymentId, amount, reason, stripeEventId, payment: money, receivedAt: told.receivedAt } as const;
      await this.commands.execute(new RecordUnmatchedMoney(data, this.context(event)));
      return;
    }
    if (await this.isOfUnmatched(event, told)) return;
    // A checkout of ours always names its order, so that one that does not is not ours; a charge only sums up what its refunds tell themselves.
    const tellsNothingNew = detailOf(told.object, 'session') !== undefined || told.type === 'charge.refunded';
    const mayBeLinked = is === 'unknown' && !tellsNothingNew;
    if (mayBeLinked) throw new NotYet(`no order is known for ${told.object.object} ${told.object.id}`);
  }

  /** A refund or dispute of money that names no order itself names none. */
  private async isOfUnmatched(event: WebhookEvent, told: Told): Promise<boolean> {
    const { object, paymentIntent } = told.object;
    if ((object !== 'refund' && object !== 'dispute') || paymentIntent === null) return false;
    const objectId = (await this.objects.invoicePaidWith(paymentIntent)) ?? paymentIntent;
    const words = unmatchedWords(told, objectId);
    return this.commands.execute(new TellUnmatchedMoney({ objectId, words }, this.context(event)));
  }

  private context(event: WebhookEvent) {
    const { stripeEventId, object } = event.data;
    return { ...causedBy(event, 'intake', { kind: 'stripe', id: stripeEventId }), correlationId: object.orderId ?? object.id };
  }
}
