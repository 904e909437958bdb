/** What can be asked of the part that knows what Stripe's objects mean. */
import { Command } from '@nestjs/cqrs';
import type Stripe from 'stripe';
import type { CommandContext } from '../platform/event-store/stream-repository.js';

/**
 * Books what a completed checkout means, as its webhook would: money, money on its way, or the link to a subscription and its first invoice.
 * Whatever is booked already is silence, so that webhook and question may both come.
 */
export class BookCheckout extends Command<void> {
  constructor(
    readonly data: { readonly orderId: string; readonly session: Stripe.Checkout.Session },
    readonly context: (purpose: string) => CommandContext,
  ) {
    super();
  }
}

/**
 * Asks Stripe afresh about everything through which money may still come for an order, and books what has come. `processing`: a payment is on
 * its way. Rejects with 503 STRIPE_UNAVAILABLE when Stripe does not answer.
 */
export class AskForMoney extends Command<{ readonly processing: boolean }> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** Books one object as Stripe has it now: what came of our own call is known at once, whether or not its webhook comes. */
export class BookStripeObject extends Command<void> {
  constructor(
    readonly orderId: string,
    readonly object: { readonly kind: 'refund' | 'subscription'; readonly objectId: string },
    /** Which payment is given back; null for a subscription. */
    readonly paymentId: string | null,
  ) {
    super();
  }
}
