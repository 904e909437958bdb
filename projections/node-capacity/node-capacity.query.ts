/** Questions about nodes: which there are, and how much each has left. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { NodeCapacityEntity } from './node-capacity.entity.js';
import type { NodeCapacityRow } from './node-capacity.projection.js';

export interface NodeView extends NodeCapacityRow {
  readonly freeMemoryMib: number;
  readonly freeDiskMib: number;
  readonly freeAllocations: number;
  /** Share of the sellable memory that is promised, 0 to 1. */
  readonly promised: number;
}

const withFree = (row: NodeCapacityRow): NodeView => {
  const holds = Object.values(row.holds);
  const sum = (pick: (hold: (typeof holds)[number]) => number): number => holds.reduce((total, hold) => total + pick(hold), 0);
  const sellableMib = row.memoryMib - row.reserveMemoryMib - row.foreignMemoryMib;
  const heldMib = sum(({ memoryMib }) => memoryMib);
  return {
    ...row,
    freeMemoryMib: sellableMib - heldMib,
    freeDiskMib: row.diskMib - row.reserveDiskMib - row.foreignDiskMib - sum(({ diskMib }) => diskMib),
    freeAllocations: row.allocations - sum(({ ports }) => ports),
    promised: sellableMib > 0 ? heldMib / sellableMib : 1,
  };
};

/** Every registered node with what is free on it. */
export class AllNodes extends Query<NodeView[]> {}

@QueryHandler(AllNodes)
export class AllNodesHandler implements IQueryHandler<AllNodes> {
  constructor(private readonly database: DataSource) {}

  async execute(): Promise<NodeView[]> {
    const rows = await this.database.getRepository(NodeCapacityEntity).find({ order: { nodeId: 'ASC' } });
    return rows.map(withFree);
  }
}

/** Ids of the nodes that serve a region, enabled or not. */
export class NodesOfRegion extends Query<string[]> {
  constructor(readonly region: string) {
    super();
  }
}

@QueryHandler(NodesOfRegion)
export class NodesOfRegionHandler implements IQueryHandler<NodesOfRegion> {
  constructor(private readonly database: DataSource) {}

  async execute({ region }: NodesOfRegion): Promise<string[]> {
    const rows = await this.database.getRepository(NodeCapacityEntity).find({ where: { region }, select: { nodeId: true } });
    return rows.map(({ nodeId }) => nodeId);
  }
}
