/** Messages to customers: the list for operators, and what the runner may have to send. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, LessThanOrEqual } from 'typeorm';
import { newestFirst, pageOf, placeIn, type DaysWish, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { orderList } from '../order-list/order-list.projection.js';
import { NotificationsEntity } from './notifications.entity.js';
import type { NotificationsRow, NotificationStatus } from './notifications.projection.js';

/** Its days are those on which the messages were intended. */
export interface NotificationsWish extends PageWish, DaysWish {
  readonly orderId?: string;
  /** To whom. */
  readonly customerId?: string;
  readonly kind?: NotificationsRow['kind'];
  readonly status?: NotificationStatus;
}

const ORDERS_OF = `select order_id from ${tableNameOf(orderList)} where customer_id = :customerId`;

/** Newest first unless it is asked otherwise. */
export class ListNotifications extends Query<Page<NotificationsRow>> {
  constructor(readonly wish: NotificationsWish) {
    super();
  }
}

@QueryHandler(ListNotifications)
export class ListNotificationsHandler implements IQueryHandler<ListNotifications> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListNotifications): Promise<Page<NotificationsRow>> {
    const { orderId, customerId, kind, status } = wish;
    const list = { entity: NotificationsEntity, by: ['intendedAt', 'notificationId'] } as const;
    const query = newestFirst(this.database, { ...list, where: { orderId, kind, status } }, wish);
    if (customerId !== undefined) query.andWhere(`(row.orderId in (${ORDERS_OF}) or row.customerId = :customerId)`, { customerId });
    return pageOf(await query.getMany(), wish.limit, placeIn<NotificationsEntity>(list));
  }
}

/** Oldest first. @param nowIso ISO-8601 in UTC */
export const dueNotifications = async (
  database: DataSource,
  nowIso: string,
  limit: number,
): Promise<{ kind: string; subjectId: string; dueAt: string }[]> => {
  const rows = await database
    .getRepository(NotificationsEntity)
    .find({ where: { dueAt: LessThanOrEqual(nowIso) }, order: { dueAt: 'ASC' }, take: limit });
  return rows.map(({ notificationId, dueAt }) => ({ kind: 'notification', subjectId: notificationId, dueAt: dueAt ?? nowIso }));
};
