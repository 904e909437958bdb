/** Messages to customers: the list for operators, and what the runner may have to send. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, LessThanOrEqual } from 'typeorm';
import { newestPage, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { NotificationsEntity } from './notifications.entity.js';
import type { NotificationsRow, NotificationStatus } from './notifications.projection.js';

export interface NotificationsWish extends PageWish {
  readonly orderId?: string;
  readonly status?: NotificationStatus;
}

/** Newest first. */
export class ListNotifications extends Query<Page<NotificationsRow>> {
  constructor(readonly wish: NotificationsWish) {
    super();
  }
}

@QueryHandler(ListNotifications)
export class ListNotificationsHandler implements IQueryHandler<ListNotifications> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListNotifications): Promise<Page<NotificationsRow>> {
    const { orderId, status } = wish;
    return newestPage(
      this.database,
      { entity: NotificationsEntity, by: ['intendedAt', 'notificationId'], where: { orderId, status } },
      wish,
    );
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
