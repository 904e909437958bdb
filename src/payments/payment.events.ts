/** Money, recorded without judging, from Stripe's own objects. Streams `payment-<orderId>` and `unmatchedMoney-<Stripe object id>`. */
import type { Money, Term } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';
import type { AboutOrder, BillingEvent, SubscriptionChanged } from './billing.events.js';
import type { StripeCallEvent } from './stripe-call.events.js';

export type PaymentKind = 'initial' | 'renewal' | 'change' | 'extension' | 'other';

/** Money arrived for an order. `paymentId` is the payment intent (or the session of a free order) in payment mode, the invoice in subscription mode. */
export type PaymentSucceeded = Fact<
  'PaymentSucceeded',
  {
    readonly orderId: string;
    readonly customerId: string;
    readonly planId: string;
    readonly region: string;
    /** How long the order's price is for; absent in events from before this was told. */
    readonly term?: Term;
    readonly paymentId: string;
    /** `extension` pays for one more term of an order that is paid once; `other` is an invoice that an operator made by hand. */
    readonly kind: PaymentKind;
    /** What was charged. */
    readonly total: Money;
    /** Before tax and coupons: what the order compares with its price. */
    readonly subtotal: Money;
    readonly sessionId: string | null;
    readonly subscriptionId: string | null;
    /** End of the period this pays for, where Stripe says so; null for a payment once. */
    readonly paidThrough: string | null;
    /** Part of the total that was paid past Stripe (cash, bank transfer), in minor units; absent where there was none. */
    readonly offStripeMinor?: number;
    /** The change of plan it pays for; absent for other money. */
    readonly changeId?: string;
    /** By Stripe's clock; absent in events from before it was told. */
    readonly paidAt?: string;
    readonly receivedAt: string;
  }
>;
/** The customer has confirmed, the money is still on its way (delayed payment methods). */
export type PaymentPending = Fact<
  'PaymentPending',
  {
    readonly orderId: string;
    readonly sessionId: string;
    /** Under which the money will be booked if it arrives. This and what the order is about are absent in events from before they were told. */
    readonly paymentId?: string;
    readonly customerId?: string;
    readonly planId?: string;
    readonly region?: string;
    readonly term?: Term;
    readonly amount: Money;
    readonly receivedAt: string;
  }
>;
/** A payment that was on its way did not arrive. A decline inside Checkout is not this: the same session may still succeed. */
export type PaymentFailed = Fact<
  'PaymentFailed',
  {
    readonly orderId: string;
    readonly sessionId: string;
    /** Under which the money would have been booked. This, the amount and what the order is about are absent in events from before they were told. */
    readonly paymentId?: string;
    readonly customerId?: string;
    readonly planId?: string;
    readonly region?: string;
    readonly term?: Term;
    readonly amount?: Money;
    readonly code: string;
    readonly receivedAt: string;
  }
>;
/** A card was declined in a checkout. No end of anything: nothing was charged, and the same intent may succeed with the next card. */
export type PaymentAttemptFailed = Fact<
  'PaymentAttemptFailed',
  {
    readonly orderId: string;
    readonly customerId: string;
    readonly planId: string;
    readonly region: string;
    readonly term: Term;
    /** The intent under which the money will be booked if another attempt succeeds. */
    readonly paymentId: string;
    readonly kind: PaymentKind;
    /** Stripe's charge of this attempt; null when none was made, for example since the bank did not know the customer again. */
    readonly chargeId: string | null;
    readonly amount: Money;
    /** Stripe's codes, never its text; the bank's own is null where it gave none. */
    readonly code: string;
    readonly declineCode: string | null;
    /** By Stripe's clock. */
    readonly failedAt: string;
    readonly receivedAt: string;
  }
>;
/** Stripe's subscription and customer for this order. No money by itself. */
export type SubscriptionLinked = Fact<
  'SubscriptionLinked',
  {
    readonly orderId: string;
    readonly subscriptionId: string;
    /** Null when Stripe named none; in older events that is the empty text. */
    readonly stripeCustomerId: string | null;
    readonly linkedAt: string;
  }
>;

export type MoneyEvent = PaymentSucceeded | PaymentPending | PaymentFailed | PaymentAttemptFailed | SubscriptionLinked;
export type PaymentEvent = MoneyEvent | BillingEvent | StripeCallEvent;

/** What Stripe says of an order's money. A subscription is told as it is: what has changed of it follows from what is known. */
export type ToldFact =
  | MoneyEvent
  | Exclude<BillingEvent, SubscriptionChanged>
  | { readonly type: 'SubscriptionObserved'; readonly data: Omit<SubscriptionChanged['data'], 'changed'> };

/** Money that has arrived, whosever it is: what an order's payment says of it. */
export type ArrivedMoney = Omit<PaymentSucceeded['data'], keyof AboutOrder>;
