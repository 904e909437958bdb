/** The table behind `provisioning-health`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ProvisioningHealthRow } from './provisioning-health.projection.js';

@Entity({ schema: 'read', name: 'provisioning_health_v3' })
@Index(['at', 'factKey'])
@Index(['orderId'])
export class ProvisioningHealthEntity implements ProvisioningHealthRow {
  @PrimaryColumn({ type: 'text', name: 'fact_key' })
  factKey!: ProvisioningHealthRow['factKey'];

  @Column({ type: 'text', name: 'order_id' })
  orderId!: ProvisioningHealthRow['orderId'];

  @Column({ type: 'text', name: 'step' })
  step!: ProvisioningHealthRow['step'];

  @Column({ type: 'integer', name: 'attempt', nullable: true })
  attempt!: ProvisioningHealthRow['attempt'];

  @Column({ type: 'text', name: 'outcome' })
  outcome!: ProvisioningHealthRow['outcome'];

  @Column({ type: 'text', name: 'code', nullable: true })
  code!: ProvisioningHealthRow['code'];

  @Column({ type: 'text', name: 'field', nullable: true })
  field!: ProvisioningHealthRow['field'];

  @Column({ type: 'text', name: 'node_id', nullable: true })
  nodeId!: ProvisioningHealthRow['nodeId'];

  @Column({ type: 'boolean', name: 'adopted' })
  adopted!: ProvisioningHealthRow['adopted'];

  @Column({ type: 'text', name: 'started_at', nullable: true })
  startedAt!: ProvisioningHealthRow['startedAt'];

  @Column({ type: 'text', name: 'ended_at', nullable: true })
  endedAt!: ProvisioningHealthRow['endedAt'];

  @Column({ type: 'bigint', name: 'duration_ms', nullable: true })
  durationMs!: ProvisioningHealthRow['durationMs'];

  @Column({ type: 'text', name: 'at' })
  at!: ProvisioningHealthRow['at'];
}
