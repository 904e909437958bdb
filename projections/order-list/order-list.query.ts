/** Lists of orders: a customer's own, or everybody's for an operator. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { newestFirst, pageOf, placeIn, type DaysWish, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { OrderListEntity } from './order-list.entity.js';
import type { OrderListRow } from './order-list.projection.js';

/** Its days are those of placing. */
export interface OrdersWish extends PageWish, DaysWish {
  readonly customerId?: string;
  readonly status?: OrderListRow['status'];
  readonly planId?: string;
  readonly gameId?: string;
  readonly region?: string;
  readonly nodeId?: string;
  /** Only orders that fit one of these. */
  readonly anyOf?: readonly OrderMark[];
}

/** Something by which an order is known: values of its row, or the beginning of its id. */
export type OrderMark = Partial<OrderListRow> | { readonly idBegins: string };

/** A page of everybody's orders, or of one customer's. @throws Refusal CURSOR_INVALID */
export class SearchOrders extends Query<Page<OrderListRow>> {
  constructor(readonly wish: OrdersWish) {
    super();
  }
}

/** More orders than anybody has. */
const FOUND_MAX = 10_000;

@QueryHandler(SearchOrders)
export class SearchOrdersHandler implements IQueryHandler<SearchOrders> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: SearchOrders): Promise<Page<OrderListRow>> {
    const { customerId, status, planId, gameId, region, nodeId, anyOf } = wish;
    const list = { entity: OrderListEntity, by: ['createdAt', 'orderId'] } as const;
    const query = newestFirst(this.database, { ...list, where: { customerId, status, planId, gameId, region, nodeId } }, wish);
    // Looked for first and by themselves: a few rows among many would else be sought along the order of the whole list.
    if (anyOf) query.andWhere('row.orderId = any(:found)', { found: await this.idsOf(anyOf) });
    return pageOf(await query.getMany(), wish.limit, placeIn<OrderListEntity>(list));
  }

  private async idsOf(anyOf: readonly OrderMark[]): Promise<string[]> {
    const query = this.database
      .getRepository(OrderListEntity)
      .createQueryBuilder('found')
      .select('found.orderId', 'orderId')
      .where('false');
    anyOf.forEach((mark, index) => query.orWhere(...fitting(mark, index)));
    return (await query.limit(FOUND_MAX).getRawMany<{ orderId: string }>()).map(({ orderId }) => orderId);
  }
}

const fitting = (mark: OrderMark, index: number): [string, Record<string, unknown>] => {
  if ('idBegins' in mark) return [`found.orderId like :begins${index}`, { [`begins${index}`]: `${mark.idBegins}%` }];
  const pairs = Object.entries(mark).map(([property, value]) => [property, `${property}${index}`, value] as const);
  return [
    pairs.map(([property, name]) => `found.${property} = :${name}`).join(' and '),
    Object.fromEntries(pairs.map(([, name, value]) => [name, value])),
  ];
};

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
