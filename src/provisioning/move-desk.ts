/** What operators have done to a server that does not get on or must go elsewhere: tried again, moved, installed anew; with a written reason, which is kept sealed. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { NodesOfRegion } from '../../projections/node-capacity/node-capacity.query.js';
import { NoteStore } from '../customers/identity/note.store.js';
import { IsPlanChanging, OrderFacts } from '../orders/order.queries.js';
import { contextOf, type Asking } from '../orders/service-desk.js';
import { derivedId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { MoveServer, ReinstallServer, RetryProvisioning } from './provisioning.commands.js';

export interface MoveWish {
  /** Null: the best other node of the order's region. */
  readonly nodeId: string | null;
  /** It stays on its node and gets other ports there. */
  readonly otherPorts: boolean;
  readonly dataLossAccepted: boolean;
  readonly reason: string;
}

@Injectable()
export class MoveDesk {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly notes: NoteStore,
  ) {}

  /** @throws Refusal MOVE_TARGET_AMBIGUOUS, NODE_UNKNOWN, NO_SERVER_WANTED, MOVE_UNDER_WAY, PLAN_CHANGE_UNDER_WAY, DATA_LOSS_NOT_ACCEPTED, ALREADY_THERE */
  async move(asking: Asking, { nodeId, otherPorts, dataLossAccepted, reason }: MoveWish): Promise<void> {
    const { orderId, commandId } = asking;
    if (nodeId !== null && otherPorts)
      throw refuse('MOVE_TARGET_AMBIGUOUS', 422, 'A server goes to another node or gets other ports, not both at once.');
    if (nodeId !== null) await this.checkNode(orderId, nodeId);
    const isPlanChanging = await this.queries.execute(new IsPlanChanging(orderId));
    const noteId = await this.note(asking, reason);
    const target = otherPorts ? 'otherPorts' : 'node';
    const wish = { orderId, moveId: derivedId('move', commandId), target, nodeId, dataLossAccepted, noteId, isPlanChanging } as const;
    await this.commands.execute(new MoveServer(wish, contextOf(asking)));
  }

  /** @throws Refusal NO_SERVER_WANTED, NO_SERVER_YET, MOVE_UNDER_WAY, PLAN_CHANGE_UNDER_WAY, DATA_LOSS_NOT_ACCEPTED */
  async reinstall(asking: Asking, { dataLossAccepted, reason }: { dataLossAccepted: boolean; reason: string }): Promise<void> {
    const { orderId, commandId } = asking;
    const isPlanChanging = await this.queries.execute(new IsPlanChanging(orderId));
    const noteId = await this.note(asking, reason);
    const wish = { orderId, reinstallId: derivedId('reinstall', commandId), dataLossAccepted, noteId, isPlanChanging };
    await this.commands.execute(new ReinstallServer(wish, contextOf(asking)));
  }

  /** @throws Refusal PROVISIONING_NOT_WAITING_FOR_HELP */
  async retry(asking: Asking, reason: string | null): Promise<void> {
    const noteId = reason === null ? null : await this.note(asking, reason);
    await this.commands.execute(new RetryProvisioning({ orderId: asking.orderId, noteId }, contextOf(asking)));
  }

  /** Of the region that the customer has chosen. */
  private async checkNode(orderId: string, nodeId: string): Promise<void> {
    const region = (await this.queries.execute(new OrderFacts(orderId)))?.region ?? '';
    const known = await this.queries.execute(new NodesOfRegion(region));
    if (!known.includes(nodeId)) throw refuse('NODE_UNKNOWN', 422, "No such node serves the order's region.");
  }

  private async note({ orderId, commandId, actor }: Asking, text: string): Promise<string> {
    const noteId = derivedId('note', commandId);
    await this.notes.save({ noteId, subjectId: orderId, authorId: actor.id, text });
    return noteId;
  }
}
