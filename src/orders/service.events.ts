/** The life of a delivered order: its paid periods, grace, suspension, cancellation, change of plan and end. Part of the streams `order-<orderId>`. */
import type { Fact } from '../platform/event.js';
import type { Hold, Money, Resources } from './terms.events.js';

/** The order took money that came after the first: one more period, or the difference of a change of plan. */
export type OrderPaymentAccepted = Fact<
  'OrderPaymentAccepted',
  {
    readonly orderId: string;
    readonly paymentId: string;
    readonly purpose: 'renewal' | 'extension' | 'change' | 'other';
    /** Until when the service is paid for now. */
    readonly paidThrough: string;
    readonly acceptedAt: string;
  }
>;
/** A paid-once period nears its end; the customer is to be told. */
export type OrderReminderRaised = Fact<
  'OrderReminderRaised',
  {
    readonly orderId: string;
    readonly daysBefore: number;
    readonly paidThrough: string;
    readonly raisedAt: string;
  }
>;
/** The service is no longer paid for; it runs on until grace is over. */
export type OrderGraceStarted = Fact<
  'OrderGraceStarted',
  {
    readonly orderId: string;
    readonly cause: 'renewalFailed' | 'periodOver' | 'subscriptionEnded';
    readonly invoiceId: string | null;
    readonly graceUntil: string;
    readonly startedAt: string;
  }
>;
/** The service is paid for again, or nothing is asked for it any more. */
export type OrderGraceEnded = Fact<'OrderGraceEnded', { readonly orderId: string; readonly endedAt: string }>;
/** A payment is on its way, so that the service is not suspended yet or, once suspended, not ended: `graceUntil` is when that is looked at again. */
export type OrderGraceExtended = Fact<
  'OrderGraceExtended',
  { readonly orderId: string; readonly reason: 'paymentProcessing'; readonly graceUntil: string; readonly extendedAt: string }
>;
export type SuspensionReason = 'unpaid' | 'dispute' | 'operator';
/** The server is to stop. There may be several reasons at once; each is lifted for itself. */
export type OrderSuspended = Fact<
  'OrderSuspended',
  {
    readonly orderId: string;
    readonly reason: SuspensionReason;
    /** When the service ends unless it is paid; null for reasons that time does not decide. */
    readonly deleteAt: string | null;
    readonly suspendedAt: string;
  }
>;
/** One reason is gone; the server runs again when none is left. */
export type OrderResumed = Fact<
  'OrderResumed',
  { readonly orderId: string; readonly reason: SuspensionReason; readonly runsAgain: boolean; readonly resumedAt: string }
>;
/** The service ends with the period that is paid for. */
export type OrderCancellationScheduled = Fact<
  'OrderCancellationScheduled',
  { readonly orderId: string; readonly endAt: string; readonly scheduledAt: string }
>;
export type OrderCancellationRevoked = Fact<'OrderCancellationRevoked', { readonly orderId: string; readonly revokedAt: string }>;

export type ServiceEndReason = 'cancelled' | 'unpaid' | 'refunded' | 'disputeLost' | 'subscriptionEnded' | 'operator' | 'undeliverable';
/** It is decided that the service ends: billing first, then the server, then its room. */
export type OrderEnding = Fact<
  'OrderEnding',
  {
    readonly orderId: string;
    readonly reason: ServiceEndReason;
    /** Null when no subscription has to be ended first. */
    readonly subscriptionId: string | null;
    readonly endingAt: string;
  }
>;
/** Stripe has confirmed that nothing more is collected: the server may go. */
export type OrderBillingEnded = Fact<'OrderBillingEnded', { readonly orderId: string; readonly billingEndedAt: string }>;

/** What another plan costs from now on and at once, with everything the amount was made from. */
export type OrderPlanChangeQuoted = Fact<
  'OrderPlanChangeQuoted',
  {
    readonly orderId: string;
    readonly changeId: string;
    readonly fromPlanId: string;
    readonly toPlanId: string;
    readonly resources: Resources;
    readonly price: Money;
    readonly priceId: string;
    /** To pay now; negative or zero: a credit, or nothing. */
    readonly due: Money;
    readonly inputs: {
      readonly by: 'stripePreview' | 'remainingPeriod' | 'atPeriodEnd';
      readonly subscriptionId: string | null;
      readonly itemId: string | null;
      /** Unix seconds; what Stripe prorated from, and is asked to prorate from again. */
      readonly prorationDate: number | null;
      readonly periodEnd: string;
      readonly oldPrice: Money;
    };
    /** What Stripe previewed, in minor units; absent where Stripe was not asked. */
    readonly preview?: {
      readonly totalMinor: number;
      /** After credit that the customer has with Stripe; never negative. */
      readonly dueMinor: number;
      readonly lines: readonly { readonly amountMinor: number; readonly proration: boolean; readonly priceId: string | null }[];
    };
    readonly quotedAt: string;
    readonly validUntil: string;
  }
>;
/** The customer wants what was quoted; room is to be found first. */
export type OrderPlanChangeConfirmed = Fact<
  'OrderPlanChangeConfirmed',
  { readonly orderId: string; readonly changeId: string; readonly confirmedAt: string }
>;
/** There is room for it on the node, and Stripe is to change the subscription. */
export type OrderPlanChangeRequested = Fact<
  'OrderPlanChangeRequested',
  { readonly orderId: string; readonly changeId: string; readonly hold: Hold; readonly requestedAt: string }
>;
/** The difference is paid or credited: the server may be resized. */
export type OrderPlanChangePaid = Fact<
  'OrderPlanChangePaid',
  { readonly orderId: string; readonly changeId: string; readonly paidAt: string }
>;
/** The server has its new size. */
export type OrderPlanChanged = Fact<
  'OrderPlanChanged',
  {
    readonly orderId: string;
    readonly changeId: string;
    readonly planId: string;
    readonly resources: Resources;
    readonly price: Money;
    readonly changedAt: string;
  }
>;
/** It came to nothing, and what was taken for it goes back. */
export type OrderPlanChangeFailed = Fact<
  'OrderPlanChangeFailed',
  {
    readonly orderId: string;
    readonly changeId: string;
    readonly code: string;
    /** What Stripe is to be asked for, so that the old plan is paid again; absent or null where Stripe has changed nothing. */
    readonly undo?: {
      readonly subscriptionId: string;
      readonly itemId: string;
      readonly priceId: string;
      readonly prorationDate: number | null;
    } | null;
    readonly failedAt: string;
  }
>;
/** A subscription's period ran while its server was late: the customer is owed these days. */
export type OrderServiceCredited = Fact<
  'OrderServiceCredited',
  {
    readonly orderId: string;
    readonly reason: 'lateDelivery';
    /** From the promised time to ready, in milliseconds. */
    readonly lateMs: number;
    readonly amount: Money;
    readonly creditedAt: string;
  }
>;

export type ServiceEvent =
  | OrderPaymentAccepted
  | OrderReminderRaised
  | OrderGraceStarted
  | OrderGraceExtended
  | OrderGraceEnded
  | OrderSuspended
  | OrderResumed
  | OrderCancellationScheduled
  | OrderCancellationRevoked
  | OrderEnding
  | OrderBillingEnded
  | OrderPlanChangeQuoted
  | OrderPlanChangeConfirmed
  | OrderPlanChangeRequested
  | OrderPlanChangePaid
  | OrderPlanChanged
  | OrderPlanChangeFailed
  | OrderServiceCredited;
