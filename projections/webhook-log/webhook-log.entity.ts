/** The table behind `webhook-log`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { WebhookLogRow } from './webhook-log.projection.js';

@Entity({ schema: 'read', name: 'webhook_log_v4' })
@Index(['receivedAt', 'stripeEventId'])
@Index(['outcome', 'receivedAt'])
@Index(['type', 'receivedAt'])
@Index(['objectId'])
@Index(['orderId'])
export class WebhookLogEntity implements WebhookLogRow {
  @PrimaryColumn({ type: 'text', name: 'stripe_event_id' })
  stripeEventId!: WebhookLogRow['stripeEventId'];

  @Column({ type: 'text', name: 'event_id' })
  eventId!: WebhookLogRow['eventId'];

  @Column({ type: 'numeric', name: 'position' })
  position!: WebhookLogRow['position'];

  @Column({ type: 'text', name: 'type' })
  type!: WebhookLogRow['type'];

  @Column({ type: 'text', name: 'object_type' })
  objectType!: WebhookLogRow['objectType'];

  @Column({ type: 'text', name: 'object_id' })
  objectId!: WebhookLogRow['objectId'];

  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: WebhookLogRow['orderId'];

  @Column({ type: 'text', name: 'api_version', nullable: true })
  apiVersion!: WebhookLogRow['apiVersion'];

  @Column({ type: 'boolean', name: 'livemode' })
  livemode!: WebhookLogRow['livemode'];

  @Column({ type: 'text', name: 'outcome' })
  outcome!: WebhookLogRow['outcome'];

  @Column({ type: 'text', name: 'quarantine', nullable: true })
  quarantine!: WebhookLogRow['quarantine'];

  @Column({ type: 'jsonb', name: 'became' })
  became!: WebhookLogRow['became'];

  @Column({ type: 'text', name: 'via' })
  via!: WebhookLogRow['via'];

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: WebhookLogRow['createdAt'];

  @Column({ type: 'text', name: 'received_at' })
  receivedAt!: WebhookLogRow['receivedAt'];
}
