/** One row per customer: whether their panel account is linked. */
import type { PanelAccountLinked } from '../../src/customers/customer.events.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  nodeEventsIgnored,
  orderEventsIgnored,
  panelPasswordsIgnored,
  paymentEventsIgnored,
  provisioningEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

export interface CustomerAccountsRow {
  customerId: string;
  status: 'pending' | 'linked' | 'conflict';
  panelUserId: number | null;
  /** How the account came to be theirs; null while there is none. */
  how: PanelAccountLinked['data']['how'] | null;
  reason: string | null;
  registeredAt: string;
}

export const customerAccounts = projection<CustomerAccountsRow, LedgerEvent>({
  name: 'customer-accounts',
  version: 2,
  key: (event) => ('customerId' in event.data ? (event.data.customerId ?? '') : ''),
  on: {
    CustomerRegistered: (_none, { data }) => ({
      customerId: data.customerId,
      status: 'pending',
      panelUserId: null,
      how: null,
      reason: null,
      registeredAt: data.registeredAt,
    }),
    PanelAccountLinkIntended: ignored,
    PanelAccountLinked: (row, { data }) => row && { ...row, status: 'linked', panelUserId: data.panelUserId, how: data.how, reason: null },
    PanelAccountConflicted: (row, { data }) => row && { ...row, status: 'conflict', reason: data.code },
    PanelAccountLinkFailed: (row, { data }) => row && { ...row, reason: data.code },
    PanelAccountClaimed: (row) => row && { ...row, status: 'pending', reason: null },
    ...panelPasswordsIgnored,
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...provisioningEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
