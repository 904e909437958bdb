/** Performs the saga's steps: claim, look up, call, record. Whatever is not recorded is asked again. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { PanelResult } from '../pterodactyl/panel.results.js';
import type { PanelServer } from '../pterodactyl/panel.types.js';
import {
  askForHelp,
  claimCreation,
  provisioningDecider,
  recordAttemptFailed,
  recordCreated,
  type Provisioning,
} from './provisioning.decider.js';
import { InstallWatch } from './install-watch.js';
import { isStanding, wantOf } from './provisioning-state.decider.js';
import { backOffMs, nextStep, PROVISIONING_SAGA, type ProvisioningStep } from './provisioning.saga.js';
import { PANEL_TIMES, ServerChanges, type Decide, type PanelTimes } from './server-changes.js';
import { recordNoServer } from './server-change.decider.js';
import { recordNothingToRemove } from './server-move.decider.js';
import { ServerMoves } from './server-moves.js';
import { ServerRequests } from './server-request.js';

const STEPS_MAX = 10;

type Creating = Extract<Provisioning, { status: 'creating' }>;

@Injectable()
export class ProvisioningRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly panel: PanelClient,
    private readonly requests: ServerRequests,
    private readonly changes: ServerChanges,
    private readonly moves: ServerMoves,
    private readonly installs: InstallWatch,
    private readonly clock: Clock,
    @Inject(PANEL_TIMES) private readonly times: PanelTimes,
  ) {}

  /** Does what is due for one order; answers when to look again, null when nothing is left. */
  async run(orderId: string): Promise<Date | null> {
    let { state: saga } = await this.streams.load(provisioningDecider, orderId);
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const step = nextStep(saga, this.clock.iso());
      // Something may be wanted that only a person, or an order that is yet to start, can give way to.
      if (step.do === 'nothing') return saga.answered && saga.sized ? null : this.inMs(this.times.pollMs);
      if (step.do === 'wait') return new Date(step.until);
      const decide = await this.perform(step, saga, orderId);
      if (!decide) return this.inMs(this.times.pollMs);
      saga = await this.record(orderId, decide);
    }
    return this.inMs(this.times.pollMs);
  }

  private async perform(
    step: Exclude<ProvisioningStep, { do: 'nothing' | 'wait' }>,
    saga: Provisioning,
    orderId: string,
  ): Promise<Decide | null> {
    switch (step.do) {
      case 'createServer':
        return this.create(orderId);
      case 'settleCreation':
        return saga.status === 'creating' ? this.settle(saga, step.final) : null;
      case 'watchInstall':
        return this.installs.watch(saga, step);
      case 'changeServer':
        return isStanding(saga) ? this.changes.change(saga, step.change) : null;
      case 'settleChange':
        return saga.status === 'changing' ? this.changes.settle(saga, step.final) : null;
      case 'giveUpResize':
        return isStanding(saga) ? this.changes.giveUp(saga, step.code) : null;
      case 'endWithoutServer':
        return this.endWithoutServer(saga, orderId);
      case 'wantRecreation':
        return this.moves.recreation();
      case 'placeMove':
        return 'started' in saga ? this.moves.place(saga) : null;
      case 'moveWithoutServer':
        return saga.status === 'toCreate' ? this.moveWithoutServer(saga) : null;
      case 'askForHelp':
        return askForHelp({ step: step.step, code: step.code, at: this.clock.iso() });
    }
  }

  private async record(orderId: string, decide: Decide): Promise<Provisioning> {
    return (await this.streams.execute({ decider: provisioningDecider, id: orderId }, claimOf(orderId, PROVISIONING_SAGA), decide)).state;
  }

  /** No acknowledged claim, no call. An outcome that stays unknown is not recorded: settling finds it out. */
  private async create(orderId: string): Promise<Decide | null> {
    const now = this.clock.now().getTime();
    const callDeadlineAt = new Date(now + this.times.createTimeoutMs).toISOString();
    const settledAt = new Date(now + this.times.createTimeoutMs + this.times.settleMs).toISOString();
    const saga = await this.record(orderId, claimCreation({ at: this.clock.iso(), callDeadlineAt, settledAt }));
    if (saga.status !== 'creating') return null;
    const found = await this.panel.getServerByExternalId(saga.started.externalId);
    if (found.ok === 'done') return this.adopt(saga, found.value, true);
    if (found.ok !== 'absent') return this.failed(saga, found.code, null);
    const prepared = await this.requests.prepare(saga.started);
    if (!prepared.ok) return this.failed(saga, prepared.code, prepared.field);
    const claim = {
      remainingMs: () => now + this.times.createTimeoutMs - this.clock.now().getTime(),
      stillWanted: () => this.holds(orderId, saga.claim.attempt),
    };
    return this.outcome(saga, await this.panel.createServer(prepared.request, claim));
  }

  private async holds(orderId: string, attempt: number): Promise<boolean> {
    const { state } = await this.streams.load(provisioningDecider, orderId);
    return state.status === 'creating' && state.claim.attempt === attempt && wantOf(state) !== 'gone';
  }

  /** An attempt that was given up may have left a server all the same: it is taken for ours, so that it can be deleted. */
  private async endWithoutServer(saga: Provisioning, orderId: string): Promise<Decide | null> {
    if (!(await this.changes.mayGo(orderId))) return null;
    const at = this.clock.iso();
    if (saga.status !== 'toCreate') return recordNoServer({ at });
    const found = await this.panel.getServerByExternalId(saga.started.externalId);
    if (found.ok === 'absent') return recordNoServer({ at });
    if (found.ok !== 'done') return null;
    return this.isOurs(saga.started, found.value) ? this.created(saga.started, found.value, true) : recordNoServer({ at });
  }

  /** As above: what an attempt has left is taken for ours first, so that it is removed. */
  private async moveWithoutServer({ started }: Extract<Provisioning, { status: 'toCreate' }>): Promise<Decide | null> {
    const found = await this.panel.getServerByExternalId(started.externalId);
    if (found.ok === 'done' && this.isOurs(started, found.value)) return this.created(started, found.value, true);
    return found.ok === 'done' || found.ok === 'absent' ? recordNothingToRemove({ at: this.clock.iso() }) : null;
  }

  private async outcome(saga: Creating, created: PanelResult<PanelServer>): Promise<Decide | null> {
    switch (created.ok) {
      case 'done':
        return this.adopt(saga, created.value, false);
      case 'unknown':
        return null;
      case 'absent':
        return this.failed(saga, 'NOT_FOUND', null);
      case 'refused': {
        const taken = created.field === 'external_id' && created.rule === 'unique';
        const found = taken ? await this.panel.getServerByExternalId(saga.started.externalId) : undefined;
        return found?.ok === 'done' ? this.adopt(saga, found.value, true) : this.failed(saga, created.code, created.field ?? null);
      }
    }
  }

  /** A claim without an outcome. A server that has left "installing" will not be rolled back any more; before that, only time tells. */
  private async settle(saga: Creating, final: boolean): Promise<Decide | null> {
    const found = await this.panel.getServerByExternalId(saga.started.externalId);
    if (found.ok === 'done') return final || found.value.status !== 'installing' ? this.adopt(saga, found.value, true) : null;
    return found.ok === 'absent' && final ? this.failed(saga, 'NOT_CREATED', null) : null;
  }

  /** A server under our external id that is somebody else's, or stands where no room is kept for it, is never taken for ours. */
  private adopt(saga: Creating, server: PanelServer, adopted: boolean): Decide {
    if (!this.isOurs(saga.started, server)) return this.failed(saga, 'EXTERNAL_ID_TAKEN', null);
    const isHere = String(server.nodeId) === saga.started.hold.nodeId;
    return isHere ? this.created(saga.started, server, adopted) : this.failed(saga, 'SERVER_ELSEWHERE', null);
  }

  private isOurs({ panelUserId }: Creating['started'], { userId }: PanelServer): boolean {
    return userId === panelUserId;
  }

  private created({ installLimitMs }: Creating['started'], server: PanelServer, adopted: boolean): Decide {
    const createdAt = this.clock.iso();
    const installDeadlineAt = new Date(Date.parse(createdAt) + installLimitMs).toISOString();
    return recordCreated({ serverId: server.id, identifier: server.identifier, adopted, createdAt, installDeadlineAt });
  }

  private failed(saga: Creating, code: string, field: string | null): Decide {
    return recordAttemptFailed({ code, field, at: this.clock.iso(), retryAt: this.inMs(backOffMs(saga.attempts)).toISOString() });
  }

  private inMs(ms: number): Date {
    return new Date(this.clock.now().getTime() + ms);
  }
}
