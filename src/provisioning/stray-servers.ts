/** Deletes a server that nobody should have, as an operator asked for it. What came of it the next readings of the panel show; what failed is asked for again. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { BelongsToNobody } from '../orders/stray-server.queries.js';
import { Clock } from '../platform/clock.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { expectedOf } from './drift.js';
import type { ServerRepairRequested } from './drift.events.js';
import { provisioningDecider } from './provisioning.decider.js';
import { PANEL_TIMES, type PanelTimes } from './server-changes.js';

@Injectable()
export class StrayServers {
  private readonly log = new Logger(StrayServers.name);

  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly panel: PanelClient,
    private readonly clock: Clock,
    @Inject(PANEL_TIMES) private readonly times: PanelTimes,
  ) {}

  /** The request is the claim: it is good for as long as one call may take, and whatever it rests on is read again right before the call. */
  async remove({ orderId, serverId, requestedAt }: ServerRepairRequested['data']): Promise<void> {
    const remainingMs = (): number => Date.parse(requestedAt) + this.times.createTimeoutMs - this.clock.now().getTime();
    const stillWanted = (): Promise<boolean> => this.isStray(orderId, serverId);
    if (remainingMs() <= 0 || !(await stillWanted()))
      return this.log.warn(`server ${serverId} of order ${orderId} stays: no longer wanted`);
    const deleted = await this.panel.deleteServer(serverId, { claim: { remainingMs, stillWanted } });
    if (deleted.ok === 'refused' || deleted.ok === 'unknown')
      this.log.warn(`server ${serverId} of order ${orderId} may still stand: ${deleted.code}`);
  }

  /** By the order's word, its money's and the panel's own. */
  private async isStray(orderId: string, serverId: number): Promise<boolean> {
    if (!(await this.queries.execute(new BelongsToNobody(orderId)))) return false;
    const { state } = await this.streams.load(provisioningDecider, orderId);
    const isSeen = state.drifts.some((drift) => drift.kind === 'unexpected' && drift.serverId === serverId);
    if (!isSeen || expectedOf(state) !== null) return false;
    const found = await this.panel.getServerByExternalId(`order_${orderId}`);
    return found.ok === 'done' && found.value.id === serverId;
  }
}
