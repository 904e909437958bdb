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

/** The streams in which this order's events stand, as far as the read model has come. */
export const streamsOfOrder = async (database: DataSource, orderId: string): Promise<string[]> => {
  const rows = await database
    .getRepository(OrderTimelineEntity)
    .createQueryBuilder('entry')
    .select('entry.stream', 'stream')
    .distinct(true)
    .where({ orderId })
    .getRawMany<{ stream: string }>();
  return rows.map(({ stream }) => stream);
};
