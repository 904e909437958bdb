/** Questions about an order that must be answered from its stream, because a read model may lag. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { orderDecider } from './order.decider.js';

/** What payment events carry of their order; undefined when there is no such order. */
export class OrderFacts extends Query<{ orderId: string; customerId: string; planId: string; region: string } | undefined> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(OrderFacts)
export class OrderFactsHandler implements IQueryHandler<OrderFacts> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: OrderFacts): Promise<{ orderId: string; customerId: string; planId: string; region: string } | undefined> {
    const { state } = await this.streams.load(orderDecider, orderId);
    if (state.status === 'none') return undefined;
    const { customerId, planId, region } = state.placed;
    return { orderId, customerId, planId, region };
  }
}
