/** Performs the steps of the panel-account saga: claim, call, record. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { refuse } from '../platform/refusal.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { Done, PanelResult, Refused } from '../pterodactyl/panel.results.js';
import type { PanelUser } from '../pterodactyl/panel.types.js';
import { customerDecider, intendLink, recordConflict, recordLink, recordLinkFailure, type Customer } from './customer.decider.js';
import type { CustomerEvent, PanelAccountLinked } from './customer.events.js';
import { IdentityStore } from './identity/identity.store.js';
import { PanelAccountFollower, panelNamesOf } from './panel-account.follower.js';
import { nextPanelAccountStep } from './panel-account.saga.js';

const ACTOR: Actor = { kind: 'saga', id: 'panel-account' };
const CALL_LIMIT_MS = 20_000;
const BACK_OFF_FIRST_MS = 1_000;
const BACK_OFF_MAX_MS = 60_000;

type Linking = Extract<Customer, { status: 'linking' }>;
interface Claimed {
  readonly claim: NonNullable<Linking['claim']>;
  readonly email: string;
  readonly remainingMs: () => number;
}
type LinkedHow = PanelAccountLinked['data']['how'];
type Decide = (customer: Customer) => Decision<CustomerEvent>;

@Injectable()
export class PanelAccountRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly panel: PanelClient,
    private readonly people: IdentityStore,
    private readonly clock: Clock,
    private readonly follower: PanelAccountFollower,
  ) {}

  /** Does what is due for one customer; answers when to look again, null when nothing is left. */
  async run(customerId: string): Promise<Date | null> {
    const { state } = await this.streams.load(customerDecider, customerId);
    const step = nextPanelAccountStep(state, this.clock.iso());
    if (step.do === 'nothing') return null;
    if (step.do === 'wait') return new Date(step.until);
    if (step.do === 'follow') return this.follower.follow(customerId);
    const at = this.clock.iso();
    const deadlineMs = Date.parse(at) + CALL_LIMIT_MS;
    const callDeadlineAt = new Date(deadlineMs).toISOString();
    const claimed = await this.record(customerId, intendLink({ at, callDeadlineAt }));
    if (claimed.status !== 'linking') return null;
    const after = await this.record(customerId, await this.link(claimed, () => deadlineMs - this.clock.now().getTime()));
    return after.status === 'registered' ? new Date(after.retryAt) : null;
  }

  private async record(customerId: string, decide: Decide): Promise<Customer> {
    return (await this.streams.execute({ decider: customerDecider, id: customerId }, claimOf(customerId, ACTOR), decide)).state;
  }

  /** Look up by our own id, create within the claim, and look up again when the panel says that something is taken: an earlier call may have done the work. */
  private async link(linking: Linking, remainingMs: () => number): Promise<Decide> {
    const { customerId, attempts, claim } = linking;
    const before = await this.panel.findUserByExternalId(customerId);
    if (before.ok === 'done') return this.adopt(before.value, linking);
    if (before.ok !== 'absent') return this.failure(before.code, attempts);
    const person = await this.people.personOf(customerId);
    if (!person) throw refuse('PERSON_UNKNOWN', 404);
    const existing = claim && (await this.linkExisting(linking, { claim, email: person.email, remainingMs }));
    return existing ?? this.create(linking, person, remainingMs);
  }

  private async create(linking: Linking, person: { email: string; name: string }, remainingMs: () => number): Promise<Decide> {
    const { customerId, attempts } = linking;
    const created = await this.panel.createUser(panelUserOf(customerId, person), { remainingMs });
    if (created.ok === 'done') return this.linkTo(created.value, { customerId, how: 'created' });
    if (!isTaken(created)) return this.failure(codeOf(created), attempts);
    const again = await this.panel.findUserByExternalId(customerId);
    if (again.ok === 'done') return this.adopt(again.value, linking);
    const strangers = again.ok === 'absent' && created.field === 'email';
    return strangers ? this.conflict('PANEL_EMAIL_TAKEN') : this.failure(codeOf(created), attempts);
  }

  /** Nobody becomes an administrator by signing up, whoever put our id there. */
  private async adopt(user: PanelUser, { customerId, claim }: Linking): Promise<Decide> {
    return user.rootAdmin ? this.conflict('PANEL_USER_IS_ADMIN') : this.linkTo(user, { customerId, how: claim?.how ?? 'found' });
  }

  /** The name is kept before anything is on record: whoever is linked can be told it. */
  private async linkTo({ id, username }: PanelUser, { customerId, how }: { customerId: string; how: LinkedHow }): Promise<Decide> {
    await this.people.keepPanelUsername(customerId, username);
    return recordLink({ panelUserId: id, how, at: this.clock.iso() });
  }

  private conflict(code: string): Decide {
    return recordConflict({ code, at: this.clock.iso() });
  }

  /** The account that was claimed gets our id, and is theirs once the panel shows it there; undefined when the address is free by now, so that they can have one of their own. */
  private async linkExisting({ customerId, attempts }: Linking, { claim, email, remainingMs }: Claimed): Promise<Decide | undefined> {
    const { panelUserId, how } = claim;
    const found = panelUserId === null ? await this.panel.findUserByEmail(email) : await this.panel.getUser(panelUserId);
    if (found.ok === 'absent') return panelUserId === null ? undefined : this.conflict('PANEL_USER_UNKNOWN');
    if (found.ok !== 'done') return this.failure(found.code, attempts);
    const { id, rootAdmin, externalId } = found.value;
    if (rootAdmin) return this.conflict('PANEL_USER_IS_ADMIN');
    if (externalId !== null) return this.conflict('PANEL_USER_TAKEN');
    const named = await this.panel.setExternalId(id, customerId, { remainingMs });
    if (named.ok !== 'done') return this.failure(codeOf(named), attempts);
    return this.linkTo(named.value, { customerId, how });
  }

  private failure(code: string, attempts: number): Decide {
    const pauseMs = Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);
    return recordLinkFailure({ code, retryAt: new Date(this.clock.now().getTime() + pauseMs).toISOString() });
  }
}

const isTaken = (result: PanelResult<unknown>): result is Refused => result.ok === 'refused' && result.rule === 'unique';
const codeOf = (result: Exclude<PanelResult<unknown>, Done<unknown>>): string => (result.ok === 'absent' ? 'NOT_FOUND' : result.code);

/** Under which somebody logs in on the panel, besides the e-mail address. */
export const panelUsernameOf = (customerId: string): string => `u${customerId.replaceAll('-', '')}`;

/** The panel wants a user name of its own and two names; ours is derived from the id so that a repeat asks for the same account. */
const panelUserOf = (customerId: string, person: { email: string; name: string }) => ({
  externalId: customerId,
  email: person.email,
  username: panelUsernameOf(customerId),
  ...panelNamesOf(person.name),
});
