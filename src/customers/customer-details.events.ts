/** A customer changes who they are, and the panel account follows. Part of the streams `customer-<customerId>`; what it was and is stands in the identity schema. */
import type { Fact } from '../platform/event.js';

/** The customer has another e-mail address, which they have proven to be theirs. */
export type CustomerEmailChanged = Fact<
  'CustomerEmailChanged',
  { readonly customerId: string; readonly changeId: string; readonly changedAt: string }
>;
/** The customer is called otherwise. */
export type CustomerRenamed = Fact<
  'CustomerRenamed',
  { readonly customerId: string; readonly changeId: string; readonly changedAt: string }
>;
/** We are about to bring the panel account in line with who the customer is since this change; nobody else acts until the deadline has passed. */
export type PanelAccountUpdateIntended = Fact<
  'PanelAccountUpdateIntended',
  { readonly customerId: string; readonly changeId: string; readonly attempt: number; readonly callDeadlineAt: string }
>;
/** The panel account says of the customer what we do. */
export type PanelAccountUpdated = Fact<
  'PanelAccountUpdated',
  { readonly customerId: string; readonly changeId: string; readonly updatedAt: string }
>;
/** The attempt was refused, failed, or its outcome is unknown; it is tried again at `retryAt`. */
export type PanelAccountUpdateFailed = Fact<
  'PanelAccountUpdateFailed',
  { readonly customerId: string; readonly changeId: string; readonly attempt: number; readonly code: string; readonly retryAt: string }
>;

export type CustomerDetailEvent =
  CustomerEmailChanged | CustomerRenamed | PanelAccountUpdateIntended | PanelAccountUpdated | PanelAccountUpdateFailed;
