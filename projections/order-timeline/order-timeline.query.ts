/** The timeline of one order, oldest first. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { OrderTimelineEntity } from './order-timeline.entity.js';
import type { OrderTimelineRow } from './order-timeline.projection.js';

const ENTRIES_MAX = 1_000;

export class GetTimeline extends Query<OrderTimelineRow[]> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(GetTimeline)
export class GetTimelineHandler implements IQueryHandler<GetTimeline> {
  constructor(private readonly database: DataSource) {}

  async execute({ orderId }: GetTimeline): Promise<OrderTimelineRow[]> {
    return this.database.getRepository(OrderTimelineEntity).find({ where: { orderId }, order: { position: 'ASC' }, take: ENTRIES_MAX });
  }
}
