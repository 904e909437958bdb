/** Carries out what is asked of the nodes' room when a server moves. */
import { CommandHandler, QueryBus, type ICommandHandler } from '@nestjs/cqrs';
import { AllNodes, NodesOfRegion } from '../../projections/node-capacity/node-capacity.query.js';
import type { Candidate, Hold } from '../orders/order.events.js';
import { Clock } from '../platform/clock.js';
import { claimOf, type Written } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { Refusal, refuse } from '../platform/refusal.js';
import { addPorts, holdForMove, leavePorts, otherPorts } from './move-room.decider.js';
import { DrainNode, FindRoomElsewhere, LeaveAllRoom, LeaveRoom } from './node.commands.js';
import { drainNode, enableNode, nodeDecider, releaseHold, type Node } from './node.decider.js';
import type { NodeEvent } from './node.events.js';
import { holdOf, target } from './node.handlers.js';
import { judgeNodes } from './placement.js';

const HOLD_TRIES_MAX = 5;

type Found = { hold: Hold | null; candidates: readonly Candidate[] };

@CommandHandler(FindRoomElsewhere)
export class FindRoomElsewhereHandler implements ICommandHandler<FindRoomElsewhere> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  async execute({ data }: FindRoomElsewhere): Promise<Found> {
    return data.to.samePlace ? this.onSameNode(data) : this.onAnother(data);
  }

  private async onSameNode({ orderId, from, need, actor }: FindRoomElsewhere['data']): Promise<Found> {
    const decide = addPorts({ orderId, from: from.allocationIds, ports: need.ports, at: this.clock.iso() });
    const node = await this.keep({ nodeId: from.nodeId, orderId, actor, decide });
    const allocationIds = node ? otherPorts(holdOf(node, orderId)?.allocationIds ?? [], from.allocationIds) : [];
    return { hold: allocationIds.length > 0 ? { nodeId: from.nodeId, allocationIds } : null, candidates: [] };
  }

  private async onAnother(data: FindRoomElsewhere['data']): Promise<Found> {
    const { orderId, need, actor } = data;
    for (let tries = 1; tries <= HOLD_TRIES_MAX; tries += 1) {
      const nodes = await this.nodesFor(data);
      const own = nodes.map(({ node }) => holdOf(node, orderId)).find((hold) => hold !== null);
      const candidates = judgeNodes(nodes, need);
      if (own) return { hold: own, candidates };
      const best = candidates.find(({ rejected }) => rejected === null);
      if (!best) return { hold: null, candidates };
      const decide = holdForMove({ orderId, need, at: this.clock.iso() });
      const node = await this.keep({ nodeId: best.nodeId, orderId, actor, decide });
      if (node) return { hold: holdOf(node, orderId), candidates };
    }
    throw refuse('TOO_MANY_CONFLICTS', 503, 'Many orders at once; please try again.');
  }

  private async nodesFor({ region, from, to }: FindRoomElsewhere['data']): Promise<{ nodeId: string; node: Node }[]> {
    const ids = (await this.queries.execute(new NodesOfRegion(region))).filter(
      (id) => id !== from.nodeId && (to.nodeId === null || to.nodeId === id),
    );
    return Promise.all(ids.map(async (nodeId) => ({ nodeId, node: (await this.streams.load(nodeDecider, nodeId)).state })));
  }

  /** Null when the node has no room. */
  private async keep(wish: {
    nodeId: string;
    orderId: string;
    actor: FindRoomElsewhere['data']['actor'];
    decide: (node: Node) => Decision<NodeEvent>;
  }): Promise<Node | null> {
    try {
      return (await this.streams.execute(target(wish.nodeId), claimOf(wish.orderId, wish.actor), wish.decide)).state;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'NODE_FULL') return null;
      throw error;
    }
  }
}

@CommandHandler(LeaveRoom)
export class LeaveRoomHandler implements ICommandHandler<LeaveRoom> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: LeaveRoom): Promise<Written> {
    const { orderId, hold, stays, reason } = data;
    const at = this.clock.iso();
    const isSameNode = stays?.nodeId === hold.nodeId;
    const ports = otherPorts(hold.allocationIds, stays?.allocationIds ?? []);
    const leave = isSameNode ? leavePorts({ orderId, ports, at }) : releaseHold({ orderId, reason, at });
    return this.streams.execute(target(hold.nodeId), context, leave);
  }
}

@CommandHandler(LeaveAllRoom)
export class LeaveAllRoomHandler implements ICommandHandler<LeaveAllRoom> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { orderId, reason } }: LeaveAllRoom): Promise<void> {
    for (const { nodeId } of await this.queries.execute(new AllNodes())) {
      const context = claimOf(orderId, { kind: 'saga', id: 'processes' });
      await this.streams.execute(target(nodeId), context, releaseHold({ orderId, reason, at: this.clock.iso() }));
    }
  }
}

@CommandHandler(DrainNode)
export class DrainNodeHandler implements ICommandHandler<DrainNode> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { nodeId, drain, actor, noteId } }: DrainNode): Promise<readonly string[]> {
    const decide = (drain ? drainNode : enableNode)({ at: this.clock.iso(), noteId });
    const { state } = await this.streams.execute(target(nodeId), claimOf(`node-${nodeId}`, actor), decide);
    return state.status === 'none' ? [] : Object.keys(state.holds);
  }
}

export const moveHandlers = [DrainNodeHandler, FindRoomElsewhereHandler, LeaveRoomHandler, LeaveAllRoomHandler];
