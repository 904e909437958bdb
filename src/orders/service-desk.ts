/** What people may ask of a paid order: its customer to end, keep or prolong it, an operator to stop, end or refund it. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { NoteStore } from '../customers/identity/note.store.js';
import { CloseWaysToPay, ContinueStripeCalls, IntendStripeCall, RefundPayment } from '../payments/payment.commands.js';
import { MoneyOfOrderQuery, StripeCallOf } from '../payments/payment.queries.js';
import type { StripeCall } from '../payments/stripe-call.events.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository, type CommandContext } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import { orderDecider, type Order } from './order.decider.js';
import type { OrderEvent } from './order.events.js';
import { endService, revokeCancellation, scheduleCancellation, suspendByOperator } from './order-service.decider.js';
import { mayBeExtended } from './service.saga.js';

/** Who asks, under which id: a repeat is the same wish. */
export interface Asking {
  readonly orderId: string;
  readonly commandId: string;
  readonly actor: Actor;
}

const CHECKOUT_OPEN_MS = 60 * 60_000;

/** Of a wish of a person's: a repeat is the same command. */
export const contextOf = ({ orderId, commandId, actor }: Asking): CommandContext => ({
  ...{ commandId, actor, correlationId: orderId, causationId: commandId },
});

@Injectable()
export class ServiceDesk {
  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
    private readonly notes: NoteStore,
    private readonly clock: Clock,
  ) {}

  /** At the end of the paid period, or at once. A subscription's period end is Stripe's to keep. */
  async cancel(asking: Asking, when: 'periodEnd' | 'now'): Promise<void> {
    if (when === 'now') return this.end(asking, 'cancelled');
    await this.decide(asking, 'scheduleCancellation', scheduleCancellation({ at: this.clock.iso() }));
  }

  async undoCancel(asking: Asking): Promise<void> {
    await this.decide(asking, 'revokeCancellation', revokeCancellation({ at: this.clock.iso() }));
  }

  /** Opens a checkout for one more term; answers where to pay. A checkout that was open before is closed. */
  async extend(asking: Asking): Promise<string> {
    const { orderId, commandId } = asking;
    const order = await this.extendable(orderId);
    if (order.placed.payment !== 'once') throw refuse('ORDER_NOT_PAID_ONCE', 409, 'A subscription renews by itself.');
    const callId = derivedId('extend', commandId);
    if (!(await this.queries.execute(new StripeCallOf(orderId, callId)))) {
      const closing = { orderId, subscription: null, reason: 'superseded' };
      await this.commands.execute(new CloseWaysToPay(closing, claimOf(orderId, asking.actor)));
      const expiresAt = new Date(this.clock.now().getTime() + CHECKOUT_OPEN_MS).toISOString();
      const call = {
        do: 'openCheckout',
        purpose: 'extension',
        changeId: null,
        priceId: order.placed.priceId,
        amount: null,
        expiresAt,
      } as const;
      await this.intend(asking, callId, call);
    }
    const url = await this.urlOf(orderId, callId);
    // Nobody is sent to pay for what has ended while the checkout was opened; what is open then is closed.
    await this.extendable(orderId);
    return url;
  }

  private async extendable(orderId: string): Promise<Extract<Order, { status: 'delivered' }>> {
    const { state: order } = await this.streams.load(orderDecider, orderId);
    if (order.status === 'delivered' && mayBeExtended(order, this.clock.iso())) return order;
    throw refuse('ORDER_NOT_SERVED', 409, 'This order has no running service.');
  }

  /** Where the customer changes how they pay and sees invoices. Good for minutes, and a key to the account: never kept, never logged. */
  async portalUrl(orderId: string, checkoutSession: string | null): Promise<string> {
    const customer = checkoutSession === null ? null : (await this.stripe.checkout(checkoutSession)).customer;
    const customerId = typeof customer === 'string' ? customer : customer?.id;
    if (customerId === undefined) throw refuse('NO_BILLING_ACCOUNT', 409, 'Nothing was paid for this order yet.');
    return this.stripe.portalUrl(customerId, orderId);
  }

  async refund(asking: Asking, wish: { paymentId: string | null; amountMinor: number | null; note: string }): Promise<void> {
    const noteId = await this.note(asking, wish.note);
    const { orderId, commandId } = asking;
    const { paymentId, amountMinor } = wish;
    const callId = derivedId('refund', commandId);
    await this.commands.execute(new RefundPayment({ orderId, callId, paymentId, amountMinor, noteId }, contextOf(asking)));
  }

  async suspend(asking: Asking, suspend: boolean, note: string): Promise<void> {
    await this.note(asking, note);
    await this.append(asking, suspendByOperator({ suspend, at: this.clock.iso() }));
  }

  async endByOperator(asking: Asking, note: string): Promise<void> {
    await this.note(asking, note);
    await this.end(asking, 'operator');
  }

  private async end(asking: Asking, reason: 'cancelled' | 'operator'): Promise<void> {
    const { subscription } = await this.queries.execute(new MoneyOfOrderQuery(asking.orderId));
    const subscriptionId = subscription?.subscriptionId ?? null;
    await this.append(asking, endService({ reason, subscriptionId, at: this.clock.iso() }));
  }

  /** Of a subscription Stripe is asked, and the order follows its word; refused where the order would refuse. */
  private async decide(
    asking: Asking,
    ask: 'scheduleCancellation' | 'revokeCancellation',
    rule: (order: Order) => Decision<OrderEvent>,
  ): Promise<void> {
    const { state: order } = await this.streams.load(orderDecider, asking.orderId);
    if (order.status !== 'delivered' || order.placed.payment === 'once') return this.append(asking, rule);
    const { subscription } = await this.queries.execute(new MoneyOfOrderQuery(asking.orderId));
    if (!subscription || subscription.ended) throw refuse('ORDER_NOT_SERVED', 409, 'This order has no running subscription.');
    const { subscriptionId } = subscription;
    await this.intend(asking, derivedId(ask, asking.commandId), { do: ask, subscriptionId });
  }

  private async intend(asking: Asking, callId: string, call: StripeCall): Promise<void> {
    const { orderId, actor } = asking;
    const data = { orderId, callId, call, reason: actor.kind, noteId: null };
    await this.commands.execute(new IntendStripeCall(data, contextOf(asking)));
    await this.commands.execute(new ContinueStripeCalls(orderId));
  }

  private async urlOf(orderId: string, callId: string): Promise<string> {
    await this.commands.execute(new ContinueStripeCalls(orderId));
    const call = await this.queries.execute(new StripeCallOf(orderId, callId));
    if (call?.status === 'refused') throw refuse('CHECKOUT_REFUSED', 409, 'The payment provider would not open a checkout.');
    const session = call?.objectId ? await this.stripe.checkout(call.objectId) : null;
    if (!session) throw refuse('STRIPE_UNAVAILABLE', 503, 'The payment provider does not answer.');
    if (!session.url) throw refuse('CHECKOUT_CLOSED', 409, 'This checkout is over; ask for another one.');
    return session.url;
  }

  private async note(asking: Asking, text: string): Promise<string> {
    const noteId = derivedId('note', asking.commandId);
    await this.notes.save({ noteId, subjectId: asking.orderId, authorId: asking.actor.id, text });
    return noteId;
  }

  private async append(asking: Asking, rule: (order: Order) => Decision<OrderEvent>): Promise<void> {
    await this.streams.execute({ decider: orderDecider, id: asking.orderId }, contextOf(asking), rule);
  }
}
