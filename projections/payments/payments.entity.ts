/** The table behind `payments`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { PaymentsRow } from './payments.projection.js';

@Entity({ schema: 'read', name: 'payments_v5' })
@Index(['occurredAt', 'paymentKey'])
@Index(['kind', 'occurredAt'])
@Index(['orderId'])
@Index(['concerns'], { where: 'concerns is not null' })
@Index(['customerId'])
export class PaymentsEntity implements PaymentsRow {
  @PrimaryColumn({ type: 'text', name: 'payment_key' })
  paymentKey!: PaymentsRow['paymentKey'];

  @Column({ type: 'text', name: 'kind' })
  kind!: PaymentsRow['kind'];

  @Column({ type: 'text', name: 'purpose', nullable: true })
  purpose!: PaymentsRow['purpose'];

  @Column({ type: 'text', name: 'status' })
  status!: PaymentsRow['status'];

  @Column({ type: 'text', name: 'reason', nullable: true })
  reason!: PaymentsRow['reason'];

  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: PaymentsRow['orderId'];

  @Column({ type: 'text', name: 'customer_id', nullable: true })
  customerId!: PaymentsRow['customerId'];

  @Column({ type: 'text', name: 'plan_id', nullable: true })
  planId!: PaymentsRow['planId'];

  @Column({ type: 'text', name: 'region', nullable: true })
  region!: PaymentsRow['region'];

  @Column({ type: 'text', name: 'term', nullable: true })
  term!: PaymentsRow['term'];

  @Column({ type: 'text', name: 'currency', nullable: true })
  currency!: PaymentsRow['currency'];

  @Column({ type: 'bigint', name: 'amount_minor', nullable: true })
  amountMinor!: PaymentsRow['amountMinor'];

  @Column({ type: 'bigint', name: 'subtotal_minor', nullable: true })
  subtotalMinor!: PaymentsRow['subtotalMinor'];

  @Column({ type: 'bigint', name: 'off_stripe_minor', nullable: true })
  offStripeMinor!: PaymentsRow['offStripeMinor'];

  @Column({ type: 'bigint', name: 'fee_minor', nullable: true })
  feeMinor!: PaymentsRow['feeMinor'];

  @Column({ type: 'text', name: 'object_id' })
  objectId!: PaymentsRow['objectId'];

  @Column({ type: 'text', name: 'payment_intent', nullable: true })
  paymentIntent!: PaymentsRow['paymentIntent'];

  @Column({ type: 'text', name: 'invoice', nullable: true })
  invoice!: PaymentsRow['invoice'];

  @Column({ type: 'text', name: 'session', nullable: true })
  session!: PaymentsRow['session'];

  @Column({ type: 'text', name: 'subscription', nullable: true })
  subscription!: PaymentsRow['subscription'];

  @Column({ type: 'text', name: 'concerns', nullable: true })
  concerns!: PaymentsRow['concerns'];

  @Column({ type: 'text', name: 'paid_through', nullable: true })
  paidThrough!: PaymentsRow['paidThrough'];

  @Column({ type: 'text', name: 'occurred_at' })
  occurredAt!: PaymentsRow['occurredAt'];
}
