/** Takes new passwords to the panel. One attempt each: whoever waits is told, and asks for another. */
import { Injectable } from '@nestjs/common';
import type { LedgerEvent } from '../ledger.events.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Actor, Recorded } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import type { Reactor } from '../platform/reactor.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { customerDecider, recordPasswordReset, type PasswordReset } from './customer.decider.js';
import { PasswordStore } from './identity/password.store.js';

const ACTOR: Actor = { kind: 'saga', id: 'panel-password' };

@Injectable()
export class PanelPasswordProcess implements Reactor {
  readonly name = 'panel-password';
  readonly prefixes = ['customer-'];

  constructor(
    private readonly streams: StreamRepository,
    private readonly passwords: PasswordStore,
    private readonly panel: PanelClient,
    private readonly clock: Clock,
  ) {}

  readonly key = (event: Recorded): string => event.stream;

  /** Setting the same password twice is setting it once, so that a repeat after a crash does no harm; one that was settled is not touched. */
  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as Recorded<LedgerEvent>;
    if (event.type !== 'PanelPasswordResetIntended') return;
    const { customerId, resetId } = event.data;
    const { state } = await this.streams.load(customerDecider, customerId);
    if (state.status !== 'linked' || state.reset?.outcome !== null || state.reset.intended.resetId !== resetId) return;
    const outcome = await this.set(state.panelUserId, state.reset);
    const record = recordPasswordReset({ resetId, outcome, at: this.clock.iso() });
    await this.streams.execute({ decider: customerDecider, id: customerId }, claimOf(customerId, ACTOR), record);
  };

  private async set(panelUserId: number, { intended }: PasswordReset): Promise<'done' | { code: string }> {
    const remainingMs = (): number => Date.parse(intended.callDeadlineAt) - this.clock.now().getTime();
    if (remainingMs() <= 0) return { code: 'TooLateToSend' };
    const login = await this.passwords.read(intended.resetId);
    if (login === undefined) return { code: 'PasswordGone' };
    const result = await this.panel.setPassword(panelUserId, login.password, { remainingMs });
    if (result.ok !== 'done') return { code: result.ok === 'absent' ? 'NotFound' : result.code };
    await this.passwords.complete(intended.resetId, { ...login, username: result.value.username });
    return 'done';
  }
}
