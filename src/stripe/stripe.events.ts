/** A verified webhook, reduced by allow-list to what the intake reads. Stream `stripeEvent-<evt_…>`, one event each. */
import type { Fact } from '../platform/event.js';

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
    /** Why the intake must not act on it; null when it may. */
    readonly quarantine: 'wrongMode' | 'foreignAccount' | 'otherApiRelease' | null;
    readonly object: StripeObject;
    readonly receivedAt: string;
  }
>;

export type StripeEvent = StripeEventReceived;
