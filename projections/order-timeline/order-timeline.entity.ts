/** The table behind `order-timeline`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrderTimelineRow } from './order-timeline.projection.js';

@Entity({ schema: 'read', name: 'order_timeline_v2' })
@Index(['orderId', 'position'])
export class OrderTimelineEntity implements OrderTimelineRow {
  @PrimaryColumn({ type: 'text', name: 'event_id' })
  eventId!: OrderTimelineRow['eventId'];

  @Column({ type: 'text', name: 'order_id' })
  orderId!: OrderTimelineRow['orderId'];

  @Column({ type: 'numeric', name: 'position' })
  position!: OrderTimelineRow['position'];

  @Column({ type: 'text', name: 'at' })
  at!: OrderTimelineRow['at'];

  @Column({ type: 'text', name: 'type' })
  type!: OrderTimelineRow['type'];

  @Column({ type: 'text', name: 'stream' })
  stream!: OrderTimelineRow['stream'];

  @Column({ type: 'integer', name: 'revision' })
  revision!: OrderTimelineRow['revision'];

  @Column({ type: 'text', name: 'actor_kind' })
  actorKind!: OrderTimelineRow['actorKind'];

  @Column({ type: 'text', name: 'actor_id' })
  actorId!: OrderTimelineRow['actorId'];

  @Column({ type: 'text', name: 'causation_id' })
  causationId!: OrderTimelineRow['causationId'];

  @Column({ type: 'text', name: 'command_id' })
  commandId!: OrderTimelineRow['commandId'];

  @Column({ type: 'jsonb', name: 'data' })
  data!: OrderTimelineRow['data'];
}
