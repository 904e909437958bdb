/** Tells the ledger what has changed on the panel's nodes: totals, room used by servers that are not ours, allocations. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { AllNodes } from '../../projections/node-capacity/node-capacity.query.js';
import { Clock } from '../platform/clock.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { PanelNode, PanelServer } from '../pterodactyl/panel.types.js';
import { ObserveNode } from './node.commands.js';
import { nodeDecider } from './node.decider.js';

/** Our servers carry this in front of the order's id as the panel's external id. */
const OURS = 'order_';
const NO_LIMIT = -1;

@Injectable()
export class NodeObserver {
  constructor(
    private readonly panel: PanelClient,
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  /** Whether any node is registered. */
  async isAsked(): Promise<boolean> {
    return (await this.queries.execute(new AllNodes())).length > 0;
  }

  /** Compares every registered node with one complete reading of the panel; 'soon' when one was never seen yet. */
  async observe(nodes: readonly PanelNode[], servers: readonly PanelServer[]): Promise<void | 'soon'> {
    const registered = await this.queries.execute(new AllNodes());
    for (const { nodeId } of registered) {
      const node = nodes.find(({ id }) => String(id) === nodeId);
      if (node) await this.observeNode(node, servers);
    }
    return registered.some(({ observedAt }) => observedAt === null) ? 'soon' : undefined;
  }

  private async observeNode(node: PanelNode, servers: readonly PanelServer[]): Promise<void> {
    const allocations = await this.panel.listAllocations(node.id);
    if (allocations.ok !== 'done') return;
    const nodeId = String(node.id);
    const { state } = await this.streams.load(nodeDecider, nodeId);
    const holds = state.status === 'none' ? {} : state.holds;
    const held = new Set(Object.values(holds).flatMap(({ allocationIds }) => allocationIds));
    const foreign = foreignUsage(
      servers.filter((server) => server.nodeId === node.id),
      holds,
    );
    await this.commands.execute(
      new ObserveNode({
        nodeId,
        memoryMib: withOverallocation(node.memory, node.memoryOverallocate),
        diskMib: withOverallocation(node.disk, node.diskOverallocate),
        foreignMemoryMib: foreign.memoryMib,
        foreignDiskMib: foreign.diskMib,
        allocations: allocations.value.filter(({ id, assigned }) => !assigned || held.has(id)).map(({ id, port }) => ({ id, port })),
        observedAt: this.clock.iso(),
      }),
    );
  }
}

/**
 * What a node's servers use beside our holds there, in MiB. A server with our kind of name counts as ours only while its order holds room on
 * this node: another ledger's, or one of before a log was lost, takes room that no hold speaks of.
 */
export const foreignUsage = (
  servers: readonly Pick<PanelServer, 'externalId' | 'limits'>[],
  holds: Readonly<Record<string, unknown>>,
): { readonly memoryMib: number; readonly diskMib: number } => {
  const isOurs = (name: string | null): boolean => name?.startsWith(OURS) === true && Object.hasOwn(holds, name.slice(OURS.length));
  const foreign = servers.filter(({ externalId }) => !isOurs(externalId));
  const total = (limit: 'memory' | 'disk'): number => foreign.reduce((sum, { limits }) => sum + limits[limit], 0);
  return { memoryMib: total('memory'), diskMib: total('disk') };
};

/** The panel's own formula, in which -1 is not "unlimited" but 99 %. */
const withOverallocation = (mib: number, percent: number): number => Math.floor((mib * (100 + (percent < 0 ? NO_LIMIT : percent))) / 100);
