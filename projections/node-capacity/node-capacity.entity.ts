/** The table behind `node-capacity`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { NodeCapacityRow } from './node-capacity.projection.js';

@Entity({ schema: 'read', name: 'node_capacity_v3' })
@Index(['region'])
export class NodeCapacityEntity implements NodeCapacityRow {
  @PrimaryColumn({ type: 'text', name: 'node_id' })
  nodeId!: NodeCapacityRow['nodeId'];

  @Column({ type: 'text', name: 'region' })
  region!: NodeCapacityRow['region'];

  @Column({ type: 'text', name: 'status' })
  status!: NodeCapacityRow['status'];

  @Column({ type: 'integer', name: 'reserve_memory_mib' })
  reserveMemoryMib!: NodeCapacityRow['reserveMemoryMib'];

  @Column({ type: 'integer', name: 'reserve_disk_mib' })
  reserveDiskMib!: NodeCapacityRow['reserveDiskMib'];

  @Column({ type: 'integer', name: 'memory_mib' })
  memoryMib!: NodeCapacityRow['memoryMib'];

  @Column({ type: 'integer', name: 'disk_mib' })
  diskMib!: NodeCapacityRow['diskMib'];

  @Column({ type: 'integer', name: 'foreign_memory_mib' })
  foreignMemoryMib!: NodeCapacityRow['foreignMemoryMib'];

  @Column({ type: 'integer', name: 'foreign_disk_mib' })
  foreignDiskMib!: NodeCapacityRow['foreignDiskMib'];

  @Column({ type: 'integer', name: 'allocations' })
  allocations!: NodeCapacityRow['allocations'];

  @Column({ type: 'jsonb', name: 'holds' })
  holds!: NodeCapacityRow['holds'];

  @Column({ type: 'text', name: 'observed_at', nullable: true })
  observedAt!: NodeCapacityRow['observedAt'];

  @Column({ type: 'text', name: 'pressure', nullable: true })
  pressure!: NodeCapacityRow['pressure'];

  @Column({ type: 'text', name: 'pressure_since', nullable: true })
  pressureSince!: NodeCapacityRow['pressureSince'];
}
