/** Deletes a server that nobody should have, as an operator asked for it. What came of it the next readings of the panel show; what failed is recorded, and asked for again by a person. */
import { Inject, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { BelongsToNobody } from '../orders/stray-server.queries.js';
import { Clock } from '../platform/clock.js';
import { causedBy } from '../platform/commands.js';
import type { Actor, Recorded } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { recordRepairFailed } from './drift.decider.js';
import { expectedOf } from './drift.js';
import type { ServerRepairRequested } from './drift.events.js';
import { provisioningDecider } from './provisioning.decider.js';
import { PANEL_TIMES, type PanelTimes } from './server-changes.js';

const ACTOR: Actor = { kind: 'system', id: 'stray-servers' };

@Injectable()
export class StrayServers {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly panel: PanelClient,
    private readonly clock: Clock,
    @Inject(PANEL_TIMES) private readonly times: PanelTimes,
  ) {}

  /** The request is the claim: it is good for as long as one call may take, and whatever it rests on is read again right before the call. */
  async remove(request: Recorded<ServerRepairRequested>): Promise<void> {
    const { orderId, serverId, requestedAt } = request.data;
    const remainingMs = (): number => Date.parse(requestedAt) + this.times.createTimeoutMs - this.clock.now().getTime();
    const stillWanted = (): Promise<boolean> => this.isStray(orderId, serverId);
    if (remainingMs() <= 0) return this.failed(request, 'TooLateToSend');
    if (!(await stillWanted())) return this.stays(request);
    const deleted = await this.panel.deleteServer(serverId, { claim: { remainingMs, stillWanted } });
    if (deleted.ok === 'refused' || deleted.ok === 'unknown') await this.failed(request, deleted.code);
  }

  /** Told twice, the second time finds it gone. */
  private async stays(request: Recorded<ServerRepairRequested>): Promise<void> {
    const found = await this.panel.getServer(request.data.serverId);
    if (found.ok !== 'absent') await this.failed(request, 'NoLongerWanted');
  }

  private async failed(request: Recorded<ServerRepairRequested>, code: string): Promise<void> {
    const { orderId, repairId, kind, serverId } = request.data;
    const failed = recordRepairFailed({ orderId, repairId, kind, serverId, code, failedAt: this.clock.iso() });
    await this.streams.execute({ decider: provisioningDecider, id: orderId }, causedBy(request, 'repair', ACTOR), failed);
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
