/** What happens to an order: what the customer wants and how far it is. Stream `order-<orderId>`. */
import type { Fact } from '../platform/event.js';
import type { Candidate, Hold, Money, PaymentWay, Resources, Term } from './terms.events.js';
import type { ServiceEndReason, ServiceEvent } from './service.events.js';

export type { Candidate, Hold, Money, PaymentWay, Resources, Term } from './terms.events.js';

/** A customer asked for a server; price and plan are frozen here and never read from the catalog again. */
export type OrderPlaced = Fact<
  'OrderPlaced',
  {
    readonly orderId: string;
    readonly customerId: string;
    readonly panelUserId: number;
    readonly planId: string;
    readonly gameId: string;
    readonly region: string;
    readonly term: Term;
    readonly payment: PaymentWay;
    readonly price: Money;
    readonly priceId: string;
    readonly resources: Resources;
    /** The customer's choices themselves live encrypted in the identity schema. */
    readonly configurationId: string;
    /** Keyed, so that it tells nothing without IDENTITY_KEY. */
    readonly configurationHash: string;
    readonly placedAt: string;
  }
>;
/** A node keeps room for the order; the customer may now be sent to pay. */
export type OrderCapacityHeld = Fact<
  'OrderCapacityHeld',
  { readonly orderId: string; readonly hold: Hold; readonly candidates: readonly Candidate[]; readonly heldAt: string }
>;
/** As soon as a node keeps room a Stripe Checkout is opened; expiry and key are computed once so that a repeat is the same request. */
export type OrderCheckoutIntended = Fact<
  'OrderCheckoutIntended',
  {
    readonly orderId: string;
    readonly attempt: number;
    readonly idempotencyKey: string;
    readonly expiresAt: string;
    readonly intendedAt: string;
  }
>;
/** Stripe answered with a session. */
export type OrderCheckoutOpened = Fact<
  'OrderCheckoutOpened',
  { readonly orderId: string; readonly attempt: number; readonly sessionId: string; readonly expiresAt: string; readonly openedAt: string }
>;
/** Stripe says that this session can no longer be paid. */
export type OrderCheckoutExpired = Fact<
  'OrderCheckoutExpired',
  { readonly orderId: string; readonly sessionId: string; readonly expiredAt: string }
>;
/** The order took the money; only this starts provisioning. */
export type OrderPaid = Fact<
  'OrderPaid',
  {
    readonly orderId: string;
    readonly customerId: string;
    readonly panelUserId: number;
    readonly planId: string;
    readonly gameId: string;
    readonly region: string;
    readonly resources: Resources;
    readonly configurationId: string;
    readonly hold: Hold;
    readonly paymentId: string;
    readonly paidThrough: string | null;
    readonly paidAt: string;
  }
>;
export type NotAcceptedReason = 'alreadyPaid' | 'amountMismatch' | 'currencyMismatch' | 'noCapacity' | 'orderUnknown' | 'orderEnded';
/** Money arrived that the order cannot take; it waits for a refund. */
export type OrderPaymentNotAccepted = Fact<
  'OrderPaymentNotAccepted',
  {
    readonly orderId: string;
    readonly customerId: string | null;
    readonly paymentId: string;
    readonly amount: Money;
    readonly reason: NotAcceptedReason;
    readonly receivedAt: string;
  }
>;
/** The server is ready and the customer's period runs. */
export type OrderDelivered = Fact<
  'OrderDelivered',
  {
    readonly orderId: string;
    readonly serverId: number;
    readonly identifier: string;
    readonly readyAt: string;
    readonly paidThrough: string;
  }
>;
export type UnpaidEndReason = 'noCapacity' | 'abandoned' | 'checkoutRefused' | 'paymentFailed';
/** Nothing more will come of this order. Unpaid: no node had room, Stripe says its checkout is over or its money did not arrive, or would not open one; served: the panel has confirmed that its server is gone. */
export type OrderEnded = Fact<
  'OrderEnded',
  {
    readonly orderId: string;
    readonly reason: UnpaidEndReason | ServiceEndReason;
    readonly hold: Hold | null;
    readonly endedAt: string;
  }
>;

/** The server of a paid order is made anew elsewhere, and this is its room from now on. */
export type OrderMoved = Fact<
  'OrderMoved',
  { readonly orderId: string; readonly moveId: string; readonly hold: Hold; readonly movedAt: string }
>;

export type OrderEvent =
  | OrderPlaced
  | OrderCapacityHeld
  | OrderCheckoutIntended
  | OrderCheckoutOpened
  | OrderCheckoutExpired
  | OrderPaid
  | OrderPaymentNotAccepted
  | OrderDelivered
  | OrderMoved
  | OrderEnded
  | ServiceEvent;
