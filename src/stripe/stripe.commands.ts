/** What can be asked of the part that knows what Stripe's objects mean. */
import { Command, Query } from '@nestjs/cqrs';
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
 * Asks Stripe afresh about everything through which money may still come for an order or has gone back, and books it. `processing`: a payment is on
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

/** What Stripe would ask for a change of plan now, and what it would prorate from. */
export interface PlanPreview {
  readonly itemId: string;
  /** Unix seconds. */
  readonly prorationDate: number;
  /** ISO-8601. */
  readonly periodEnd: string;
  readonly currency: string;
  readonly totalMinor: number;
  /** After credit that the customer has with Stripe. */
  readonly dueMinor: number;
  readonly lines: readonly { readonly amountMinor: number; readonly proration: boolean; readonly priceId: string | null }[];
}

/**
 * @throws Refusal ORDER_NOT_PAID, ORDER_CANCELLED, PLAN_CHANGE_UNDER_WAY, PLAN_DIFFERS_AT_STRIPE where the subscription at Stripe is not as the
 * order has it; QUOTE_REFUSED where Stripe will not preview it; 503 STRIPE_UNAVAILABLE
 */
export class PreviewPlanChange extends Query<PlanPreview> {
  constructor(
    readonly change: { readonly subscriptionId: string; readonly oldPriceId: string; readonly newPriceId: string; readonly at: string },
  ) {
    super();
  }
}
