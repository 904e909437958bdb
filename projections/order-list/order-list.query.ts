/** Lists of orders: a customer's own, or everybody's for an operator. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { OrderListEntity } from './order-list.entity.js';
import type { OrderListRow } from './order-list.projection.js';

/** Newest first, at most `limit`. */
export class ListOrders extends Query<OrderListRow[]> {
  constructor(readonly filter: { readonly customerId?: string; readonly status?: OrderListRow['status']; readonly limit: number }) {
    super();
  }
}

@QueryHandler(ListOrders)
export class ListOrdersHandler implements IQueryHandler<ListOrders> {
  constructor(private readonly database: DataSource) {}

  async execute({ filter }: ListOrders): Promise<OrderListRow[]> {
    const { limit, ...where } = filter;
    return this.database.getRepository(OrderListEntity).find({ where, order: { createdAt: 'DESC', orderId: 'DESC' }, take: limit });
  }
}

/** One order; with a customer given, only if it is theirs. */
export class GetOrder extends Query<OrderListRow | undefined> {
  constructor(
    readonly orderId: string,
    readonly customerId?: string,
  ) {
    super();
  }
}

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder> {
  constructor(private readonly database: DataSource) {}

  async execute({ orderId, customerId }: GetOrder): Promise<OrderListRow | undefined> {
    const where = customerId === undefined ? { orderId } : { orderId, customerId };
    return (await this.database.getRepository(OrderListEntity).findOneBy(where)) ?? undefined;
  }
}
