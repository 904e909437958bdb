/** What the ledger knows of a customer: no name, no e-mail, only ids. Stream `customer-<customerId>`. */
import type { Fact } from '../platform/event.js';
import type { CustomerDetailEvent } from './customer-details.events.js';
import type { ClaimedBy, PanelAccountClaimed } from './panel-account.events.js';

/** Somebody signed up. Who it is stands encrypted in the identity schema. */
export type CustomerRegistered = Fact<'CustomerRegistered', { readonly customerId: string; readonly registeredAt: string }>;
/** We are about to ask the panel for an account; nobody else acts until the deadline has passed. */
export type PanelAccountLinkIntended = Fact<
  'PanelAccountLinkIntended',
  { readonly customerId: string; readonly attempt: number; readonly callDeadlineAt: string }
>;
/** This customer is this panel user, decided once: by exact match of our own id, or as it was claimed. */
export type PanelAccountLinked = Fact<
  'PanelAccountLinked',
  { readonly customerId: string; readonly panelUserId: number; readonly how: 'created' | 'found' | ClaimedBy; readonly linkedAt: string }
>;
/** The panel already has somebody with this e-mail; never adopted automatically. */
export type PanelAccountConflicted = Fact<
  'PanelAccountConflicted',
  { readonly customerId: string; readonly code: string; readonly conflictedAt: string }
>;
/** The attempt failed or its outcome is unknown; it is tried again at `retryAt`. */
export type PanelAccountLinkFailed = Fact<
  'PanelAccountLinkFailed',
  { readonly customerId: string; readonly attempt: number; readonly code: string; readonly retryAt: string }
>;

/** A new password is wanted for the panel account; which one stands sealed in the identity schema, and only until the panel has been asked. */
export type PanelPasswordResetIntended = Fact<
  'PanelPasswordResetIntended',
  {
    readonly customerId: string;
    readonly resetId: string;
    /** An operator's reason, kept sealed; null for the customer's own wish. */
    readonly noteId: string | null;
    readonly callDeadlineAt: string;
    readonly intendedAt: string;
  }
>;
/** The panel has the new password. */
export type PanelPasswordReset = Fact<
  'PanelPasswordReset',
  { readonly customerId: string; readonly resetId: string; readonly resetAt: string }
>;
/** Refused, or nobody knows which password counts; it is not tried again by itself. */
export type PanelPasswordResetFailed = Fact<
  'PanelPasswordResetFailed',
  { readonly customerId: string; readonly resetId: string; readonly code: string; readonly failedAt: string }
>;

export type PanelPasswordEvent = PanelPasswordResetIntended | PanelPasswordReset | PanelPasswordResetFailed;
export type CustomerEvent =
  | CustomerRegistered
  | PanelAccountLinkIntended
  | PanelAccountLinked
  | PanelAccountConflicted
  | PanelAccountLinkFailed
  | PanelAccountClaimed
  | CustomerDetailEvent
  | PanelPasswordEvent;
