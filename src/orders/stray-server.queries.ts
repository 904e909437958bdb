/** A question about a server that nobody should have, answered from the streams of its order and of that order's money. */
import { Query, QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { MoneyOfOrderQuery } from '../payments/payment.queries.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { orderDecider } from './order.decider.js';

/** Whether a server under the id of this order belongs to nobody: there is no such order and no money for it, or its service has ended for good and it has judged all money that came. */
export class BelongsToNobody extends Query<boolean> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(BelongsToNobody)
export class BelongsToNobodyHandler implements IQueryHandler<BelongsToNobody> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
  ) {}

  /** Money is read before the order: what comes in between is judged by an order that has ended already. */
  async execute({ orderId }: BelongsToNobody): Promise<boolean> {
    const { payments } = await this.queries.execute(new MoneyOfOrderQuery(orderId));
    const { state } = await this.streams.load(orderDecider, orderId);
    if (state.status === 'none') return payments.length === 0;
    // One that was never served may still be paid for and begin after all.
    if (state.status !== 'ended' || !state.served) return false;
    return payments.every(({ paymentId }) => state.seenPayments.includes(paymentId));
  }
}
