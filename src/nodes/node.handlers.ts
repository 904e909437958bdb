/** Carries out what is asked of nodes. Commands on one node queue up in this process; between processes the store's revision decides. */
import { CommandHandler, QueryBus, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NodesOfRegion } from '../../projections/node-capacity/node-capacity.query.js';
import type { Candidate, Hold } from '../orders/order.events.js';
import { Clock } from '../platform/clock.js';
import { claimOf, type Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { Refusal, refuse } from '../platform/refusal.js';
import { CommitRoom, ExtendRoom, HasRoomForPlan, HoldRoom, ObserveNode, ReleaseRoom, SetNode, SettleRoom } from './node.commands.js';
import {
  commitHold,
  disableNode,
  enableNode,
  extendHold,
  extensionOf,
  holdCapacity,
  nodeDecider,
  observeCapacity,
  registerNode,
  releaseHold,
  settleExtension,
  type Node,
} from './node.decider.js';
import { judgeNodes } from './placement.js';

export const target = (nodeId: string) => ({ decider: nodeDecider, id: nodeId });

@CommandHandler(SetNode)
export class SetNodeHandler implements ICommandHandler<SetNode> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data }: SetNode): Promise<Written> {
    const { nodeId, region, reserveMemoryMib, reserveDiskMib, enabled, actor, noteId } = data;
    const at = this.clock.iso();
    const settings = { region, reserveMemoryMib, reserveDiskMib };
    await this.streams.execute(target(nodeId), claimOf(`node-${nodeId}`, actor), registerNode({ nodeId, settings, at, noteId }));
    return this.streams.execute(target(nodeId), claimOf(`node-${nodeId}`, actor), (enabled ? enableNode : disableNode)({ at, noteId }));
  }
}

@CommandHandler(ObserveNode)
export class ObserveNodeHandler implements ICommandHandler<ObserveNode> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ seen }: ObserveNode): Promise<Written> {
    const context = claimOf(`node-${seen.nodeId}`, { kind: 'system', id: 'node-observer' });
    return this.streams.execute(target(seen.nodeId), context, observeCapacity(seen));
  }
}

const HOLD_TRIES_MAX = 5;
/** Which node is the best may be judged by how they stood so long ago: the one chosen is asked as it stands. */
const JUDGED_AGE_MS = 4_000;

@CommandHandler(HoldRoom)
export class HoldRoomHandler implements ICommandHandler<HoldRoom> {
  /** The nodes of each region, and when that was asked. */
  private readonly regions = new Map<string, { readonly ids: readonly string[]; readonly atMs: number }>();

  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  async execute({ data }: HoldRoom): Promise<{ hold: Hold | null; candidates: readonly Candidate[] }> {
    for (let tries = 1; tries <= HOLD_TRIES_MAX; tries += 1) {
      const ageMsMax = data.hasNone && tries === 1 ? JUDGED_AGE_MS : 0;
      const nodes = await this.nodesOf(data.region, ageMsMax);
      if (nodes.length === 0) throw refuse('CAPACITY_UNKNOWN', 503, 'The room of this region is not known yet; please try again.');
      const candidates = judgeNodes(nodes, data.need);
      const own = nodes.map(({ node }) => holdOf(node, data.orderId)).find((hold) => hold !== null);
      if (own) return { hold: own, candidates };
      const best = candidates.find(({ rejected }) => rejected === null);
      // That there is no room is said of how the nodes stand now.
      if (!best && ageMsMax === 0) return { hold: null, candidates };
      const hold = best ? await this.holdOn(best.nodeId, data) : null;
      if (hold) return { hold, candidates };
    }
    throw refuse('TOO_MANY_CONFLICTS', 503, 'Many orders at once; please try again.');
  }

  private async nodesOf(region: string, ageMsMax: number): Promise<{ nodeId: string; node: Node }[]> {
    const ids = await this.idsOf(region, ageMsMax);
    return Promise.all(ids.map(async (nodeId) => ({ nodeId, node: (await this.streams.loadRecent(nodeDecider, nodeId, ageMsMax)).state })));
  }

  private async idsOf(region: string, ageMsMax: number): Promise<readonly string[]> {
    const known = this.regions.get(region);
    if (known && performance.now() - known.atMs < ageMsMax) return known.ids;
    const found = { ids: await this.queries.execute(new NodesOfRegion(region)), atMs: performance.now() };
    // A region without nodes may be any word; the others are few.
    if (found.ids.length > 0) this.regions.set(region, found);
    return found.ids;
  }

  /** Null when somebody else took the room first. */
  private async holdOn(nodeId: string, { orderId, need, actor }: HoldRoom['data']): Promise<Hold | null> {
    try {
      const context = claimOf(orderId, actor);
      const { state } = await this.streams.execute(target(nodeId), context, holdCapacity({ orderId, need, at: this.clock.iso() }));
      return holdOf(state, orderId);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'NODE_FULL') return null;
      throw error;
    }
  }
}

/** Null when it has none there. */
export const holdOf = (node: Node, orderId: string): Hold | null => {
  const held = node.status === 'none' ? undefined : node.holds[orderId];
  return held ? { nodeId: held.nodeId, allocationIds: held.allocationIds } : null;
};

@CommandHandler(CommitRoom)
export class CommitRoomHandler implements ICommandHandler<CommitRoom> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: CommitRoom): Promise<Written> {
    return this.streams.execute(target(data.nodeId), context, commitHold({ orderId: data.orderId, at: this.clock.iso() }));
  }
}

@CommandHandler(ExtendRoom)
export class ExtendRoomHandler implements ICommandHandler<ExtendRoom> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { nodeId, orderId, changeId, ...size }, context }: ExtendRoom): Promise<Written> {
    return this.streams.execute(target(nodeId), context, extendHold({ orderId, changeId, size, at: this.clock.iso() }));
  }
}

@CommandHandler(SettleRoom)
export class SettleRoomHandler implements ICommandHandler<SettleRoom> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { nodeId, orderId, changeId, ...size }, context }: SettleRoom): Promise<Written> {
    return this.streams.execute(target(nodeId), context, settleExtension({ orderId, changeId, size, at: this.clock.iso() }));
  }
}

@QueryHandler(HasRoomForPlan)
export class HasRoomForPlanHandler implements IQueryHandler<HasRoomForPlan> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ data: { nodeId, orderId, ...size } }: HasRoomForPlan): Promise<boolean> {
    const { state } = await this.streams.load(nodeDecider, nodeId);
    return extensionOf(state, orderId, size)?.fits ?? false;
  }
}

@CommandHandler(ReleaseRoom)
export class ReleaseRoomHandler implements ICommandHandler<ReleaseRoom> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: ReleaseRoom): Promise<Written> {
    const { nodeId, orderId, reason } = data;
    return this.streams.execute(target(nodeId), context, releaseHold({ orderId, reason, at: this.clock.iso() }));
  }
}

const roomHandlers = [HoldRoomHandler, CommitRoomHandler, ExtendRoomHandler, SettleRoomHandler, HasRoomForPlanHandler, ReleaseRoomHandler];
export const nodeHandlers = [SetNodeHandler, ObserveNodeHandler, ...roomHandlers];
