/** The table behind `service-work`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ServiceWorkRow } from './service-work.projection.js';

@Entity({ schema: 'read', name: 'service_work_v2' })
@Index(['dueAt'])
export class ServiceWorkEntity implements ServiceWorkRow {
  @PrimaryColumn({ type: 'text', name: 'work_key' })
  workKey!: ServiceWorkRow['workKey'];

  @Column({ type: 'text', name: 'kind' })
  kind!: ServiceWorkRow['kind'];

  @Column({ type: 'text', name: 'subject_id' })
  subjectId!: ServiceWorkRow['subjectId'];

  @Column({ type: 'text', name: 'due_at', nullable: true })
  dueAt!: ServiceWorkRow['dueAt'];

  @Column({ type: 'jsonb', name: 'agenda', nullable: true })
  agenda!: ServiceWorkRow['agenda'];

  @Column({ type: 'jsonb', name: 'waiting', nullable: true })
  waiting!: ServiceWorkRow['waiting'];
}
