/** Money that has moved, for the comparison with Stripe. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, In, Not } from 'typeorm';
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

/** Whether the sums of the ledger have money under this name: that of an order, or unmatched money that did not go back as a whole. */
export class IsMoneyCounted extends Query<boolean> {
  constructor(readonly objectId: string) {
    super();
  }
}

@QueryHandler(IsMoneyCounted)
export class IsMoneyCountedHandler implements IQueryHandler<IsMoneyCounted> {
  constructor(private readonly database: DataSource) {}

  async execute({ objectId }: IsMoneyCounted): Promise<boolean> {
    const kind = In(['payment', 'unmatchedMoney'] satisfies PaymentsRow['kind'][]);
    return this.database.getRepository(PaymentsEntity).existsBy({ objectId, kind, status: Not(In([...NOT_MOVED])) });
  }
}
