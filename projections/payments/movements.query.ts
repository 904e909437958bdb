/** Money that has moved, for the comparison with Stripe. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { PaymentsEntity } from './payments.entity.js';
import { NOT_MOVED, type PaymentsRow } from './payments.projection.js';

export type MovedRow = Pick<
  PaymentsRow,
  'kind' | 'objectId' | 'orderId' | 'currency' | 'amountMinor' | 'offStripeMinor' | 'feeMinor' | 'paymentIntent'
>;

/** What Stripe told of in a span of time (ISO-8601, `to` not included), and whatever is known of these objects, whenever it was told. */
export class MoneyMoved extends Query<MovedRow[]> {
  constructor(readonly wish: { readonly from: string; readonly to: string; readonly objectIds: readonly string[] }) {
    super();
  }
}

@QueryHandler(MoneyMoved)
export class MoneyMovedHandler implements IQueryHandler<MoneyMoved> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish: { from, to, objectIds } }: MoneyMoved): Promise<MovedRow[]> {
    return this.database
      .getRepository(PaymentsEntity)
      .createQueryBuilder('row')
      .where('row.status not in (:...not)', { not: NOT_MOVED })
      .andWhere('((row.occurredAt >= :from and row.occurredAt < :to) or row.objectId = any(:ids))', { from, to, ids: objectIds })
      .getMany();
  }
}
