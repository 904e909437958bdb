/** A verified webhook, reduced by allow-list to what the intake reads. Stream `stripeEvent-<evt_…>`, one event each. */
import type { Fact } from '../platform/event.js';

/** Money as one of Stripe's objects states it: minor units of the object's currency. Times are unix seconds. */
export interface SessionDetail {
  readonly of: 'session';
  readonly purpose: string | null;
  readonly changeId: string | null;
  readonly taxMinor: number | null;
  readonly discountMinor: number | null;
  /** What the customer saw, where that was another currency. */
  readonly presented: { readonly amountMinor: number; readonly currency: string } | null;
}
export interface InvoiceDetail {
  readonly of: 'invoice';
  readonly changeId: string | null;
  readonly attempt: number;
  readonly nextAttemptAt: number | null;
  readonly remainingMinor: number;
  readonly offStripeMinor: number;
  readonly paidAt: number | null;
  readonly finalizationError: string | null;
  readonly taxStatus: string | null;
  readonly writeOffReason: string | null;
  /** There are more lines than these, which Stripe lists page by page; absent where these are all. */
  readonly moreLines?: true;
  /** As Stripe sends them: in a webhook the first page. */
  readonly lines: readonly {
    readonly amountMinor: number;
    readonly periodStart: number | null;
    readonly periodEnd: number | null;
    readonly proration: boolean;
    readonly priceId: string | null;
  }[];
}
export interface InvoicePaymentDetail {
  readonly of: 'invoicePayment';
  readonly paymentType: string | null;
}
export interface SubscriptionDetail {
  readonly of: 'subscription';
  readonly itemId: string | null;
  readonly priceId: string | null;
  readonly lookupKey: string | null;
  readonly quantity: number | null;
  readonly periodEnd: number | null;
  readonly cancelAt: number | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAt: number | null;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  readonly collectionPaused: boolean;
  readonly pausedAt: number | null;
  readonly pauseReason: string | null;
  readonly pendingUntil: number | null;
  readonly schedule: string | null;
  readonly latestInvoice: string | null;
}
export interface RefundDetail {
  readonly of: 'refund';
  readonly amountMinor: number;
  /** Our own wish for it, from our metadata. */
  readonly callId: string | null;
  readonly failureReason: string | null;
}
export interface ChargeDetail {
  readonly of: 'charge';
  readonly amountMinor: number;
  readonly refundedMinor: number;
  readonly refunded: boolean;
}
export interface DisputeDetail {
  readonly of: 'dispute';
  readonly amountMinor: number;
  readonly reason: string | null;
  readonly evidenceDueBy: number | null;
  readonly isChargeRefundable: boolean;
  readonly caseType: string | null;
  readonly transactions: readonly {
    readonly id: string;
    readonly amountMinor: number;
    readonly feeMinor: number;
    readonly netMinor: number;
    readonly currency: string;
  }[];
}
/** Of the attempt that failed last; nulls where none has. */
export interface IntentDetail {
  readonly of: 'intent';
  readonly purpose: string | null;
  readonly amountMinor: number;
  readonly errorCode: string | null;
  readonly declineCode: string | null;
  readonly chargeId: string | null;
}
export type StripeDetail =
  SessionDetail | IntentDetail | InvoiceDetail | InvoicePaymentDetail | SubscriptionDetail | RefundDetail | ChargeDetail | DisputeDetail;

/** Ids, amounts, states and our own metadata of the event's object; never a name, an address or an e-mail. */
export interface StripeObject {
  readonly id: string;
  readonly object: string;
  readonly orderId: string | null;
  readonly mode: string | null;
  readonly status: string | null;
  readonly paymentStatus: string | null;
  readonly amountTotal: number | null;
  readonly amountSubtotal: number | null;
  readonly amountPaid: number | null;
  readonly currency: string | null;
  readonly paymentIntent: string | null;
  /** Absent in events from before it was kept. */
  readonly charge?: string | null;
  readonly subscription: string | null;
  readonly customer: string | null;
  readonly invoice: string | null;
  readonly billingReason: string | null;
  /** Latest end of a period the invoice's lines pay for, unix seconds. */
  readonly paidThrough: number | null;
  /** What only objects of its kind have; absent in events from before it was kept, and of types that nobody reads. */
  readonly detail?: StripeDetail;
}

/** Stripe told us something and it is durable. What nobody reads keeps only type and object id. */
export type StripeEventReceived = Fact<
  'StripeEventReceived',
  {
    readonly stripeEventId: string;
    readonly type: string;
    readonly apiVersion: string | null;
    readonly livemode: boolean;
    /** Unix seconds. */
    readonly created: number;
    /** Names of the object's fields that the change touched, where Stripe says so; absent for everything else. */
    readonly changedFields?: readonly string[];
    /** Why the intake must not act on it; null when it may. */
    readonly quarantine: 'wrongMode' | 'foreignAccount' | 'otherApiRelease' | 'thinEvent' | null;
    readonly object: StripeObject;
    readonly receivedAt: string;
    /** `sweep`: it was not delivered to us, we found it in Stripe's own list; absent for what a webhook brought. */
    readonly via?: 'sweep';
  }
>;

export type StripeEvent = StripeEventReceived;
