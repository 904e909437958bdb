/** The table behind `order-list`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrderListRow } from './order-list.projection.js';

@Entity({ schema: 'read', name: 'order_list_v7' })
@Index(['customerId', 'createdAt'])
@Index(['status'])
@Index(['createdAt'])
export class OrderListEntity implements OrderListRow {
  @PrimaryColumn({ type: 'text', name: 'order_id' })
  orderId!: OrderListRow['orderId'];

  @Column({ type: 'text', name: 'customer_id' })
  customerId!: OrderListRow['customerId'];

  @Column({ type: 'text', name: 'plan_id' })
  planId!: OrderListRow['planId'];

  @Column({ type: 'text', name: 'game_id' })
  gameId!: OrderListRow['gameId'];

  @Column({ type: 'text', name: 'region' })
  region!: OrderListRow['region'];

  @Column({ type: 'text', name: 'term' })
  term!: OrderListRow['term'];

  @Column({ type: 'text', name: 'payment' })
  payment!: OrderListRow['payment'];

  @Column({ type: 'text', name: 'status' })
  status!: OrderListRow['status'];

  @Column({ type: 'text', name: 'status_reason', nullable: true })
  statusReason!: OrderListRow['statusReason'];

  @Column({ type: 'text', name: 'failing_step', nullable: true })
  failingStep!: OrderListRow['failingStep'];

  @Column({ type: 'text', name: 'failing_code', nullable: true })
  failingCode!: OrderListRow['failingCode'];

  @Column({ type: 'integer', name: 'amount_minor' })
  amountMinor!: OrderListRow['amountMinor'];

  @Column({ type: 'text', name: 'currency' })
  currency!: OrderListRow['currency'];

  @Column({ type: 'text', name: 'checkout_session', nullable: true })
  checkoutSession!: OrderListRow['checkoutSession'];

  @Column({ type: 'text', name: 'checkout_expires_at', nullable: true })
  checkoutExpiresAt!: OrderListRow['checkoutExpiresAt'];

  @Column({ type: 'text', name: 'payment_intent', nullable: true })
  paymentIntent!: OrderListRow['paymentIntent'];

  @Column({ type: 'text', name: 'subscription', nullable: true })
  subscription!: OrderListRow['subscription'];

  @Column({ type: 'text', name: 'node_id', nullable: true })
  nodeId!: OrderListRow['nodeId'];

  @Column({ type: 'integer', name: 'ptero_server_id', nullable: true })
  pteroServerId!: OrderListRow['pteroServerId'];

  @Column({ type: 'text', name: 'ptero_identifier', nullable: true })
  pteroIdentifier!: OrderListRow['pteroIdentifier'];

  @Column({ type: 'text', name: 'paid_through', nullable: true })
  paidThrough!: OrderListRow['paidThrough'];

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: OrderListRow['createdAt'];

  @Column({ type: 'text', name: 'paid_at', nullable: true })
  paidAt!: OrderListRow['paidAt'];

  @Column({ type: 'text', name: 'ready_at', nullable: true })
  readyAt!: OrderListRow['readyAt'];

  @Column({ type: 'text', name: 'grace_cause', nullable: true })
  graceCause!: OrderListRow['graceCause'];

  @Column({ type: 'jsonb', name: 'suspensions' })
  suspensions!: OrderListRow['suspensions'];

  @Column({ type: 'text', name: 'grace_until', nullable: true })
  graceUntil!: OrderListRow['graceUntil'];

  @Column({ type: 'text', name: 'delete_at', nullable: true })
  deleteAt!: OrderListRow['deleteAt'];

  @Column({ type: 'text', name: 'ends_at', nullable: true })
  endsAt!: OrderListRow['endsAt'];
}
