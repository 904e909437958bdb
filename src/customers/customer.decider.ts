/** A customer and the one panel account that is theirs. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { CustomerDetailEvent } from './customer-details.events.js';
import type { CustomerEvent, PanelAccountLinked, PanelPasswordEvent, PanelPasswordResetIntended } from './customer.events.js';
import type { PanelAccountClaimed } from './panel-account.events.js';

/** Which account of the panel's is to be theirs, and by whose word; null: one of our making. */
type Claim = PanelAccountClaimed['data'] | null;

/** The last new password for the panel account; `outcome` null while the panel is asked. */
export interface PasswordReset {
  readonly intended: PanelPasswordResetIntended['data'];
  readonly outcome: 'done' | { readonly code: string } | null;
}

/** The change of the customer's details that the panel account has yet to follow. */
export interface Following {
  readonly changeId: string;
  readonly attempts: number;
  /** Not before. */
  readonly retryAt: string;
  /** An attempt under way, with the change that it is for; another may have come since. */
  readonly calling: { readonly changeId: string; readonly callDeadlineAt: string } | null;
}

/** Not linked yet: the last change of their details, of which the account that is being made may know nothing. */
interface Unlinked {
  readonly customerId: string;
  readonly attempts: number;
  readonly claim: Claim;
  readonly changeId: string | null;
}

export type Customer =
  | { readonly status: 'none' }
  | (Unlinked & { readonly status: 'registered'; readonly retryAt: string })
  /** `overtaken`: they have another address than the call under way may know. */
  | (Unlinked & { readonly status: 'linking'; readonly callDeadlineAt: string; readonly overtaken: boolean })
  | {
      readonly status: 'linked';
      readonly customerId: string;
      readonly panelUserId: number;
      readonly reset: PasswordReset | null;
      readonly following: Following | null;
    }
  | { readonly status: 'conflict'; readonly customerId: string; readonly code: string };

const initial: Customer = { status: 'none' };

export const registerCustomer =
  (wish: { customerId: string; at: string }) =>
  (customer: Customer): Decision<CustomerEvent> =>
    customer.status === 'none' ? [{ type: 'CustomerRegistered', data: { customerId: wish.customerId, registeredAt: wish.at } }] : [];

/** Claims the right to call the panel; refused while somebody else's call may still be under way. */
export const intendLink =
  (wish: { at: string; callDeadlineAt: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status !== 'registered' && customer.status !== 'linking') return refuse('PANEL_LINK_NOT_OPEN');
    if (customer.status === 'linking' && wish.at < customer.callDeadlineAt) return refuse('PANEL_LINK_CLAIMED');
    const { customerId, attempts } = customer;
    return [{ type: 'PanelAccountLinkIntended', data: { customerId, attempt: attempts + 1, callDeadlineAt: wish.callDeadlineAt } }];
  };

/** Decided once; a second answer for the same customer is silence. */
export const recordLink =
  (found: { panelUserId: number; how: PanelAccountLinked['data']['how']; at: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status === 'none' || customer.status === 'linked') return [];
    const { customerId } = customer;
    return [{ type: 'PanelAccountLinked', data: { customerId, panelUserId: found.panelUserId, how: found.how, linkedAt: found.at } }];
  };

/** A conflict over an address that is theirs no more is none: asked again at once. */
export const recordConflict =
  (found: { code: string; at: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status !== 'linking') return [];
    const { customerId, attempts, overtaken } = customer;
    return overtaken
      ? [{ type: 'PanelAccountLinkFailed', data: { customerId, attempt: attempts, code: found.code, retryAt: found.at } }]
      : [{ type: 'PanelAccountConflicted', data: { customerId, code: found.code, conflictedAt: found.at } }];
  };

export const recordLinkFailure =
  (failure: { code: string; retryAt: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status !== 'linking') return [];
    const { customerId, attempts } = customer;
    return [{ type: 'PanelAccountLinkFailed', data: { customerId, attempt: attempts, code: failure.code, retryAt: failure.retryAt } }];
  };

/** The way out of a conflict; nobody's account is changed for another. */
export const claimAccount =
  (wish: PanelAccountClaimed['data']) =>
  (customer: Customer): Decision<CustomerEvent> =>
    customer.status === 'conflict'
      ? [{ type: 'PanelAccountClaimed', data: wish }]
      : refuse('PANEL_ACCOUNT_NOT_IN_CONFLICT', 409, 'There is no conflict over the panel account.');

