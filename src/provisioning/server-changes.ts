/** Suspends, unsuspends, resizes, reinstalls and deletes on the panel: look, claim, call, record. Whatever is not recorded is looked up when nothing can come of the call any more. */
import { Inject, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { MayServerGo } from '../orders/order.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { PanelClaim } from '../pterodactyl/panel.transport.js';
import type { PanelResult } from '../pterodactyl/panel.results.js';
import { askForHelp, provisioningDecider, recordReady } from './provisioning.decider.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { ProofOfLife } from './proof-of-life.js';
import { backOffMs, PROVISIONING_SAGA } from './provisioning.saga.js';
import type { Provisioning, Standing } from './provisioning-state.decider.js';
import { claimChange, giveUpResize, isWanted, recordChangeFailed, recordChanged } from './server-change.decider.js';
import { seenIn, type Changing, type Seen } from './server-seen.js';
import { buildOf } from './server-size.js';
import type { ServerChange } from './server-life.events.js';

export interface PanelTimes {
  /** How long a call that waits for Wings may take. */
  readonly createTimeoutMs: number;
  /** How long after that a 404 is not yet believed: the panel shows a row it may still roll back, or not yet one it is making. */
  readonly settleMs: number;
  /** How often an install is looked at. */
  readonly pollMs: number;
}

export const PANEL_TIMES = Symbol('PanelTimes');

/** What a step came to, to be recorded. */
export type Decide = (saga: Provisioning) => Decision<ProvisioningEvent>;

/** Of a refused call: how long to wait, and whether the panel would refuse it again. */
interface Refusal {
  readonly retryAfterMs?: number | undefined;
  readonly final?: boolean;
}

const UNCHANGED: Readonly<Record<ServerChange, string>> = {
  suspend: 'NOT_SUSPENDED',
  unsuspend: 'NOT_UNSUSPENDED',
  resize: 'NOT_RESIZED',
  reinstall: 'NOT_REINSTALLED',
  remove: 'NOT_DELETED',
  delete: 'NOT_DELETED',
};
/** What the panel does not take back once it shows it. */
const STAYS: readonly ServerChange[] = ['delete', 'remove', 'resize'];
const HOPELESS = ['SERVER_GONE', 'SERVER_NOT_OURS'];
/** The panel's no to what was asked, not to who asked or when. */
const isFinal = (status: number): boolean => status === 400 || status === 422;
const isDeletion = (change: ServerChange): boolean => change === 'delete' || change === 'remove';
/** A server that is to be made elsewhere is given up with its node, when that does not let it go. */
const FORCED_AFTER = 3;
/** Of a call that was not made because another is wanted: that one need not wait. */
const NO_LONGER_WANTED = 'NoLongerWanted';

@Injectable()
export class ServerChanges {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly panel: PanelClient,
    private readonly life: ProofOfLife,
    private readonly clock: Clock,
    @Inject(PANEL_TIMES) private readonly times: PanelTimes,
  ) {}

  /** Whether the order lets its server be deleted, asked of its own stream and of its money's. */
  mayGo(orderId: string): Promise<boolean> {
    return this.queries.execute(new MayServerGo(orderId));
  }

  /** No acknowledged claim, no call. An outcome that stays unknown is not recorded: settling finds it out. */
  async change(saga: Standing, change: ServerChange): Promise<Decide | null> {
    if (change === 'delete' && !(await this.mayGo(saga.server.orderId))) return null;
    const seen = await this.lookForLife(saga, change);
    if (seen.is === 'changed') return recordChanged({ change, at: this.clock.iso() });
    if (seen.is === 'ready') return recordReady({ at: this.clock.iso() });
    if (seen.is === 'installing') return null;
    const startMs = this.clock.now().getTime();
    const claimed = await this.claim(saga, change, startMs);
    if (claimed.status !== 'changing') return null;
    if (seen.is !== 'unchanged') return this.failed(claimed, seen.code);
    const claim = {
      remainingMs: () => startMs + this.times.createTimeoutMs - this.clock.now().getTime(),
      stillWanted: () => this.holds(claimed),
    };
    return this.outcome(claimed, await this.send(claimed, claim));
  }

  /** A claim without an outcome. What was suspended may be rolled back until nothing can come of the call any more; what is deleted or resized stays so. */
  async settle(saga: Changing, final: boolean): Promise<Decide | null> {
    const { change } = saga.claim;
    const seen = await this.lookForLife(saga, change);
    const isDone = seen.is === 'changed' || seen.is === 'ready';
    if (isDone && (final || STAYS.includes(change))) return recordChanged({ change, at: this.clock.iso() });
    if (!final) return null;
    return this.failed(saga, seen.is === 'unclear' || seen.is === 'lost' ? seen.code : UNCHANGED[change]);
  }

  private async claim(saga: Standing, change: ServerChange, startMs: number): Promise<Provisioning> {
    const { orderId } = saga.server;
    const callDeadlineAt = new Date(startMs + this.times.createTimeoutMs).toISOString();
    const settledAt = new Date(startMs + this.times.createTimeoutMs + this.times.settleMs).toISOString();
    const decide = claimChange({ change, at: new Date(startMs).toISOString(), callDeadlineAt, settledAt });
    return (await this.streams.execute({ decider: provisioningDecider, id: orderId }, claimOf(orderId, PROVISIONING_SAGA), decide)).state;
  }

  /** Asked immediately before the call: nobody else has acted on the order, it wants the same as before, and a deletion is still its own will. */
  private async holds({ claim: { orderId, attempt, change } }: Changing): Promise<boolean> {
    const { state } = await this.streams.load(provisioningDecider, orderId);
    if (state.status !== 'changing' || state.claim.attempt !== attempt || !isWanted(change, state)) return false;
    return change !== 'delete' || this.mayGo(orderId);
  }

  private send(saga: Changing, claim: PanelClaim): Promise<PanelResult<undefined>> {
    const { change, serverId } = saga.claim;
    switch (change) {
      case 'suspend':
        return this.panel.suspendServer(serverId, claim);
      case 'unsuspend':
        return this.panel.unsuspendServer(serverId, claim);
      case 'resize':
        return this.resize(saga, claim);
      case 'reinstall':
        return this.panel.reinstallServer(serverId, claim);
      case 'remove':
        return this.panel.deleteServer(serverId, { claim, force: saga.failures >= FORCED_AFTER });
      case 'delete':
        return this.panel.deleteServer(serverId, { claim });
    }
  }

  /** The panel replaces all of a server's build, so that what stays is read and sent along. */
  private async resize({ claim: { serverId }, size }: Changing, claim: PanelClaim): Promise<PanelResult<undefined>> {
    const found = await this.panel.getServer(serverId);
    if (found.ok !== 'done') return found;
    if (!size) return { ok: 'refused', code: NO_LONGER_WANTED, status: 0 };
    return this.panel.resizeServer(serverId, buildOf(found.value, size.resources), claim);
  }

  /** A size that the panel will not give is given up once the panel shows the old one; where it shows nothing that helps, a person is asked. */
  async giveUp(saga: Standing, code: string): Promise<Decide | null> {
    const at = this.clock.iso();
    const seen = await this.look(saga, 'resize');
    switch (seen.is) {
      case 'changed':
        return recordChanged({ change: 'resize', at });
      case 'unchanged':
        return giveUpResize({ code, at });
      case 'installing':
      case 'ready':
        return null;
      case 'unclear':
      case 'lost':
        return askForHelp({ step: 'resize', code: seen.code, at });
    }
  }

  private async outcome(saga: Changing, result: PanelResult<undefined>): Promise<Decide | null> {
    const { change } = saga.claim;
    // A deletion and a new size are believed only when the panel shows them, whatever it answered.
    if (isDeletion(change) && (result.ok === 'done' || result.ok === 'absent')) return this.settle(saga, false);
    if (change === 'resize' && result.ok === 'done') return this.settle(saga, false);
    switch (result.ok) {
      case 'done':
        return recordChanged({ change, at: this.clock.iso() });
      case 'absent':
        return this.failed(saga, 'SERVER_GONE');
      case 'unknown':
        // The panel itself says that Wings failed it, after it has put everything back.
        return result.code === 'DaemonConnectionException' ? this.failed(saga, result.code) : null;
      case 'refused':
        return this.failed(saga, result.code, { retryAfterMs: result.retryAfterMs, final: change === 'resize' && isFinal(result.status) });
    }
  }

  /** As below; an install that is called over has not ended well where the server stands still. */
  private async lookForLife(saga: Standing | Changing, change: ServerChange): Promise<Seen> {
    const seen = await this.look(saga, change);
    return seen.is === 'ready' && !(await this.life.isAlive(saga)) ? { is: 'unchanged' } : seen;
  }

  /** What the panel has under the server's own number; a server that was not made for this order is none of ours. */
  private async look(saga: Standing | Changing, change: ServerChange): Promise<Seen> {
    const { server, started } = saga;
    const found = await this.panel.getServer(server.serverId);
    if (found.ok === 'absent') return isDeletion(change) ? this.confirmAbsence({ server, started }) : { is: 'lost', code: 'SERVER_GONE' };
    if (found.ok !== 'done') return { is: 'unclear', code: found.code };
    return found.value.externalId === started.externalId ? seenIn(found.value, change, saga) : { is: 'lost', code: 'SERVER_NOT_OURS' };
  }

  /** Gone is a server whose number and whose external id the panel both no longer knows. */
  private async confirmAbsence({ server, started }: Pick<Standing, 'server' | 'started'>): Promise<Seen> {
    const found = await this.panel.getServerByExternalId(started.externalId);
    if (found.ok === 'absent') return { is: 'changed' };
    if (found.ok !== 'done') return { is: 'unclear', code: found.code };
    return found.value.id === server.serverId ? { is: 'unchanged' } : { is: 'lost', code: 'SERVER_NOT_OURS' };
  }

  private failed(saga: Changing, code: string, { retryAfterMs = 0, final = false }: Refusal = {}): Decide {
    const nowMs = this.clock.now().getTime();
    const pauseMs = code === NO_LONGER_WANTED ? 0 : Math.max(backOffMs(saga.failures + 1), retryAfterMs);
    const [at, retryAt] = [nowMs, nowMs + pauseMs].map((ms) => new Date(ms).toISOString()) as [string, string];
    return recordChangeFailed({ code, field: null, at, retryAt, help: HOPELESS.includes(code), final });
  }
}
