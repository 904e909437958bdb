/** Whether a server whose install the panel calls over has come to life: the panel calls it over also when Wings was started anew in the midst of it, and then there is no game to run. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { newId } from '../platform/ids.js';
import { LivePanel } from '../pterodactyl/live-panel.js';
import type { ServerUsage } from '../pterodactyl/panel.types.js';
import { troubleOf } from './live/panel-trouble.js';
import { PROVISIONING_SAGA } from './provisioning.saga.js';
import type { Wishes } from './provisioning-shape.decider.js';
import { wantOf, type Provisioning } from './provisioning-state.decider.js';
import { endAction, serverActionDecider, startInstalled } from './server-action.decider.js';
import type { ServerCreated } from './provisioning.events.js';

/** The panel called the install over, and there is no game that runs. */
export const INSTALL_UNPROVEN = 'INSTALL_UNPROVEN';

/** `alive`: it runs, or nobody can say that it does not; `dead`: it does not, although it was started. */
type Life = 'alive' | 'dead' | 'unclear';

export type Installing = Wishes & { readonly status: Provisioning['status']; readonly server: ServerCreated['data'] };

/** A game that cannot run ends at once; the panel's word on it is up to 20 s old. */
const STABLE_MS = 30_000;
const PATIENCE_MS = 60_000;
/** Longer than the panel takes to find out that its node does not answer. */
const CALL_LIMIT_MS = 25_000;

@Injectable()
export class ProofOfLife {
  constructor(
    private readonly panel: LivePanel,
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  /** Wings starts a server when its first install has ended; one that stands still is started, once, and has a minute. @param overdue from then on a node that cannot be asked is no reason to wait */
  async of(saga: Installing, { overdue }: { overdue: boolean }): Promise<Life> {
    if (!this.panel.isOpen || wantOf(saga) === 'suspended') return 'alive';
    const seen = await this.panel.usage(saga.server.identifier);
    if (seen.ok !== 'done') return overdue || troubleOf(seen).code === 'PANEL_ACCESS_REFUSED' ? 'alive' : 'unclear';
    if (saga.install.startedAt !== null) return this.judge(seen.value, saga.install.startedAt);
    if (seen.value.state !== 'offline') return 'alive';
    if (saga.status === 'installing') await this.start(saga.server);
    return 'unclear';
  }

  /** The same at a glance: what nobody can say is believed. */
  async isAlive({ server, install }: Installing): Promise<boolean> {
    const seen = await this.panel.usage(server.identifier);
    if (seen.ok !== 'done') return true;
    return install.startedAt === null ? seen.value.state !== 'offline' : this.judge(seen.value, install.startedAt) === 'alive';
  }

  private judge({ state, uptimeMs }: ServerUsage, startedAt: string): Life {
    if (state === 'running' || (state !== 'offline' && uptimeMs >= STABLE_MS)) return 'alive';
    const isOver = this.clock.now().getTime() >= Date.parse(startedAt) + PATIENCE_MS;
    return isOver && state === 'offline' ? 'dead' : 'unclear';
  }

  /** On record before and after, as whatever people do; never done twice. */
  private async start({ orderId, identifier }: ServerCreated['data']): Promise<void> {
    const target = { decider: serverActionDecider, id: orderId };
    const startMs = this.clock.now().getTime();
    const callDeadlineAt = new Date(startMs + CALL_LIMIT_MS).toISOString();
    const wish = { actionId: newId(), at: new Date(startMs).toISOString(), callDeadlineAt };
    await this.streams.execute(target, claimOf(orderId, PROVISIONING_SAGA), startInstalled(wish));
    const remainingMs = (): number => startMs + CALL_LIMIT_MS - this.clock.now().getTime();
    const result = await this.panel.power(identifier, 'start', { remainingMs });
    const trouble = result.ok === 'done' ? null : troubleOf(result);
    const outcome = trouble === null ? 'done' : trouble.isCertain ? 'refused' : 'unknown';
    const end = endAction({ actionId: wish.actionId, outcome, code: trouble?.code ?? null, endedAt: this.clock.iso() });
    await this.streams.execute(target, claimOf(orderId, PROVISIONING_SAGA), end);
  }
}