const claimOf = (customer: Customer): Claim => ('claim' in customer ? customer.claim : null);
const changeOf = (customer: Customer): string | null => ('changeId' in customer ? customer.changeId : null);

interface DetailsChanged {
  readonly customerId: string;
  readonly changeId: string;
  readonly at: string;
}

/** Somebody who is no customer has no address that anything here depends on. */
export const changeEmail =
  ({ customerId, changeId, at }: DetailsChanged) =>
  (customer: Customer): Decision<CustomerEvent> =>
    customer.status === 'none' ? [] : [{ type: 'CustomerEmailChanged', data: { customerId, changeId, changedAt: at } }];

/** Quiet where there is no panel account that could follow, and none under way. */
export const rename =
  ({ customerId, changeId, at }: DetailsChanged) =>
  (customer: Customer): Decision<CustomerEvent> =>
    customer.status === 'none' || customer.status === 'conflict'
      ? []
      : [{ type: 'CustomerRenamed', data: { customerId, changeId, changedAt: at } }];

/** Claims the right to change the panel account; refused while somebody else's call may still be under way. */
export const intendUpdate =
  (wish: { at: string; callDeadlineAt: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status !== 'linked' || !customer.following) return refuse('PANEL_UPDATE_NOT_OPEN');
    const { customerId, following } = customer;
    if (following.calling && wish.at < following.calling.callDeadlineAt) return refuse('PANEL_UPDATE_CLAIMED');
    const { changeId, attempts } = following;
    return [
      { type: 'PanelAccountUpdateIntended', data: { customerId, changeId, attempt: attempts + 1, callDeadlineAt: wish.callDeadlineAt } },
    ];
  };

