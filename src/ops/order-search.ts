/** Finds orders by whatever somebody has of them: an id or its beginning, the server's number or short name, any Stripe id, the customer's e-mail. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { OrderMark } from '../../projections/order-list/order-list.query.js';
import { OrderOfStripeCustomer, OrderOfStripeObject } from '../../projections/stripe-links/stripe-links.query.js';
import { IdentityStore } from '../customers/identity/identity.store.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/** Shorter beginnings say no more than the week in which an order was placed. */
const UUID_BEGINS = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/;
const STRIPE = /^[a-z]{2,5}_\w+$/i;
const PANEL_NUMBER = /^\d{1,9}$/;
const PANEL_IDENTIFIER = /^[0-9a-z]{8}$/;

@Injectable()
export class OrderSearch {
  constructor(
    private readonly queries: QueryBus,
    private readonly people: IdentityStore,
  ) {}

  /** What an order must fit one of; nothing of it is kept. An e-mail counts only as a whole. */
  async marks(text: string): Promise<OrderMark[]> {
    const sought = text.trim();
    if (sought.includes('@')) return this.ofEmail(sought);
    if (STRIPE.test(sought)) return this.ofStripe(sought);
    const id = sought.toLowerCase();
    if (UUID.test(id)) return [{ orderId: id }, { customerId: id }];
    return [
      ...(PANEL_NUMBER.test(id) ? [{ pteroServerId: Number(id) }] : []),
      ...(PANEL_IDENTIFIER.test(id) ? [{ pteroIdentifier: id }] : []),
      ...(UUID_BEGINS.test(id) ? [{ idBegins: id }] : []),
    ];
  }

  private async ofEmail(email: string): Promise<OrderMark[]> {
    const customerId = await this.people.idOfEmail(email);
    return customerId === undefined ? [] : [{ customerId }];
  }

  private async ofStripe(objectId: string): Promise<OrderMark[]> {
    const order = objectId.startsWith('cus_') ? new OrderOfStripeCustomer(objectId) : new OrderOfStripeObject(objectId);
    const orderId = await this.queries.execute(order);
    const own = [{ checkoutSession: objectId }, { paymentIntent: objectId }, { subscription: objectId }];
    return orderId === undefined ? own : [{ orderId }];
  }
}
