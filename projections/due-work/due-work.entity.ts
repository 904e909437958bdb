/** The table behind `due-work`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DueWorkRow } from './due-work.projection.js';

@Entity({ schema: 'read', name: 'due_work_v5' })
@Index(['dueAt'])
export class DueWorkEntity implements DueWorkRow {
  @PrimaryColumn({ type: 'text', name: 'work_key' })
  workKey!: DueWorkRow['workKey'];

  @Column({ type: 'text', name: 'kind' })
  kind!: DueWorkRow['kind'];

  @Column({ type: 'text', name: 'subject_id' })
  subjectId!: DueWorkRow['subjectId'];

  @Column({ type: 'text', name: 'due_at' })
  dueAt!: DueWorkRow['dueAt'];

  @Column({ type: 'text', name: 'wish', nullable: true })
  wish!: DueWorkRow['wish'];

  @Column({ type: 'jsonb', name: 'tasks' })
  tasks!: DueWorkRow['tasks'];
}
