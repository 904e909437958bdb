/** What can be asked of an order. */
import { Command, Query } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { OrderStage } from './order.decider.js';
import type { Hold, Money, OrderPlaced } from './order.events.js';

export interface PlacedOrder extends Written {
  readonly orderId: string;
  readonly stage: OrderStage;
  /** Where the customer pays; null when there is nothing to pay (any more). */
  readonly checkoutUrl: string | null;
}

/** Places an order and walks it until the customer can pay. Refused when no node fits; a repeat answers from the stream. */
export class PlaceOrder extends Command<PlacedOrder> {
  constructor(
    readonly order: Omit<OrderPlaced['data'], 'placedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Answers where an order can be paid, walking it there if that was interrupted. */
export class ReopenCheckout extends Command<PlacedOrder> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** Does the next step of an order that is not paid yet; answers when to look again, null when nothing is left to do. */
export class ContinuePlacement extends Command<Date | null> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** Asks the order to take money that arrived for it; the order decides. */
export class AcceptPayment extends Command<Written> {
  constructor(
    readonly payment: {
      readonly orderId: string;
      readonly paymentId: string;
      readonly subtotal: Money;
      readonly total: Money;
      readonly paidThrough: string | null;
      readonly receivedAt: string;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Stripe says that a session can no longer be paid. */
export class RecordCheckoutExpired extends Command<Written> {
  constructor(
    readonly data: { readonly orderId: string; readonly sessionId: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The server is ready: the paid period runs. */
export class RecordDelivery extends Command<Written> {
  constructor(
    readonly data: { readonly orderId: string; readonly serverId: number; readonly identifier: string; readonly readyAt: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Judges what money and time make of a paid order, and records it; answers when time alone will have more to say, null: never. */
export class ContinueService extends Command<Date | null> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** The panel has confirmed that the order's server is gone, or never was. */
export class RecordServiceEnded extends Command<Written> {
  constructor(
    readonly orderId: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The order's server is made anew elsewhere, and its old room is left. */
export class RecordMove extends Command<Written> {
  constructor(
    readonly data: { readonly orderId: string; readonly moveId: string; readonly hold: Hold },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Does the next steps of a change of plan that are due; quiet when none is under way. */
export class ContinuePlanChange extends Command<void> {
  constructor(readonly orderId: string) {
    super();
  }
}

interface OfChange {
  readonly orderId: string;
  readonly changeId: string;
}

/** The panel has confirmed that the server has the new plan's size. */
export class RecordPlanChanged extends Command<Written> {
  constructor(
    readonly data: OfChange,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The server keeps its size, and the order its plan. */
export class FailPlanChange extends Command<Written> {
  constructor(
    readonly data: OfChange & { readonly code: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Where a paid order's server stands, and what its plan takes there, in MiB. */
export interface OrderSize {
  readonly nodeId: string;
  readonly memoryMib: number;
  readonly diskMib: number;
}

/** Null for an order that is not paid. */
export class SizeOfOrder extends Query<OrderSize | null> {
  constructor(readonly orderId: string) {
    super();
  }
}
