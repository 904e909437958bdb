/** Does on the panel what people ask of a running server: recorded before the call and after it, and never called twice for one wish. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { claimOf } from '../../platform/commands.js';
import { StreamRepository, type CommandContext } from '../../platform/event-store/stream-repository.js';
import { newId } from '../../platform/ids.js';
import { Refusal } from '../../platform/refusal.js';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import type { PanelClaim } from '../../pterodactyl/panel.transport.js';
import type { PanelResult } from '../../pterodactyl/panel.results.js';
import type { ProvisioningEvent } from '../provisioning.events.js';
import type { ServerAction, ServerActionEnded, ServerActionStarted } from '../server-action.events.js';
import { actingServer, endAction, serverActionDecider, startAction, type ServerActions } from '../server-action.decider.js';
import { LiveStatus } from './live-status.js';
import { refusalOf, troubleOf, type TroubleCode } from './panel-trouble.js';

/** `command` is what the game is told; it is sent and kept nowhere. */
export interface ActionWish {
  readonly orderId: string;
  readonly action: ServerAction;
  readonly command?: string;
  readonly noteId: string | null;
}

/** `unknown`: perhaps it was done, and nothing does it again. */
export interface ActionAnswer {
  readonly actionId: string;
  readonly outcome: ServerActionEnded['data']['outcome'];
  readonly code: TroubleCode | null;
}

/** Longer than the panel takes to find out that its node does not answer. */
const CALL_LIMIT_MS = 25_000;

@Injectable()
export class ServerControl {
  private readonly log = new Logger('server-control');

  constructor(
    private readonly streams: StreamRepository,
    private readonly panel: LivePanel,
    private readonly status: LiveStatus,
    private readonly clock: Clock,
  ) {}

  /** The same command again does nothing and answers what is known of the first. @throws Refusal: no server to act on, or no key */
  async act(wish: ActionWish, context: CommandContext): Promise<ActionAnswer> {
    if (!this.panel.isOpen) throw refusalOf('PANEL_CLIENT_KEY_MISSING');
    const at = this.clock.iso();
    const deadlineMs = Date.parse(at) + CALL_LIMIT_MS;
    const { orderId, action, noteId } = wish;
    const start = startAction({ actionId: newId(), action, noteId, at, callDeadlineAt: new Date(deadlineMs).toISOString() });
    const outcome = await this.streams.execute({ decider: serverActionDecider, id: orderId }, context, start);
    const started = startedIn(outcome.events);
    if (!outcome.appended) return this.known(started);
    const result = await this.call(wish, outcome.state, { remainingMs: () => deadlineMs - this.clock.now().getTime() });
    const answer = answerOf(started.actionId, result);
    await this.record(started, answer, context);
    return answer;
  }

  private async call(wish: ActionWish, state: ServerActions, claim: PanelClaim): Promise<PanelResult<undefined>> {
    const server = actingServer(state);
    if (server instanceof Refusal) throw server;
    const { identifier } = server;
    const { action, command = '' } = wish;
    try {
      return await (action === 'command' ? this.panel.command(identifier, command, claim) : this.panel.power(identifier, action, claim));
    } finally {
      this.status.outdate(identifier);
    }
  }

  /** The answer is true whether or not it can be recorded; what is not, counts as unknown from its deadline on. */
  private async record({ orderId }: ServerActionStarted['data'], answer: ActionAnswer, { actor }: CommandContext): Promise<void> {
    const end = endAction({ ...answer, endedAt: this.clock.iso() });
    try {
      await this.streams.execute({ decider: serverActionDecider, id: orderId }, claimOf(orderId, actor), end);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.log.warn(`the end of action ${answer.actionId} is not recorded (${error.code})`);
    }
  }

  private async known({ orderId, actionId }: ServerActionStarted['data']): Promise<ActionAnswer> {
    const events = await this.streams.events<ProvisioningEvent>(`${serverActionDecider.category}-${orderId}`);
    const end = events.find(
      (event): event is Extract<typeof event, { type: 'ServerActionEnded' }> =>
        event.type === 'ServerActionEnded' && event.data.actionId === actionId,
    );
    const { outcome = 'unknown', code = 'INTERRUPTED' } = end?.data ?? {};
    return { actionId, outcome, code: code as TroubleCode | null };
  }
}

const startedIn = (events: readonly ProvisioningEvent[]): ServerActionStarted['data'] => {
  const started = events.find((event) => event.type === 'ServerActionStarted');
  if (!started) throw new Error('an action that was neither announced nor refused');
  return started.data;
};

const answerOf = (actionId: string, result: PanelResult<undefined>): ActionAnswer => {
  if (result.ok === 'done') return { actionId, outcome: 'done', code: null };
  const { code, isCertain } = troubleOf(result);
  return { actionId, outcome: isCertain ? 'refused' : 'unknown', code };
};
