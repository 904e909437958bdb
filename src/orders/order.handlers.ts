/** Carries out what is asked of an order. */
import { Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { HoldRoom, ReleaseRoom } from '../nodes/node.commands.js';
import { Clock } from '../platform/clock.js';
import { claimOf, type Written } from '../platform/commands.js';
import { inTurn } from '../platform/decider.js';
import { StreamRepository, unwritten, type CommandContext, type Loaded } from '../platform/event-store/stream-repository.js';
import { Refusal, refuse } from '../platform/refusal.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import { AcceptPayment, ContinuePlacement, PlaceOrder, RecordCheckoutExpired, ReopenCheckout, type PlacedOrder } from './order.commands.js';
import { acceptPayment, intendCheckout, needsRoom, orderDecider, placeOrder, recordCheckoutExpired, type Order } from './order.decider.js';
import type { Hold } from './order.events.js';
import { RecordDeliveryHandler } from './delivery.handler.js';
import { checkoutFor, PlacementRunner } from './placement.runner.js';

/** An order that ends while its payment is read has ended for good, so that a second look settles it; a third is for luck worse than that. */
const ACCEPT_TRIES_MAX = 3;

const target = (orderId: string) => ({ decider: orderDecider, id: orderId });

/** Walks an order until the customer can pay and says where. */
@Injectable()
export class CheckoutDesk {
  constructor(
    private readonly placement: PlacementRunner,
    private readonly stripe: StripeGateway,
  ) {}

  /** @param placed the order as the caller has just placed it */
  async checkoutOf(orderId: string, placed?: Loaded<Order>): Promise<PlacedOrder> {
    const walked = await this.placement.walk(orderId, placed);
    if (walked.order.status === 'ended' && walked.order.reason === 'noCapacity')
      throw refuse('NO_CAPACITY', 409, 'No node of this region has room for this plan.');
    if (walked.order.status === 'ended' && walked.order.reason === 'checkoutRefused')
      throw refuse('CHECKOUT_REFUSED', 409, 'The payment provider would not open a checkout for this order.');
    const checkoutUrl = walked.checkoutUrl ?? (await this.openUrl(walked.order));
    return { orderId, stage: walked.order.status, checkoutUrl, position: walked.position };
  }

  /** The address of a checkout that is already open; Stripe knows it, we do not keep it. */
  private async openUrl(order: Order): Promise<string | null> {
    return order.status === 'awaitingPayment' ? (await this.stripe.checkout(order.checkout.sessionId)).url : null;
  }
}

@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly checkouts: CheckoutDesk,
    private readonly clock: Clock,
  ) {}

  async execute({ order, context }: PlaceOrder): Promise<PlacedOrder> {
    // Its id is as new as the wish; should the stream be there all the same, the append does nothing and it is read.
    const first = { ...target(order.orderId), known: unwritten(orderDecider) };
    const at = this.clock.iso();
    const placing = inTurn(orderDecider, placeOrder({ ...order, placedAt: at }), intendCheckout(checkoutFor(order.orderId, at)));
    const placed = await this.streams.execute(first, context, placing);
    return this.checkouts.checkoutOf(order.orderId, placed.appended ? placed : undefined);
  }
}

@CommandHandler(ReopenCheckout)
export class ReopenCheckoutHandler implements ICommandHandler<ReopenCheckout> {
  constructor(private readonly checkouts: CheckoutDesk) {}

  async execute({ orderId }: ReopenCheckout): Promise<PlacedOrder> {
    return this.checkouts.checkoutOf(orderId);
  }
}

@CommandHandler(ContinuePlacement)
export class ContinuePlacementHandler implements ICommandHandler<ContinuePlacement> {
  constructor(private readonly placement: PlacementRunner) {}

  async execute({ orderId }: ContinuePlacement): Promise<Date | null> {
    return (await this.placement.walk(orderId)).again;
  }
}

@CommandHandler(AcceptPayment)
export class AcceptPaymentHandler implements ICommandHandler<AcceptPayment> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  async execute({ payment, context }: AcceptPayment): Promise<Written> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.accept(payment, context);
      } catch (error) {
        const endedMeanwhile = error instanceof Refusal && error.code === 'ORDER_NEEDS_ROOM';
        if (!endedMeanwhile || tries === ACCEPT_TRIES_MAX) throw error;
      }
    }
  }

  /** @throws Refusal ORDER_NEEDS_ROOM when the order lost its room after it was read */
  private async accept(payment: AcceptPayment['payment'], context: CommandContext): Promise<Written> {
    const { orderId } = payment;
    const { state } = await this.streams.load(orderDecider, orderId);
    const newHold = needsRoom(state, payment) ? await this.holdAgain(state) : undefined;
    const outcome = await this.streams.execute(target(orderId), context, acceptPayment({ ...payment, newHold, at: this.clock.iso() }));
    const taken = 'paid' in outcome.state && outcome.state.paid.hold.nodeId === newHold?.nodeId;
    if (newHold && !taken) {
      // An id of its own: the room may have been taken and given back before.
      const release = claimOf(orderId, context.actor);
      await this.commands.execute(new ReleaseRoom({ nodeId: newHold.nodeId, orderId, reason: 'paymentNotAccepted' }, release));
    }
    return outcome;
  }

  /** Money for an order that has no room (any more): deliver it all the same if a node fits. */
  private async holdAgain(order: Extract<Order, { status: 'ended' | 'placed' }>): Promise<Hold | null> {
    const { orderId, region, resources } = order.placed;
    const need = { memoryMib: resources.memoryMib, diskMib: resources.diskMib, ports: resources.ports };
    const { hold } = await this.commands.execute(new HoldRoom({ orderId, region, need, actor: { kind: 'saga', id: 'late-payment' } }));
    return hold;
  }
}

@CommandHandler(RecordCheckoutExpired)
export class RecordCheckoutExpiredHandler implements ICommandHandler<RecordCheckoutExpired> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: RecordCheckoutExpired): Promise<Written> {
    return this.streams.execute(target(data.orderId), context, recordCheckoutExpired({ sessionId: data.sessionId, at: this.clock.iso() }));
  }
}

export const orderHandlers = [
  CheckoutDesk,
  ReopenCheckoutHandler,
  PlaceOrderHandler,
  ContinuePlacementHandler,
  AcceptPaymentHandler,
  RecordCheckoutExpiredHandler,
  RecordDeliveryHandler,
];
