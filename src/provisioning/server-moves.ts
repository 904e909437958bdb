/** Finds room for a server that is to be made anew elsewhere: the new room is kept before the old one is left, so that a node never has more than it holds. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { FindRoomElsewhere, LeaveRoom } from '../nodes/node.commands.js';
import type { Candidate, Hold } from '../orders/order.events.js';
import { IsPlanChanging, OrderFacts } from '../orders/order.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { newId } from '../platform/ids.js';
import { provisioningDecider } from './provisioning.decider.js';
import type { Provisioning } from './provisioning-state.decider.js';
import { PROVISIONING_SAGA } from './provisioning.saga.js';
import type { Decide } from './server-changes.js';
import { giveUpMove, recordMovePlaced, wantRecreation } from './server-move.decider.js';

type Moving = Extract<Provisioning, { started: unknown }>;

@Injectable()
export class ServerMoves {
  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  recreation(): Decide {
    return wantRecreation({ moveId: newId(), at: this.clock.iso() });
  }

  /** Null: a change of plan is under way, which keeps room where the server is; looked at again later. */
  async place(saga: Moving): Promise<Decide | null> {
    const { started, move } = saga;
    if (!move) return () => [];
    const { orderId } = started;
    if (await this.queries.execute(new IsPlanChanging(orderId))) return null;
    const found = await this.find(saga, move.wish);
    const { moveId, target } = move.wish;
    const hold = found.hold ?? (target === 'anywhere' ? started.hold : null);
    if (!hold) return giveUpMove({ moveId, code: 'NO_CAPACITY', at: this.clock.iso() });
    await this.record({ orderId, moveId, hold, candidates: found.candidates });
    return () => [];
  }

  private async find(
    { started }: Moving,
    wish: NonNullable<Moving['move']>['wish'],
  ): Promise<{ hold: Hold | null; candidates: readonly Candidate[] }> {
    const { orderId, hold: from, resources } = started;
    const region = (await this.queries.execute(new OrderFacts(orderId)))?.region ?? '';
    const need = { memoryMib: resources.memoryMib, diskMib: resources.diskMib, ports: resources.ports };
    const { nodeId, target } = wish;
    const to = { nodeId, samePlace: target === 'otherPorts' };
    return this.commands.execute(new FindRoomElsewhere({ orderId, region, from, need, to, actor: PROVISIONING_SAGA }));
  }

  /** Somebody else may have placed or ended the move meanwhile: room that the order does not use goes back. */
  private async record(placed: { orderId: string; moveId: string; hold: Hold; candidates: readonly Candidate[] }): Promise<void> {
    const { orderId, hold } = placed;
    const context = claimOf(orderId, PROVISIONING_SAGA);
    const decide = recordMovePlaced({ ...placed, at: this.clock.iso() });
    const { state } = await this.streams.execute({ decider: provisioningDecider, id: orderId }, context, decide);
    const used = 'started' in state ? [state.started.hold, ...(state.move?.hold ? [state.move.hold] : [])] : [];
    if (used.some((room) => isSame(room, hold))) return;
    const stays = used[0] ?? null;
    await this.commands.execute(new LeaveRoom({ orderId, hold, stays, reason: 'surplus' }, claimOf(orderId, PROVISIONING_SAGA)));
  }
}

const isSame = (one: Hold, other: Hold): boolean => one.nodeId === other.nodeId && one.allocationIds.join() === other.allocationIds.join();
