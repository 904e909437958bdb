/** Money that names no order of ours: received, then assigned to an order or given back. Streams `unmatchedMoney-<Stripe object id>`. */
import type { Money } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';
import type { ArrivedMoney } from './payment.events.js';

/** Money that names no order of ours; an operator assigns or refunds it. */
export type UnmatchedMoneyReceived = Fact<
  'UnmatchedMoneyReceived',
  {
    readonly objectId: string;
    readonly amount: Money;
    readonly reason: 'noOrderId' | 'unknownOrder';
    readonly stripeEventId: string;
    /** What an order it is assigned to will be told; absent in events from before it was kept. */
    readonly payment?: ArrivedMoney;
    readonly receivedAt: string;
  }
>;
/** An operator knows whose it is: the order is told of it as of any payment. */
export type UnmatchedMoneyAssigned = Fact<
  'UnmatchedMoneyAssigned',
  {
    readonly objectId: string;
    readonly orderId: string;
    /** A code. */
    readonly reason: string;
    readonly payment: ArrivedMoney;
    readonly assignedAt: string;
  }
>;
/** It goes back to whoever paid it; all that is left of it. */
export type UnmatchedMoneyRefundIntended = Fact<
  'UnmatchedMoneyRefundIntended',
  {
    readonly objectId: string;
    /** Our name of the refund at Stripe, and the key of its first request. */
    readonly refundKey: string;
    readonly amount: Money;
    /** A code. */
    readonly reason: string;
    readonly intendedAt: string;
  }
>;
/** The claim: this attempt may call until the deadline, and nobody else calls before it. */
export type UnmatchedMoneyRefundStarted = Fact<
  'UnmatchedMoneyRefundStarted',
  {
    readonly objectId: string;
    readonly attempt: number;
    readonly idempotencyKey: string;
    readonly callDeadlineAt: string;
  }
>;
/** Stripe gives it back. */
export type UnmatchedMoneyRefundSettled = Fact<
  'UnmatchedMoneyRefundSettled',
  {
    readonly objectId: string;
    readonly refundId: string;
    readonly status: string | null;
    /** It went in parts, each told by itself; absent when one refund gave all of it back. */
    readonly inParts?: true;
    readonly settledAt: string;
  }
>;
/** A part of it went back, or a dispute moved it: seen at Stripe, whoever asked for it. Each state of a refund is told. */
export type UnmatchedMoneyMoved = Fact<
  'UnmatchedMoneyMoved',
  {
    readonly objectId: string;
    readonly by: 'refund' | 'dispute';
    /** Stripe's refund or dispute. */
    readonly byId: string;
    /** Of a dispute, which moves money more than once; null for a refund. */
    readonly transactionId: string | null;
    readonly direction: 'withdrawn' | 'reinstated';
    readonly amount: Money;
    /** What Stripe charged us for it, in minor units; no money of the customer's. */
    readonly feeMinor: number;
    readonly status: 'pending' | 'succeeded' | 'failed';
    readonly movedAt: string;
  }
>;
/** A bank contests it: how that stands by Stripe's word. */
export type UnmatchedMoneyDisputed = Fact<
  'UnmatchedMoneyDisputed',
  {
    readonly objectId: string;
    readonly disputeId: string;
    readonly status: string;
    readonly amount: Money;
    /** ISO-8601; null when Stripe named no date. */
    readonly evidenceDueBy: string | null;
    readonly toldAt: string;
  }
>;
/** An attempt came to nothing; `final`: Stripe has refused, or the money came back, and a person must decide. */
export type UnmatchedMoneyRefundFailed = Fact<
  'UnmatchedMoneyRefundFailed',
  {
    readonly objectId: string;
    /** Stripe's code, never its text. */
    readonly code: string;
    readonly final: boolean;
    /** Stripe keeps the answer of a failed request under its key: the next attempt uses a new one. */
    readonly keySpent: boolean;
    readonly failedAt: string;
  }
>;

export type UnmatchedMoneyEvent =
  | UnmatchedMoneyReceived
  | UnmatchedMoneyAssigned
  | UnmatchedMoneyRefundIntended
  | UnmatchedMoneyRefundStarted
  | UnmatchedMoneyRefundSettled
  | UnmatchedMoneyRefundFailed
  | UnmatchedMoneyMoved
  | UnmatchedMoneyDisputed;

/** What Stripe tells of it once it is here: that some of it moved, or how a dispute stands. */
export type UnmatchedWord =
  /** `code`: why it failed; null otherwise. */
  | { readonly is: 'moved'; readonly movement: UnmatchedMoneyMoved['data']; readonly code: string | null }
  | { readonly is: 'disputed'; readonly dispute: UnmatchedMoneyDisputed['data'] };
