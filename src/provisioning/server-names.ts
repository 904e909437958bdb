/** Gives servers on the panel the names that their customers chose. The request is the claim: told twice, the panel shows the name already. */
import { Injectable } from '@nestjs/common';
import { ServerNameStore } from '../customers/identity/server-name.store.js';
import { Clock } from '../platform/clock.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { provisioningDecider } from './provisioning.decider.js';
import { recordRename, serverActionDecider } from './server-action.decider.js';
import type { ServerRenameRequested } from './server-action.events.js';

@Injectable()
export class ServerNames {
  constructor(
    private readonly streams: StreamRepository,
    private readonly names: ServerNameStore,
    private readonly panel: PanelClient,
    private readonly clock: Clock,
  ) {}

  async rename(request: Recorded<ServerRenameRequested>): Promise<void> {
    const code = await this.call(request.data);
    if (code === null) await this.names.markTaken(request.data.labelId);
    const record = recordRename(request.data, { code, at: this.clock.iso() });
    const target = { decider: serverActionDecider, id: request.data.orderId };
    await this.streams.execute(target, causedBy(request, 'rename'), record);
  }

  /** Null when the panel has it, else why not. */
  private async call({ orderId, labelId, serverId, callDeadlineAt }: ServerRenameRequested['data']): Promise<string | null> {
    const { state } = await this.streams.load(provisioningDecider, orderId);
    const isThere = 'server' in state && state.server?.serverId === serverId;
    const name = await this.names.read(labelId);
    if (!isThere || name === undefined) return 'SERVER_GONE';
    const claim = { remainingMs: () => Date.parse(callDeadlineAt) - this.clock.now().getTime() };
    const result = await this.panel.renameServer(serverId, { name, externalId: state.started.externalId }, claim);
    if (result.ok === 'done') return null;
    return result.ok === 'absent' ? 'SERVER_GONE' : result.code;
  }
}
