/** Money that may have come, gone or failed without our having been told: checkouts that are open and payments and refunds that are on their way. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, In, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { OrderListEntity } from '../order-list/order-list.entity.js';
import { PaymentsEntity } from './payments.entity.js';

export type Awaited = { readonly orderId: string; readonly objectId: string } & (
  | { readonly kind: 'checkout' }
  /** `paymentId`: under which the money that goes back was booked. */
  | { readonly kind: 'refund'; readonly paymentId: string | null }
);

/** One page, by the order they are about; to be asked on with the last order of the page. */
export class AwaitedMoney extends Query<readonly Awaited[]> {
  /** @param wish `placedBefore` in ISO-8601: younger checkouts are left in peace */
  constructor(readonly wish: { readonly afterOrder: string; readonly placedBefore: string; readonly limit: number }) {
    super();
  }
}

@QueryHandler(AwaitedMoney)
export class AwaitedMoneyHandler implements IQueryHandler<AwaitedMoney> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: AwaitedMoney): Promise<readonly Awaited[]> {
    const found = [...(await this.checkouts(wish)), ...(await this.underWay(wish))];
    return found.sort((one, other) => (one.orderId < other.orderId ? -1 : 1)).slice(0, wish.limit);
  }

  private async checkouts({ afterOrder, placedBefore, limit }: AwaitedMoney['wish']): Promise<Awaited[]> {
    const open = { status: In(['awaitingPayment', 'paymentPending'] as const), checkoutSession: Not(IsNull()) };
    const where = { ...open, orderId: MoreThan(afterOrder), createdAt: LessThan(placedBefore) };
    const orders = await this.database.getRepository(OrderListEntity).find({ where, order: { orderId: 'ASC' }, take: limit });
    return orders.map(({ orderId, checkoutSession }) => ({ kind: 'checkout', orderId, objectId: checkoutSession ?? '' }));
  }

  private async underWay({ afterOrder, limit }: AwaitedMoney['wish']): Promise<Awaited[]> {
    const where = { status: 'pending' as const, orderId: MoreThan(afterOrder) };
    const rows = await this.database.getRepository(PaymentsEntity).find({ where, order: { orderId: 'ASC' }, take: limit });
    return rows.flatMap(({ kind, orderId, objectId, session, invoice, paymentIntent }): Awaited[] => {
      if (orderId === null) return [];
      if (kind === 'refund') return [{ kind, orderId, objectId, paymentId: paymentIntent ?? invoice ?? session }];
      return session === null ? [] : [{ kind: 'checkout', orderId, objectId: session }];
    });
  }
}
