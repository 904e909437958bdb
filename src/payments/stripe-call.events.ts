/** What we want of Stripe for an order: wished first, claimed before each call, settled after. Part of the streams `payment-<orderId>`. */
import type { Money } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';

/** What is asked of Stripe; everything the request is made from is fixed here, so that a repeat is the same request. */
export type StripeCall =
  | {
      readonly do: 'refund';
      /** Under which the money was booked; an invoice's payment intent is looked up. */
      readonly paymentId: string;
      readonly amount: Money;
      readonly reason: 'requested_by_customer' | 'duplicate' | 'fraudulent';
    }
  /** Cancels the subscription now and voids its open invoices; done when Stripe says both. */
  | { readonly do: 'endBilling'; readonly subscriptionId: string }
  /** Voids what of the subscription's invoices could still be paid and leaves it as it is; `endsAt` is the end it is for, each being asked for once. */
  | { readonly do: 'voidInvoices'; readonly subscriptionId: string; readonly endsAt: string }
  | { readonly do: 'scheduleCancellation'; readonly subscriptionId: string }
  | { readonly do: 'revokeCancellation'; readonly subscriptionId: string }
  /** Another price for the running subscription; `atPeriodEnd` takes nothing now. */
  | {
      readonly do: 'changePlan';
      readonly changeId: string;
      readonly subscriptionId: string;
      readonly itemId: string;
      readonly priceId: string;
      /** Unix seconds, as in the quote; null takes and credits nothing. */
      readonly prorationDate: number | null;
    }
  /** The change waits for a payment that does not come: it is forgotten, and its invoice void. */
  | { readonly do: 'dropChange'; readonly changeId: string; readonly subscriptionId: string }
  /** A checkout that pays for one more term, or for the difference of a change of plan. */
  | {
      readonly do: 'openCheckout';
      readonly purpose: 'extension' | 'change';
      readonly changeId: string | null;
      /** One of them is null: a price of the catalog, or an amount of our own quote. */
      readonly priceId: string | null;
      readonly amount: Money | null;
      readonly expiresAt: string;
    }
  | { readonly do: 'expireCheckout'; readonly sessionId: string };

/** Somebody decided that Stripe shall do this. */
export type StripeCallIntended = Fact<
  'StripeCallIntended',
  {
    readonly orderId: string;
    readonly callId: string;
    readonly call: StripeCall;
    /** Why, as a code; what a person wrote about it is kept under the note's id. */
    readonly reason: string;
    readonly noteId: string | null;
    readonly intendedAt: string;
  }
>;
/** The claim: this attempt may call until the deadline, and nobody else calls before it. */
export type StripeCallStarted = Fact<
  'StripeCallStarted',
  {
    readonly orderId: string;
    readonly callId: string;
    readonly attempt: number;
    readonly idempotencyKey: string;
    readonly callDeadlineAt: string;
  }
>;
/** Stripe has done it. */
export type StripeCallSettled = Fact<
  'StripeCallSettled',
  {
    readonly orderId: string;
    readonly callId: string;
    readonly attempt: number;
    /** What came of it: a refund, a session, a subscription. */
    readonly objectId: string;
    readonly status: string | null;
    readonly settledAt: string;
  }
>;
/** The attempt came to nothing; with `retryAt` null Stripe has refused for good and a person must decide. */
export type StripeCallFailed = Fact<
  'StripeCallFailed',
  {
    readonly orderId: string;
    readonly callId: string;
    readonly attempt: number;
    /** Stripe's code, never its text. */
    readonly code: string;
    /** Stripe keeps the answer of a failed request under its key: the next attempt looks first and then uses a new one. */
    readonly keySpent: boolean;
    readonly failedAt: string;
    readonly retryAt: string | null;
  }
>;

export type StripeCallEvent = StripeCallIntended | StripeCallStarted | StripeCallSettled | StripeCallFailed;
