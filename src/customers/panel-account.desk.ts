/** The ways out when the panel knows a customer's e-mail address already: the customer proves that it is theirs, or an operator says which account it is. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Mailer } from '../notifications/mailer.js';
import { Clock } from '../platform/clock.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { Actor } from '../platform/event.js';
import { derivedId, newId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { ClaimPanelAccount } from './customer.commands.js';
import { PanelAccountOf } from './customer.queries.js';
import { IdentityStore } from './identity/identity.store.js';
import { NoteStore } from './identity/note.store.js';
import { PanelCodeStore } from './identity/mailed-code.store.js';

interface Asking {
  readonly customerId: string;
  readonly commandId: string;
  readonly actor: Actor;
}

const mailText = (name: string, code: string): string =>
  [
    `Hello ${name},`,
    `There is an account with your e-mail address on our game panel already. If it is yours, type this code to use it: ${code}`,
    'The code is good for 15 minutes. If you did not ask for it, tell it to nobody: whoever has it gets the account.',
  ].join('\n\n');

@Injectable()
export class PanelAccountDesk {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly people: IdentityStore,
    private readonly codes: PanelCodeStore,
    private readonly notes: NoteStore,
    private readonly mailer: Mailer,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal PANEL_ACCOUNT_NOT_IN_CONFLICT, CODE_SENT_ALREADY, MAIL_UNAVAILABLE */
  async sendCode(customerId: string): Promise<void> {
    await this.refuseWithoutConflict(customerId);
    const person = await this.people.personOf(customerId);
    if (!person) throw refuse('NOT_FOUND', 404);
    const code = await this.codes.issue(customerId, this.clock.iso());
    if (code === undefined)
      throw refuse('CODE_SENT_ALREADY', 409, 'A code was sent a moment ago; look at your mail, or ask again in a minute.');
    const to = { name: person.name, address: person.email };
    const sent = await this.mailer.send({ id: newId(), to, subject: 'Your code for the game panel', text: mailText(person.name, code) });
    if (sent.ok) return;
    await this.codes.forget(customerId);
    throw refuse('MAIL_UNAVAILABLE', 503, 'The code could not be mailed; please try again later.');
  }

  /** @throws Refusal PANEL_ACCOUNT_NOT_IN_CONFLICT, CODE_WRONG: also for one that is too old, or was tried too often */
  async prove(asking: Asking, code: string): Promise<void> {
    const { customerId } = asking;
    await this.refuseWithoutConflict(customerId);
    if (!(await this.codes.isRight(customerId, code, this.clock.iso())))
      throw refuse('CODE_WRONG', 422, 'This is not the code, or it is too old, or it was tried too often; ask for a new one.');
    await this.claim(asking, { how: 'proven', panelUserId: null, noteId: null });
    await this.codes.forget(customerId);
  }

  /** @throws Refusal PANEL_ACCOUNT_NOT_IN_CONFLICT */
  async assign(asking: Asking, { panelUserId, reason }: { panelUserId: number; reason: string }): Promise<void> {
    const { customerId, commandId, actor } = asking;
    const noteId = derivedId('note', commandId);
    await this.notes.save({ noteId, subjectId: customerId, authorId: actor.id, text: reason });
    await this.claim(asking, { how: 'operator', panelUserId, noteId });
  }

  private async refuseWithoutConflict(customerId: string): Promise<void> {
    const { status } = await this.queries.execute(new PanelAccountOf(customerId));
    if (status !== 'conflict') throw refuse('PANEL_ACCOUNT_NOT_IN_CONFLICT', 409, 'There is no conflict over the panel account.');
  }

  private async claim(asking: Asking, claim: Pick<ClaimPanelAccount['claim'], 'how' | 'panelUserId' | 'noteId'>): Promise<void> {
    const { customerId, commandId, actor } = asking;
    const context: CommandContext = { commandId, correlationId: customerId, causationId: commandId, actor };
    await this.commands.execute(new ClaimPanelAccount({ customerId, ...claim }, context));
  }
}
