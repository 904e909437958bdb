/** A server's name and its generated secrets, for its owner: the name is wished here and given to the panel by the process that may ask it. Whose it is was judged before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { IdentityStore } from '../../customers/identity/identity.store.js';
import { ServerNameStore } from '../../customers/identity/server-name.store.js';
import { contextOf, type Asking } from '../../orders/service-desk.js';
import { Clock } from '../../platform/clock.js';
import { StreamRepository } from '../../platform/event-store/stream-repository.js';
import { derivedId } from '../../platform/ids.js';
import { refuse } from '../../platform/refusal.js';
import { provisioningDecider } from '../provisioning.decider.js';
import type { ProvisioningEvent } from '../provisioning.events.js';
import { requestRename, serverActionDecider } from '../server-action.decider.js';
import { PANEL_TIMES, type PanelTimes } from '../server-changes.js';

type Settled = Extract<ProvisioningEvent, { type: 'ServerRenamed' | 'ServerRenameFailed' }>;

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 50;

@Injectable()
export class ServerLabelDesk {
  constructor(
    private readonly streams: StreamRepository,
    private readonly names: ServerNameStore,
    private readonly people: IdentityStore,
    private readonly clock: Clock,
    @Inject(PANEL_TIMES) private readonly times: PanelTimes,
  ) {}

  /** Null while its customer has not named it. */
  async nameOf(orderId: string): Promise<string | null> {
    return (await this.names.nameOf(orderId)) ?? null;
  }

  /** Settles when the panel has it. @throws Refusal SERVER_NOT_RENAMED, or why the server cannot be used now */
  async rename(asking: Asking, name: string): Promise<void> {
    const { orderId, commandId } = asking;
    const labelId = derivedId('label', commandId);
    await this.names.save({ labelId, orderId, name });
    const at = this.clock.iso();
    const callDeadlineAt = new Date(Date.parse(at) + this.times.createTimeoutMs).toISOString();
    const request = requestRename({ labelId, at, callDeadlineAt });
    await this.streams.execute({ decider: serverActionDecider, id: orderId }, contextOf(asking), request);
    const settled = await this.settled(orderId, labelId);
    if (settled?.type === 'ServerRenamed') return;
    const code = settled?.data.code ?? 'NO_ANSWER';
    throw refuse('SERVER_NOT_RENAMED', 503, `The panel did not confirm the new name (${code}); please try again.`);
  }

  /** What was made up for the game when the server was: passwords and the like, by variable. */
  async secretsOf(orderId: string): Promise<Record<string, string>> {
    const { state } = await this.streams.load(provisioningDecider, orderId);
    return 'started' in state ? this.people.secrets(state.started.configurationId) : {};
  }

  private async settled(orderId: string, labelId: string): Promise<Settled | undefined> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (performance.now() < deadlineMs) {
      const events = await this.streams.events<ProvisioningEvent>(`${serverActionDecider.category}-${orderId}`);
      const found = events.find(
        (event): event is Extract<typeof event, Settled> =>
          (event.type === 'ServerRenamed' || event.type === 'ServerRenameFailed') && event.data.labelId === labelId,
      );
      if (found) return found;
      await sleep(LOOK_EVERY_MS);
    }
    return undefined;
  }
}
