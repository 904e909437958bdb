/** Has servers compared with the panel now: wished here, looked at by the process that may ask the panel, and waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { contextOf, type Asking } from '../../orders/service-desk.js';
import { Clock } from '../../platform/clock.js';
import { StreamRepository } from '../../platform/event-store/stream-repository.js';
import { derivedId } from '../../platform/ids.js';
import { requestSync } from '../drift.decider.js';
import type { ServerSynced } from '../drift.events.js';
import { provisioningDecider } from '../provisioning.decider.js';
import type { ProvisioningEvent } from '../provisioning.events.js';
import { answerOf, type BulkResult } from './bulk-result.js';
import { together } from './together.js';

/** One order's wish; `noted` seals the reason and answers its id. */
export interface SyncWish extends Asking {
  readonly noted: (orderId: string) => Promise<string>;
}

/** For so long nothing may be heard of any of them before the rest is given up as not looked at yet. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 250;

const ANSWERS: Readonly<Record<ServerSynced['data']['outcome'], Pick<BulkResult, 'outcome' | 'code'>>> = {
  agrees: { outcome: 'done', code: null },
  differs: { outcome: 'done', code: 'DIFFERS' },
  busy: { outcome: 'refused', code: 'SERVER_BUSY' },
  unreadable: { outcome: 'unknown', code: 'PANEL_UNAVAILABLE' },
};

@Injectable()
export class ServerSyncs {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  /** Settles when every order is answered for, or nothing was heard for 30 s. */
  async compare(wishes: readonly SyncWish[]): Promise<BulkResult[]> {
    const results = new Map<string, BulkResult>();
    for (const asked of await together(wishes, (wish) => this.request(wish)))
      if (asked.outcome === 'refused') results.set(asked.orderId, asked);
    const syncIds = new Map(wishes.map(({ orderId, commandId }) => [orderId, derivedId('sync', commandId)]));
    let heardAtMs = performance.now();
    for (;;) {
      const open = [...syncIds].filter(([orderId]) => !results.has(orderId));
      const looked = await together(open, ([orderId, syncId]) => this.answer(orderId, syncId));
      for (const found of looked) if (found) results.set(found.orderId, found);
      if (looked.some((found) => found !== undefined)) heardAtMs = performance.now();
      if (looked.every((found) => found !== undefined) || performance.now() - heardAtMs > PATIENCE_MS) break;
      await sleep(LOOK_EVERY_MS);
    }
    return wishes.map(({ orderId }) => results.get(orderId) ?? { orderId, outcome: 'unknown', code: 'NOT_LOOKED_AT_YET' });
  }

  /** `unknown`: it is on record, and has yet to be looked at. */
  private request(wish: SyncWish): Promise<BulkResult> {
    const { orderId, commandId, noted } = wish;
    return answerOf(orderId, async () => {
      const syncId = derivedId('sync', commandId);
      const request = requestSync({ orderId, syncId, noteId: await noted(orderId), requestedAt: this.clock.iso() });
      await this.streams.execute({ decider: provisioningDecider, id: orderId }, contextOf(wish), request);
      return { outcome: 'unknown', code: null };
    });
  }

  private async answer(orderId: string, syncId: string): Promise<BulkResult | undefined> {
    const events = await this.streams.events<ProvisioningEvent>(`${provisioningDecider.category}-${orderId}`);
    const synced = events.find(
      (event): event is Extract<typeof event, { type: 'ServerSynced' }> => event.type === 'ServerSynced' && event.data.syncId === syncId,
    );
    return synced && { orderId, ...ANSWERS[synced.data.outcome] };
  }
}
