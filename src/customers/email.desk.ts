/** A customer's new e-mail address: proven by a code that is mailed there, then theirs, and told at the old one. */
import { Injectable } from '@nestjs/common';
import { Mailer, type Mail } from '../notifications/mailer.js';
import { Clock } from '../platform/clock.js';
import { derivedId, newId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { DetailChanges } from './detail-changes.js';
import { DetailChangeStore } from './identity/detail-change.store.js';
import { IdentityStore } from './identity/identity.store.js';
import { EmailCodeStore } from './identity/mailed-code.store.js';
import { SessionStore } from './identity/session.store.js';

/** Who confirms, under which command, in which login. */
interface Confirming {
  readonly customerId: string;
  readonly commandId: string;
  readonly sessionId: string | undefined;
}

type Words = Pick<Mail, 'subject' | 'text'>;

const codeMail = (name: string, code: string): Words => ({
  subject: 'Your code for your new e-mail address',
  text: [
    `Hello ${name},`,
    `You want to use this e-mail address for your account. Type this code to confirm it: ${code}`,
    'The code is good for 15 minutes. If you did not ask for it, tell it to nobody: nothing changes without it.',
  ].join('\n\n'),
});

/** To somebody who has an account: the one who asks is not told so. */
const takenMail = (name: string): Words => ({
  subject: 'Your e-mail address was asked for',
  text: [
    `Hello ${name},`,
    'Somebody wanted to use this e-mail address for another account here. You have an account with it already, so nothing was changed.',
    'If that was you, log in with this address instead. If it was not, you need not do anything.',
  ].join('\n\n'),
});

@Injectable()
export class EmailDesk {
  constructor(
    private readonly people: IdentityStore,
    private readonly codes: EmailCodeStore,
    private readonly changes: DetailChangeStore,
    private readonly details: DetailChanges,
    private readonly sessions: SessionStore,
    private readonly mailer: Mailer,
    private readonly clock: Clock,
  ) {}

  /**
   * An address that is somebody else's gets a mail as well, and the answer is the same, so that nobody learns who has an account.
   * @throws Refusal PASSWORD_WRONG, EMAIL_UNCHANGED, CODE_SENT_ALREADY, MAIL_UNAVAILABLE
   */
  async sendCode(customerId: string, wish: { email: string; password: string }): Promise<void> {
    const [person, email] = [await this.people.personOf(customerId), wish.email.trim()];
    if (!person || !(await this.people.hasPassword(customerId, wish.password)))
      throw refuse('PASSWORD_WRONG', 422, 'The current password is wrong.');
    const owner = await this.people.idOfEmail(email);
    if (owner === customerId) throw refuse('EMAIL_UNCHANGED', 422, 'This is your e-mail address already.');
    const code = await this.codes.issue(customerId, this.clock.iso(), email);
    if (code === undefined)
      throw refuse('CODE_SENT_ALREADY', 409, 'A code was sent a moment ago; look at your mail, or ask again in a minute.');
    const sent = await this.mailer.send({ id: newId(), ...(await this.mailTo(owner, { name: person.name, email, code })) });
    if (sent.ok) return;
    await this.codes.forget(customerId);
    throw refuse('MAIL_UNAVAILABLE', 503, 'The code could not be mailed; please try again later.');
  }

  /**
   * Asked again under the same command it is done already. Only the login that confirmed goes on, as after a new password.
   * @throws Refusal CODE_WRONG: also for one that is too old, or was tried too often; EMAIL_TAKEN: somebody else has it by now
   */
  async confirm({ customerId, commandId, sessionId }: Confirming, code: string): Promise<void> {
    const changeId = derivedId('email change', commandId);
    if (!(await this.changes.isMade(changeId))) await this.change({ changeId, personId: customerId }, code);
    await this.sessions.endOthers(customerId, { sessionId, reason: 'email' }, new Date());
    await this.details.record({ changeId, personId: customerId, what: 'email' });
  }

  /** As it was typed, unless somebody has it: they may write it otherwise. */
  private async mailTo(owner: string | undefined, to: { name: string; email: string; code: string }): Promise<Omit<Mail, 'id'>> {
    const known = owner === undefined ? undefined : await this.people.personOf(owner);
    return known
      ? { to: { name: known.name, address: known.email }, ...takenMail(known.name) }
      : { to: { name: to.name, address: to.email }, ...codeMail(to.name, to.code) };
  }

  private async change(change: { changeId: string; personId: string }, code: string): Promise<void> {
    const checked = await this.codes.check(change.personId, code, this.clock.iso());
    if (typeof checked?.about !== 'string')
      throw refuse('CODE_WRONG', 422, 'This is not the code, or it is too old, or it was tried too often; ask for a new one.');
    await this.changes.changeEmail(change, checked.about);
    await this.codes.forget(change.personId);
  }
}
