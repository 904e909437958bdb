/** A customer and the one panel account that is theirs. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { CustomerEvent, PanelAccountLinked, PanelPasswordEvent, PanelPasswordResetIntended } from './customer.events.js';
import type { PanelAccountClaimed } from './panel-account.events.js';

/** Which account of the panel's is to be theirs, and by whose word; null: one of our making. */
type Claim = PanelAccountClaimed['data'] | null;

/** The last new password for the panel account; `outcome` null while the panel is asked. */
export interface PasswordReset {
  readonly intended: PanelPasswordResetIntended['data'];
  readonly outcome: 'done' | { readonly code: string } | null;
}

export type Customer =
  | { readonly status: 'none' }
  | {
      readonly status: 'registered';
      readonly customerId: string;
      readonly attempts: number;
      readonly retryAt: string;
      readonly claim: Claim;
    }
  | {
      readonly status: 'linking';
      readonly customerId: string;
      readonly attempts: number;
      readonly callDeadlineAt: string;
      readonly claim: Claim;
    }
  | { readonly status: 'linked'; readonly customerId: string; readonly panelUserId: number; readonly reset: PasswordReset | null }
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

export const recordConflict =
  (found: { code: string; at: string }) =>
  (customer: Customer): Decision<CustomerEvent> =>
    customer.status === 'linking'
      ? [{ type: 'PanelAccountConflicted', data: { customerId: customer.customerId, code: found.code, conflictedAt: found.at } }]
      : [];

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

const evolve = (customer: Customer, event: CustomerEvent): Customer => {
  if (isPassword(event)) return customer.status === 'linked' ? { ...customer, reset: evolveReset(customer.reset, event) } : customer;
  const { customerId } = event.data;
  switch (event.type) {
    case 'CustomerRegistered':
      return { status: 'registered', customerId, attempts: 0, retryAt: event.data.registeredAt, claim: null };
    case 'PanelAccountLinkIntended':
      return {
        ...{ status: 'linking', customerId, attempts: event.data.attempt, callDeadlineAt: event.data.callDeadlineAt },
        claim: claimOf(customer),
      };
    case 'PanelAccountLinked':
      return { status: 'linked', customerId, panelUserId: event.data.panelUserId, reset: null };
    case 'PanelAccountConflicted':
      return { status: 'conflict', customerId, code: event.data.code };
    case 'PanelAccountLinkFailed':
      return { status: 'registered', customerId, attempts: event.data.attempt, retryAt: event.data.retryAt, claim: claimOf(customer) };
    case 'PanelAccountClaimed':
      return { status: 'registered', customerId, attempts: 0, retryAt: event.data.claimedAt, claim: event.data };
  }
};

export const customerDecider: Decider<Customer, CustomerEvent> = { category: 'customer', initial, evolve };
