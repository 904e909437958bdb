/** Which order an object of Stripe's is about: its own word first, then what our facts say, then what Stripe says when asked. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  InvoiceOfPaymentIntent,
  LinksHavePassed,
  OrderOfStripeCustomer,
  OrderOfStripeObject,
} from '../../projections/stripe-links/stripe-links.query.js';
import { OrderFacts, type FactsOfOrder } from '../orders/order.queries.js';
import { IsBooked } from '../payments/payment.queries.js';
import { NotYet } from '../platform/reactor.js';
import type { StripeObject } from './stripe.events.js';
import { StripeObjects } from './stripe-objects.js';

/** `foreign`: it names an order that is none of ours; `unknown`: nothing names any. */
export type Correlated = { readonly is: 'ours'; readonly about: FactsOfOrder } | { readonly is: 'foreign' | 'unknown' };

const isId = (id: string | null | undefined): id is string => typeof id === 'string' && id !== '';

@Injectable()
export class Correlation {
  constructor(
    private readonly queries: QueryBus,
    private readonly objects: StripeObjects,
  ) {}

  /** @param position of the event in the log. @throws NotYet while the links have not been read up to there */
  async of(object: StripeObject, position: bigint): Promise<Correlated> {
    const named = await this.orderNamed(object.orderId);
    if (named) return { is: 'ours', about: named };
    if (!(await this.queries.execute(new LinksHavePassed(position))))
      throw new NotYet('the links between Stripe’s objects are still being read');
    const linked = await this.orderNamed(await this.linkedOrder(object));
    if (linked) return { is: 'ours', about: linked };
    if (object.orderId !== null) return { is: 'foreign' };
    const told = await this.toldOrder(object);
    if (told === undefined) return { is: 'unknown' };
    const about = await this.orderNamed(told);
    return about ? { is: 'ours', about } : { is: 'foreign' };
  }

  /** The name under which the money was booked that this refund or dispute is about; null where it names no payment. */
  async bookedAs(object: StripeObject, orderId: string): Promise<string | null> {
    const intent = await this.intentOf(object);
    if (intent === null) return null;
    if (await this.queries.execute(new IsBooked(orderId, intent))) return intent;
    const linked = await this.queries.execute(new InvoiceOfPaymentIntent(intent));
    return linked ?? (await this.objects.invoicePaidWith(intent)) ?? intent;
  }

  private async orderNamed(orderId: string | null | undefined): Promise<FactsOfOrder | undefined> {
    return isId(orderId) ? this.queries.execute(new OrderFacts(orderId)) : undefined;
  }

  private async linkedOrder(object: StripeObject): Promise<string | undefined> {
    const { id, paymentIntent, invoice, subscription, charge, customer } = object;
    for (const objectId of [id, paymentIntent, invoice, subscription, charge].filter(isId)) {
      const orderId = await this.queries.execute(new OrderOfStripeObject(objectId));
      if (orderId !== undefined) return orderId;
    }
    // An invoice made by hand belongs to nothing but its customer.
    return object.object === 'invoice' && isId(customer) ? this.queries.execute(new OrderOfStripeCustomer(customer)) : undefined;
  }

  /** Stripe's objects name the order in metadata that lands on some of them only: on what was paid, not on what became of it. */
  private async toldOrder(object: StripeObject): Promise<string | undefined> {
    const now = (await this.objects.current(object.object, object.id)) ?? object;
    if (now.orderId !== null) return now.orderId;
    const { invoice, subscription } = now;
    const intent = await this.intentOf(now);
    const paid = isId(intent) ? await this.objects.invoicePaidWith(intent) : null;
    const parents = [
      ['payment_intent', intent],
      ['invoice', invoice ?? paid],
      ['subscription', subscription],
    ] as const;
    for (const [kind, id] of parents) {
      const orderId = isId(id) ? (await this.objects.current(kind, id))?.orderId : null;
      if (isId(orderId)) return orderId;
    }
    return undefined;
  }

  private async intentOf({ paymentIntent, charge }: StripeObject): Promise<string | null> {
    if (isId(paymentIntent) || !isId(charge)) return paymentIntent;
    return (await this.objects.current('charge', charge))?.paymentIntent ?? null;
  }
}
