/** Somebody comes back from Stripe's page: Stripe is asked at once, so that an order is paid also when its webhook is lost. */
import { Injectable, Logger } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { OpenMoneyOfOrder } from '../payments/payment.queries.js';
import { claimOf } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { BookCheckout } from '../stripe/stripe.commands.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import { orderDecider } from './order.decider.js';

const ACTOR: Actor = { kind: 'saga', id: 'checkout-return' };

@Injectable()
export class CheckoutReturns {
  private readonly log = new Logger(CheckoutReturns.name);
  private readonly asking = new Set<string>();

  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
  ) {}

  /**
   * Never rejects: whoever comes back sees the page whether or not Stripe answers, and the webhook and the sweeps bring what is missed here.
   * Anybody may call, so that one question at a time is asked of a session, and only of one that this order opened and that is not booked yet.
   */
  async settle(orderId: string, sessionId: string): Promise<void> {
    if (this.asking.has(sessionId)) return;
    this.asking.add(sessionId);
    try {
      if (await this.isOpenFor(orderId, sessionId)) await this.book(orderId, sessionId);
    } catch (error) {
      this.log.warn(`the checkout of order ${orderId} was not settled on return: ${String(error)}`);
    } finally {
      this.asking.delete(sessionId);
    }
  }

  /** The first checkout of the order, or one that extends it. */
  private async isOpenFor(orderId: string, sessionId: string): Promise<boolean> {
    const { state: order } = await this.streams.load(orderDecider, orderId);
    if (order.status === 'none') return false;
    if (order.status === 'awaitingPayment' && order.checkout.sessionId === sessionId) return true;
    return (await this.queries.execute(new OpenMoneyOfOrder(orderId))).sessionIds.includes(sessionId);
  }

  private async book(orderId: string, sessionId: string): Promise<void> {
    const session = await this.stripe.checkout(sessionId);
    if (session.status !== 'complete') return;
    await this.commands.execute(new BookCheckout({ orderId, session }, () => claimOf(orderId, ACTOR)));
  }
}
