/** A new password for a customer's panel account: wished here, set by the process that may ask the panel, shown to its owner once. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { derivedId, newId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { customerDecider, intendPasswordReset, type PasswordReset } from './customer.decider.js';
import { NoteStore } from './identity/note.store.js';
import { PasswordStore, type PanelLogin } from './identity/password.store.js';

/** Who wants it, under which id. */
export interface PasswordWish {
  readonly customerId: string;
  readonly commandId: string;
  readonly actor: Actor;
  /** An operator's; the customer needs none. */
  readonly reason?: string;
}

const CALL_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 50;
/** 24 characters, about 143 bits. */
const PASSWORD_BYTES = 18;

@Injectable()
export class PanelPasswordDesk {
  constructor(
    private readonly streams: StreamRepository,
    private readonly passwords: PasswordStore,
    private readonly notes: NoteStore,
    private readonly clock: Clock,
  ) {}

  /** Settles when the panel has it. @throws Refusal: no account, or the panel did not take it */
  async reset(wish: PasswordWish): Promise<string> {
    const { customerId, commandId, actor, reason } = wish;
    const resetId = newId();
    const noteId = reason === undefined ? null : derivedId('note', commandId);
    if (noteId !== null) await this.notes.save({ noteId, subjectId: customerId, authorId: actor.id, text: reason ?? '' });
    const login = { username: null, password: randomBytes(PASSWORD_BYTES).toString('base64url') };
    await this.passwords.keep({ resetId, personId: customerId, login });
    const at = this.clock.iso();
    const callDeadlineAt = new Date(Date.parse(at) + CALL_LIMIT_MS).toISOString();
    const context = { commandId, actor, correlationId: customerId, causationId: commandId };
    try {
      const intend = intendPasswordReset({ resetId, noteId, at, callDeadlineAt });
      const { appended } = await this.streams.execute({ decider: customerDecider, id: customerId }, context, intend);
      if (!appended) throw refuse('PANEL_PASSWORD_SHOWN', 409, 'This password was shown before; ask for another one.');
      await this.untilSet(customerId, resetId);
    } catch (error) {
      await this.passwords.take(resetId);
      throw error;
    }
    return resetId;
  }

  /** The password, once. @throws Refusal when there is none, or none any more */
  async show(resetId: string): Promise<PanelLogin> {
    const login = await this.passwords.take(resetId);
    if (login === undefined) throw refuse('PANEL_PASSWORD_SHOWN', 409, 'There is no new password, or it was shown before.');
    return login;
  }

  /** The reset whose password its owner may still see. @throws Refusal when there is none */
  async lastOf(customerId: string): Promise<string> {
    const reset = await this.resetOf(customerId);
    if (reset?.outcome !== 'done') throw refuse('PANEL_PASSWORD_SHOWN', 409, 'There is no new password.');
    return reset.intended.resetId;
  }

  private async resetOf(customerId: string): Promise<PasswordReset | null> {
    const { state } = await this.streams.load(customerDecider, customerId);
    return state.status === 'linked' ? state.reset : null;
  }

  private async untilSet(customerId: string, resetId: string): Promise<void> {
    const deadlineMs = performance.now() + CALL_LIMIT_MS;
    while (performance.now() < deadlineMs) {
      const reset = await this.resetOf(customerId);
      if (reset?.intended.resetId !== resetId) break;
      if (reset.outcome === 'done') return;
      if (reset.outcome) throw failed(reset.outcome.code);
      await sleep(LOOK_EVERY_MS);
    }
    throw failed('NO_ANSWER');
  }
}

/** A refusal of the panel's leaves the old password; after anything else nobody knows which one counts. */
const failed = (code: string) =>
  code === 'AccountIsAdministrator'
    ? refuse('PANEL_ACCOUNT_IS_ADMINISTRATOR', 409, 'The password of a panel administrator is not reset here.')
    : refuse('PANEL_PASSWORD_NOT_SET', 503, `The panel did not confirm the new password (${code}); ask for another one.`);
