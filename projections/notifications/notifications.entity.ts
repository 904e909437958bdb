/** The table behind `notifications`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { NotificationsRow } from './notifications.projection.js';

@Entity({ schema: 'read', name: 'notifications_v2' })
@Index(['intendedAt', 'notificationId'])
@Index(['orderId'])
@Index(['dueAt'])
export class NotificationsEntity implements NotificationsRow {
  @PrimaryColumn({ type: 'text', name: 'notification_id' })
  notificationId!: NotificationsRow['notificationId'];

  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: NotificationsRow['orderId'];

  @Column({ type: 'text', name: 'customer_id', nullable: true })
  customerId!: NotificationsRow['customerId'];

  @Column({ type: 'text', name: 'kind' })
  kind!: NotificationsRow['kind'];

  @Column({ type: 'text', name: 'status' })
  status!: NotificationsRow['status'];

  @Column({ type: 'text', name: 'code', nullable: true })
  code!: NotificationsRow['code'];

  @Column({ type: 'integer', name: 'attempts' })
  attempts!: NotificationsRow['attempts'];

  @Column({ type: 'text', name: 'due_at', nullable: true })
  dueAt!: NotificationsRow['dueAt'];

  @Column({ type: 'text', name: 'intended_at' })
  intendedAt!: NotificationsRow['intendedAt'];

  @Column({ type: 'text', name: 'settled_at', nullable: true })
  settledAt!: NotificationsRow['settledAt'];
}
