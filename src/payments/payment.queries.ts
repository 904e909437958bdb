/** Questions about an order's money that must be answered from its stream, because a read model may lag. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import type { MoneyOfOrder } from '../orders/service.saga.js';
import { billingOfOrder, moneyOfOrder, openMoneyOf, type BillingOfOrderView, type OpenMoney } from './order-money.decider.js';

export type { BillingOfOrderView } from './order-money.decider.js';
import { hasFailed, isBooked, paymentDecider } from './payment.decider.js';

/** Whether Stripe said that the payment of this session, which was on its way, did not arrive. */
export class HasPaymentFailed extends Query<boolean> {
  constructor(
    readonly orderId: string,
    readonly sessionId: string,
  ) {
    super();
  }
}

@QueryHandler(HasPaymentFailed)
export class HasPaymentFailedHandler implements IQueryHandler<HasPaymentFailed> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId, sessionId }: HasPaymentFailed): Promise<boolean> {
    const { state } = await this.streams.load(paymentDecider, orderId);
    return hasFailed(state, sessionId);
  }
}

/** Whether money was booked for this order under this name. */
export class IsBooked extends Query<boolean> {
  constructor(
    readonly orderId: string,
    readonly paymentId: string,
  ) {
    super();
  }
}

@QueryHandler(IsBooked)
export class IsBookedHandler implements IQueryHandler<IsBooked> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId, paymentId }: IsBooked): Promise<boolean> {
    const { state } = await this.streams.load(paymentDecider, orderId);
    return isBooked(state, paymentId);
  }
}

/** What the order's rules need to know of its money. */
export class MoneyOfOrderQuery extends Query<MoneyOfOrder> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(MoneyOfOrderQuery)
export class MoneyOfOrderHandler implements IQueryHandler<MoneyOfOrderQuery> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: MoneyOfOrderQuery): Promise<MoneyOfOrder> {
    return moneyOfOrder((await this.streams.load(paymentDecider, orderId)).state);
  }
}

/** Through what money may still come for an order, as far as we know. */
export class OpenMoneyOfOrder extends Query<OpenMoney> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(OpenMoneyOfOrder)
export class OpenMoneyOfOrderHandler implements IQueryHandler<OpenMoneyOfOrder> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: OpenMoneyOfOrder): Promise<OpenMoney> {
    return openMoneyOf((await this.streams.load(paymentDecider, orderId)).state);
  }
}

/** How far one of our calls toward Stripe is; undefined when it was never wanted. */
export class StripeCallOf extends Query<{ readonly status: string; readonly objectId: string | null } | undefined> {
  constructor(
    readonly orderId: string,
    readonly callId: string,
  ) {
    super();
  }
}

@QueryHandler(StripeCallOf)
export class StripeCallOfHandler implements IQueryHandler<StripeCallOf> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId, callId }: StripeCallOf): Promise<{ status: string; objectId: string | null } | undefined> {
    const known = (await this.streams.load(paymentDecider, orderId)).state.calls[callId];
    return known && { status: known.status, objectId: known.status === 'settled' ? known.objectId : null };
  }
}

/** What an order's customer may see of its money. */
export class BillingOfOrder extends Query<BillingOfOrderView> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(BillingOfOrder)
export class BillingOfOrderHandler implements IQueryHandler<BillingOfOrder> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: BillingOfOrder): Promise<BillingOfOrderView> {
    return billingOfOrder((await this.streams.load(paymentDecider, orderId)).state);
  }
}

export const paymentQueryHandlers = [
  HasPaymentFailedHandler,
  IsBookedHandler,
  MoneyOfOrderHandler,
  OpenMoneyOfOrderHandler,
  StripeCallOfHandler,
  BillingOfOrderHandler,
];
