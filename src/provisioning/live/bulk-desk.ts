/** What operators do to one server or many at once: start, stop, compare with the panel now. Each is its own wish on record, the panel's budget is kept, and every order is answered for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { GetOrder } from '../../../projections/order-list/order-list.query.js';
import type { ServerFleetRow } from '../../../projections/server-fleet/server-fleet.projection.js';
import { StandingServers } from '../../../projections/server-fleet/server-fleet.query.js';
import { NoteStore } from '../../customers/identity/note.store.js';
import { contextOf } from '../../orders/service-desk.js';
import type { Actor } from '../../platform/event.js';
import { derivedId } from '../../platform/ids.js';
import { refuse } from '../../platform/refusal.js';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import { answerOf, type BulkResult } from './bulk-result.js';
import { LiveStatus } from './live-status.js';
import { ServerControl } from './server-control.js';
import { ServerSyncs } from './server-syncs.js';
import { AT_ONCE, together } from './together.js';

export type BulkVerb = 'start' | 'stop' | 'sync';

/** Orders by name, or all servers of a node, or all there are; `allStopped` leaves of these the ones that the panel shows as offline. */
export interface Selection {
  readonly orderIds: readonly string[];
  readonly nodeId: string | null;
  readonly allStopped: boolean;
}

/** Who asks, why, and under which id: a repeat is the same wish for every order. */
export interface BulkAsking {
  readonly commandId: string;
  readonly actor: Actor;
  readonly reason: string;
}

/** Those to be dealt with, and those of which it is known already that they cannot be. */
export interface Chosen {
  readonly orderIds: readonly string[];
  readonly results: readonly BulkResult[];
}

/** Beyond this a panel that others keep busy is asked all the same, and may answer that it is. */
const ROOM_PATIENCE_MS = 120_000;
const ROOM_LOOK_MS = 1_000;
/** What stands on the panel and may run. Of orders that are named each is tried, and says itself why not. */
const RUNNABLE: readonly ServerFleetRow['status'][] = ['ready', 'attention'];

@Injectable()
export class BulkDesk {
  constructor(
    private readonly queries: QueryBus,
    private readonly notes: NoteStore,
    private readonly control: ServerControl,
    private readonly status: LiveStatus,
    private readonly panel: LivePanel,
    private readonly syncs: ServerSyncs,
  ) {}

  /** @throws Refusal NOTHING_SELECTED, SELECTION_AMBIGUOUS, TOO_MANY_SERVERS */
  async choose(verb: BulkVerb, selection: Selection, mostServers = Number.POSITIVE_INFINITY): Promise<Chosen> {
    const { orderIds, nodeId, allStopped } = selection;
    if (orderIds.length === 0 && nodeId === null && !allStopped)
      throw refuse('NOTHING_SELECTED', 422, 'Name orders, a node, or all that are stopped.');
    if (orderIds.length > 0 && nodeId !== null) throw refuse('SELECTION_AMBIGUOUS', 422, 'Name orders or a node, not both.');
    const standing = await this.queries.execute(new StandingServers());
    const chosen = orderIds.length > 0 ? await this.named(orderIds) : { orderIds: ofNode(verb, standing, nodeId), results: [] };
    if (chosen.orderIds.length > mostServers)
      throw refuse('TOO_MANY_SERVERS', 422, `At most ${mostServers} servers in one request; the command line takes any number.`);
    return allStopped ? this.stopped(chosen, standing) : chosen;
  }

  /** Settles when every order is answered for. */
  async carryOut(asking: BulkAsking, verb: BulkVerb, { orderIds, results }: Chosen): Promise<BulkResult[]> {
    const mine = (orderId: string) => ({ orderId, actor: asking.actor, commandId: derivedId('bulk', verb, asking.commandId, orderId) });
    const noted = async (orderId: string): Promise<string> => {
      const noteId = derivedId('note', mine(orderId).commandId);
      await this.notes.save({ noteId, subjectId: orderId, authorId: asking.actor.id, text: asking.reason });
      return noteId;
    };
    const done =
      verb === 'sync'
        ? await this.syncs.compare(orderIds.map((orderId) => ({ ...mine(orderId), noted })))
        : await together(orderIds, async (orderId) => {
            await this.room();
            const noteId = await noted(orderId);
            return answerOf(orderId, () => this.control.act({ orderId, action: verb, noteId }, contextOf(mine(orderId))));
          });
    return [...results, ...done];
  }

  private async named(orderIds: readonly string[]): Promise<Chosen> {
    const known = await together([...new Set(orderIds)], async (orderId) => ({
      orderId,
      exists: (await this.queries.execute(new GetOrder(orderId))) !== undefined,
    }));
    return {
      orderIds: known.filter(({ exists }) => exists).map(({ orderId }) => orderId),
      results: known.filter(({ exists }) => !exists).map(({ orderId }) => ({ orderId, outcome: 'refused', code: 'NOT_FOUND' })),
    };
  }

  /** One that the panel cannot tell of is not taken for stopped, and is named. */
  private async stopped({ orderIds, results }: Chosen, standing: readonly ServerFleetRow[]): Promise<Chosen> {
    const rows = standing.filter(({ orderId, status }) => orderIds.includes(orderId) && RUNNABLE.includes(status));
    const seen = await together(rows, async ({ orderId, identifier }) => {
      if (identifier === null) return { orderId, state: null };
      await this.room();
      const live = await this.status.of(identifier);
      return 'usage' in live && !live.stale
        ? { orderId, state: live.usage.state }
        : { orderId, state: null, code: 'code' in live ? live.code : 'PANEL_UNAVAILABLE' };
    });
    const unclear = seen.flatMap(({ orderId, code }) => (code === undefined ? [] : [{ orderId, outcome: 'unknown' as const, code }]));
    return {
      orderIds: seen.filter(({ state }) => state === 'offline').map(({ orderId }) => orderId),
      results: [...results, ...unclear],
    };
  }

  /** Waits until the budget bears all calls that may go out at once. */
  private async room(): Promise<void> {
    const sinceMs = performance.now();
    for (let waitMs = this.panel.waitMs(AT_ONCE); waitMs > 0; waitMs = this.panel.waitMs(AT_ONCE)) {
      if (performance.now() - sinceMs > ROOM_PATIENCE_MS) return;
      await sleep(Math.min(waitMs, ROOM_LOOK_MS));
    }
  }
}

/** Null: of every node. */
const ofNode = (verb: BulkVerb, standing: readonly ServerFleetRow[], nodeId: string | null): string[] =>
  standing
    .filter((row) => (nodeId === null || row.nodeId === nodeId) && (verb === 'sync' || RUNNABLE.includes(row.status)))
    .map(({ orderId }) => orderId);
