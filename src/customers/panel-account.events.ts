/** The way out of a conflict over a panel account. Part of the streams `customer-<customerId>`. */
import type { Fact } from '../platform/event.js';

/** By whose word an account that was there before is the customer's: they read what was mailed to its address, or an operator says so. */
export type ClaimedBy = 'proven' | 'operator';

/** An account that the panel has already is to be this customer's. */
export type PanelAccountClaimed = Fact<
  'PanelAccountClaimed',
  {
    readonly customerId: string;
    readonly how: ClaimedBy;
    /** Null: the one with the customer's own address. */
    readonly panelUserId: number | null;
    /** An operator's reason, kept sealed. */
    readonly noteId: string | null;
    readonly claimedAt: string;
  }
>;