/** What became of the call. Quiet when another change came meanwhile: the call may have been too early for it, so the next one tells. */
export const recordUpdate =
  (result: { changeId: string; outcome: 'done' | { code: string; retryAt: string }; at: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    const following = customer.status === 'linked' ? customer.following : null;
    const { changeId, outcome, at } = result;
    if (customer.status !== 'linked' || following?.calling?.changeId !== changeId || following.changeId !== changeId) return [];
    const { customerId } = customer;
    return outcome === 'done'
      ? [{ type: 'PanelAccountUpdated', data: { customerId, changeId, updatedAt: at } }]
      : [{ type: 'PanelAccountUpdateFailed', data: { customerId, changeId, attempt: following.attempts, ...outcome } }];
  };

/** A new password for the panel account; refused without an account, and while another one is on its way. */
export const intendPasswordReset =
  (wish: { resetId: string; noteId: string | null; at: string; callDeadlineAt: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status === 'conflict')
      return refuse('PANEL_ACCOUNT_CONFLICT', 409, 'The panel account is not linked: its e-mail address is taken.');
    if (customer.status !== 'linked') return refuse('PANEL_ACCOUNT_PENDING', 409, 'The panel account is not linked yet.');
    const { resetId, noteId, at, callDeadlineAt } = wish;
    if (customer.reset?.outcome === null && at < customer.reset.intended.callDeadlineAt)
      return refuse('PANEL_PASSWORD_RESET_UNDERWAY', 409, 'A new password is being set; please wait a moment.');
    const { customerId } = customer;
    return [{ type: 'PanelPasswordResetIntended', data: { customerId, resetId, noteId, callDeadlineAt, intendedAt: at } }];
  };

/** What became of it. Quiet when that is recorded, or when another one was asked for since. */
export const recordPasswordReset =
  (result: { resetId: string; outcome: 'done' | { code: string }; at: string }) =>
  (customer: Customer): Decision<CustomerEvent> => {
    if (customer.status !== 'linked' || customer.reset?.outcome !== null || customer.reset.intended.resetId !== result.resetId) return [];
    const { customerId } = customer;
    const { resetId, outcome, at } = result;
    return outcome === 'done'
      ? [{ type: 'PanelPasswordReset', data: { customerId, resetId, resetAt: at } }]
      : [{ type: 'PanelPasswordResetFailed', data: { customerId, resetId, code: outcome.code, failedAt: at } }];
  };

const isPassword = (event: CustomerEvent): event is PanelPasswordEvent =>
  event.type === 'PanelPasswordResetIntended' || event.type === 'PanelPasswordReset' || event.type === 'PanelPasswordResetFailed';

const evolveReset = (reset: PasswordReset | null, event: PanelPasswordEvent): PasswordReset | null => {
  if (event.type === 'PanelPasswordResetIntended') return { intended: event.data, outcome: null };
  if (reset?.intended.resetId !== event.data.resetId) return reset;
  return { ...reset, outcome: event.type === 'PanelPasswordReset' ? 'done' : { code: event.data.code } };
};

const isDetail = (event: CustomerEvent): event is CustomerDetailEvent => 'changeId' in event.data;

const evolveFollowing = (following: Following | null, event: CustomerDetailEvent): Following | null => {
  const { changeId } = event.data;
  switch (event.type) {
    case 'CustomerEmailChanged':
    case 'CustomerRenamed':
      return { changeId, attempts: 0, retryAt: event.data.changedAt, calling: following?.calling ?? null };
    case 'PanelAccountUpdateIntended':
      return following && { ...following, attempts: event.data.attempt, calling: { changeId, callDeadlineAt: event.data.callDeadlineAt } };
    case 'PanelAccountUpdated':
      return null;
    case 'PanelAccountUpdateFailed':
      return following && { ...following, retryAt: event.data.retryAt, calling: null };
  }
};

type Change = Extract<CustomerDetailEvent, { type: 'CustomerEmailChanged' | 'CustomerRenamed' }>;
const isChange = (event: CustomerDetailEvent): event is Change => event.type === 'CustomerEmailChanged' || event.type === 'CustomerRenamed';

/** Not linked: a new address ends a conflict over the old one, and a claim to the account that had it. */
const evolveUnlinked = (customer: Exclude<Customer, { status: 'none' | 'linked' }>, { type, data }: Change): Customer => {
  const { customerId, changeId, changedAt } = data;
  if (customer.status !== 'conflict' && type === 'CustomerRenamed') return { ...customer, changeId };
  if (type === 'CustomerRenamed') return customer;
  if (customer.status === 'conflict') return { status: 'registered', customerId, attempts: 0, retryAt: changedAt, claim: null, changeId };
  const claim = customer.claim?.panelUserId === null ? null : customer.claim;
  return customer.status === 'linking' ? { ...customer, changeId, claim, overtaken: true } : { ...customer, changeId, claim };
};

const evolveDetail = (customer: Customer, event: CustomerDetailEvent): Customer => {
  if (customer.status === 'linked') return { ...customer, following: evolveFollowing(customer.following, event) };
  return customer.status !== 'none' && isChange(event) ? evolveUnlinked(customer, event) : customer;
};

/** Linked; what changed while the account was being made is yet to be compared with it. */
const linkedTo = (customer: Customer, { customerId, panelUserId, linkedAt }: PanelAccountLinked['data']): Customer => {
  const changeId = changeOf(customer);
  const following = changeId === null ? null : { changeId, attempts: 0, retryAt: linkedAt, calling: null };
  return { status: 'linked', customerId, panelUserId, reset: null, following };
};

const evolve = (customer: Customer, event: CustomerEvent): Customer => {
  if (isPassword(event)) return customer.status === 'linked' ? { ...customer, reset: evolveReset(customer.reset, event) } : customer;
  if (isDetail(event)) return evolveDetail(customer, event);
  const { customerId } = event.data;
  const kept = { customerId, claim: claimOf(customer), changeId: changeOf(customer) };
  switch (event.type) {
    case 'CustomerRegistered':
      return { status: 'registered', customerId, attempts: 0, retryAt: event.data.registeredAt, claim: null, changeId: null };
    case 'PanelAccountLinkIntended':
      return { ...kept, status: 'linking', attempts: event.data.attempt, callDeadlineAt: event.data.callDeadlineAt, overtaken: false };
    case 'PanelAccountLinked':
      return linkedTo(customer, event.data);
    case 'PanelAccountConflicted':
      return { status: 'conflict', customerId, code: event.data.code };
    case 'PanelAccountLinkFailed':
      return { ...kept, status: 'registered', attempts: event.data.attempt, retryAt: event.data.retryAt };
    case 'PanelAccountClaimed':
      return { ...kept, status: 'registered', attempts: 0, retryAt: event.data.claimedAt, claim: event.data };
  }
};

export const customerDecider: Decider<Customer, CustomerEvent> = { category: 'customer', initial, evolve };
