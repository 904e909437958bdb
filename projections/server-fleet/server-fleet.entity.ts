/** The table behind `server-fleet`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ServerFleetRow } from './server-fleet.projection.js';

@Entity({ schema: 'read', name: 'server_fleet_v4' })
@Index(['customerId'])
@Index(['nodeId'])
export class ServerFleetEntity implements ServerFleetRow {
  @PrimaryColumn({ type: 'text', name: 'order_id' })
  orderId!: ServerFleetRow['orderId'];

  @Column({ type: 'text', name: 'customer_id' })
  customerId!: ServerFleetRow['customerId'];

  @Column({ type: 'text', name: 'plan_id' })
  planId!: ServerFleetRow['planId'];

  @Column({ type: 'text', name: 'game_id' })
  gameId!: ServerFleetRow['gameId'];

  @Column({ type: 'text', name: 'node_id' })
  nodeId!: ServerFleetRow['nodeId'];

  @Column({ type: 'integer', name: 'memory_mib' })
  memoryMib!: ServerFleetRow['memoryMib'];

  @Column({ type: 'integer', name: 'disk_mib' })
  diskMib!: ServerFleetRow['diskMib'];

  @Column({ type: 'integer', name: 'cpu_percent' })
  cpuPercent!: ServerFleetRow['cpuPercent'];

  @Column({ type: 'jsonb', name: 'resources' })
  resources!: ServerFleetRow['resources'];

  @Column({ type: 'integer', name: 'panel_user_id' })
  panelUserId!: ServerFleetRow['panelUserId'];

  @Column({ type: 'text', name: 'external_id' })
  externalId!: ServerFleetRow['externalId'];

  @Column({ type: 'integer', name: 'server_id', nullable: true })
  serverId!: ServerFleetRow['serverId'];

  @Column({ type: 'text', name: 'identifier', nullable: true })
  identifier!: ServerFleetRow['identifier'];

  @Column({ type: 'text', name: 'status' })
  status!: ServerFleetRow['status'];

  @Column({ type: 'boolean', name: 'adopted' })
  adopted!: ServerFleetRow['adopted'];

  @Column({ type: 'integer', name: 'attempts' })
  attempts!: ServerFleetRow['attempts'];

  @Column({ type: 'text', name: 'created_at', nullable: true })
  createdAt!: ServerFleetRow['createdAt'];

  @Column({ type: 'text', name: 'ready_at', nullable: true })
  readyAt!: ServerFleetRow['readyAt'];

  @Column({ type: 'text', name: 'suspended_at', nullable: true })
  suspendedAt!: ServerFleetRow['suspendedAt'];

  @Column({ type: 'text', name: 'deleted_at', nullable: true })
  deletedAt!: ServerFleetRow['deletedAt'];

  @Column({ type: 'jsonb', name: 'drifts' })
  drifts!: ServerFleetRow['drifts'];
}
