/** Questions about an order's money that must be answered from its stream, because a read model may lag. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
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
