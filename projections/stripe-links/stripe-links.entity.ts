/** The table behind `stripe-links`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { StripeLinksRow } from './stripe-links.projection.js';

@Entity({ schema: 'read', name: 'stripe_links_v2' })
@Index(['session'], { where: 'session is not null' })
@Index(['paymentIntent'], { where: 'payment_intent is not null' })
@Index(['invoice'], { where: 'invoice is not null' })
@Index(['subscription'], { where: 'subscription is not null' })
@Index(['charge'], { where: 'charge is not null' })
@Index(['customer'], { where: 'customer is not null' })
export class StripeLinksEntity implements StripeLinksRow {
  @PrimaryColumn({ type: 'text', name: 'object_id' })
  objectId!: StripeLinksRow['objectId'];

  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: StripeLinksRow['orderId'];

  @Column({ type: 'text', name: 'session', nullable: true })
  session!: StripeLinksRow['session'];

  @Column({ type: 'text', name: 'payment_intent', nullable: true })
  paymentIntent!: StripeLinksRow['paymentIntent'];

  @Column({ type: 'text', name: 'invoice', nullable: true })
  invoice!: StripeLinksRow['invoice'];

  @Column({ type: 'text', name: 'subscription', nullable: true })
  subscription!: StripeLinksRow['subscription'];

  @Column({ type: 'text', name: 'charge', nullable: true })
  charge!: StripeLinksRow['charge'];

  @Column({ type: 'text', name: 'customer', nullable: true })
  customer!: StripeLinksRow['customer'];

  @Column({ type: 'text', name: 'seen_at' })
  seenAt!: StripeLinksRow['seenAt'];
}
