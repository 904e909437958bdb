/** The table behind `delivery-invariant`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DeliveryInvariantRow } from './delivery-invariant.projection.js';

@Entity({ schema: 'read', name: 'delivery_invariant_v3' })
@Index(['dueAt'])
@Index(['paidAt', 'orderId'])
export class DeliveryInvariantEntity implements DeliveryInvariantRow {
  @PrimaryColumn({ type: 'text', name: 'order_id' })
  orderId!: DeliveryInvariantRow['orderId'];

  @Column({ type: 'text', name: 'customer_id', nullable: true })
  customerId!: DeliveryInvariantRow['customerId'];

  @Column({ type: 'text', name: 'plan_id', nullable: true })
  planId!: DeliveryInvariantRow['planId'];

  @Column({ type: 'text', name: 'region', nullable: true })
  region!: DeliveryInvariantRow['region'];

  @Column({ type: 'text', name: 'paid_at', nullable: true })
  paidAt!: DeliveryInvariantRow['paidAt'];

  @Column({ type: 'text', name: 'paid_through', nullable: true })
  paidThrough!: DeliveryInvariantRow['paidThrough'];

  @Column({ type: 'integer', name: 'servers_owed' })
  serversOwed!: DeliveryInvariantRow['serversOwed'];

  @Column({ type: 'jsonb', name: 'servers' })
  servers!: DeliveryInvariantRow['servers'];

  @Column({ type: 'jsonb', name: 'seen' })
  seen!: DeliveryInvariantRow['seen'];

  @Column({ type: 'integer', name: 'servers_created' })
  serversCreated!: DeliveryInvariantRow['serversCreated'];

  @Column({ type: 'integer', name: 'servers_running' })
  serversRunning!: DeliveryInvariantRow['serversRunning'];

  @Column({ type: 'integer', name: 'servers_gone' })
  serversGone!: DeliveryInvariantRow['serversGone'];

  @Column({ type: 'text', name: 'due_at', nullable: true })
  dueAt!: DeliveryInvariantRow['dueAt'];

  @Column({ type: 'text', name: 'ready_at', nullable: true })
  readyAt!: DeliveryInvariantRow['readyAt'];

  @Column({ type: 'text', name: 'reason', nullable: true })
  reason!: DeliveryInvariantRow['reason'];

  @Column({ type: 'boolean', name: 'needs_human' })
  needsHuman!: DeliveryInvariantRow['needsHuman'];

  @Column({ type: 'jsonb', name: 'excuses' })
  excuses!: DeliveryInvariantRow['excuses'];
}
