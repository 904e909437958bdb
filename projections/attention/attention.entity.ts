/** The table behind `attention`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AttentionRow } from './attention.projection.js';

@Entity({ schema: 'read', name: 'attention_v5' })
@Index(['raisedAt'])
export class AttentionEntity implements AttentionRow {
  @PrimaryColumn({ type: 'text', name: 'attention_key' })
  attentionKey!: AttentionRow['attentionKey'];

  @Column({ type: 'text', name: 'kind' })
  kind!: AttentionRow['kind'];

  @Column({ type: 'text', name: 'severity' })
  severity!: AttentionRow['severity'];

  @Column({ type: 'text', name: 'subject_id' })
  subjectId!: AttentionRow['subjectId'];

  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: AttentionRow['orderId'];

  @Column({ type: 'text', name: 'code' })
  code!: AttentionRow['code'];

  @Column({ type: 'jsonb', name: 'details' })
  details!: AttentionRow['details'];

  @Column({ type: 'text', name: 'raised_at' })
  raisedAt!: AttentionRow['raisedAt'];
}
