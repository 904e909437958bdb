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
