/** Brings a customer's panel account in line with who they are: claim, compare and change, record. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { refuse } from '../platform/refusal.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { Done, PanelResult } from '../pterodactyl/panel.results.js';
import { customerDecider, intendUpdate, recordUpdate, type Customer } from './customer.decider.js';
import type { CustomerEvent } from './customer.events.js';
import { IdentityStore } from './identity/identity.store.js';

const ACTOR: Actor = { kind: 'saga', id: 'panel-account' };
const CALL_LIMIT_MS = 20_000;
const BACK_OFF_FIRST_MS = 1_000;
const BACK_OFF_MAX_MS = 60_000;
/** What a person has to put right on the panel is looked at again after an hour. */
const HUMAN_PAUSE_MS = 3_600_000;
const HUMAN_CODES: readonly string[] = ['PANEL_EMAIL_TAKEN', 'PANEL_USER_UNKNOWN', 'AccountIsAdministrator', 'AccountNotOurs'];

@Injectable()
export class PanelAccountFollower {
  constructor(
    private readonly streams: StreamRepository,
    private readonly panel: PanelClient,
    private readonly people: IdentityStore,
    private readonly clock: Clock,
  ) {}

  /** One attempt; answers when to look again, null when the account says what we do. */
  async follow(customerId: string): Promise<Date | null> {
    const at = this.clock.iso();
    const deadlineMs = Date.parse(at) + CALL_LIMIT_MS;
    const claimed = await this.record(customerId, intendUpdate({ at, callDeadlineAt: new Date(deadlineMs).toISOString() }));
    if (claimed.status !== 'linked' || !claimed.following) return null;
    const { changeId, attempts } = claimed.following;
    const result = await this.change(claimed, () => deadlineMs - this.clock.now().getTime());
    const outcome = result.ok === 'done' ? 'done' : this.failure(codeOf(result), attempts);
    const after = await this.record(customerId, recordUpdate({ changeId, outcome, at: this.clock.iso() }));
    return after.status === 'linked' && after.following
      ? new Date(after.following.calling?.callDeadlineAt ?? after.following.retryAt)
      : null;
  }

  /** Read after the claim, so that what is sent is at least as new as the change that was claimed. */
  private async change({ customerId, panelUserId }: Extract<Customer, { status: 'linked' }>, remainingMs: () => number) {
    const person = await this.people.personOf(customerId);
    if (!person) throw refuse('PERSON_UNKNOWN', 404);
    const details = { email: person.email, ...panelNamesOf(person.name), externalId: customerId };
    return this.panel.changeDetails(panelUserId, details, { remainingMs });
  }

  private failure(code: string, attempts: number): { code: string; retryAt: string } {
    const pauseMs = HUMAN_CODES.includes(code) ? HUMAN_PAUSE_MS : Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);
    return { code, retryAt: new Date(this.clock.now().getTime() + pauseMs).toISOString() };
  }

  private async record(customerId: string, decide: (customer: Customer) => Decision<CustomerEvent>): Promise<Customer> {
    return (await this.streams.execute({ decider: customerDecider, id: customerId }, claimOf(customerId, ACTOR), decide)).state;
  }
}

/** Another user of the panel's with this address stays as it is: whose it is, only a person can tell. */
const codeOf = (result: Exclude<PanelResult<unknown>, Done<unknown>>): string => {
  if (result.ok === 'absent') return 'PANEL_USER_UNKNOWN';
  return result.ok === 'refused' && result.rule === 'unique' && result.field === 'email' ? 'PANEL_EMAIL_TAKEN' : result.code;
};

/** The panel wants two names. */
export const panelNamesOf = (name: string): { readonly firstName: string; readonly lastName: string } => {
  const [first = name, ...rest] = name.trim().split(/\s+/);
  return { firstName: first, lastName: rest.join(' ') || first };
};
