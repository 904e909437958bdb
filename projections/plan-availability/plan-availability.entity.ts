/** The table behind `plan-availability`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PlanAvailabilityRow } from './plan-availability.projection.js';

@Entity({ schema: 'read', name: 'plan_availability_v3' })
export class PlanAvailabilityEntity implements PlanAvailabilityRow {
  @PrimaryColumn({ type: 'text', name: 'plan_id' })
  planId!: PlanAvailabilityRow['planId'];

  @Column({ type: 'boolean', name: 'sellable' })
  sellable!: PlanAvailabilityRow['sellable'];

  @Column({ type: 'jsonb', name: 'problems' })
  problems!: PlanAvailabilityRow['problems'];

  @Column({ type: 'text', name: 'checked_at' })
  checkedAt!: PlanAvailabilityRow['checkedAt'];

  @Column({ type: 'text', name: 'compared', nullable: true })
  compared!: PlanAvailabilityRow['compared'];

  @Column({ type: 'jsonb', name: 'settings' })
  settings!: PlanAvailabilityRow['settings'];
}
