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
  /** Why it is in conflict, or why the last attempt failed: to link it, or to bring it in line with who the customer is. */
  reason: string | null;
  registeredAt: string;
}

export const customerAccounts = projection<CustomerAccountsRow, LedgerEvent>({
  name: 'customer-accounts',
  version: 3,
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
    CustomerEmailChanged: (row) => row && { ...row, status: row.status === 'conflict' ? 'pending' : row.status, reason: null },
    PanelAccountUpdateFailed: (row, { data }) => row && { ...row, reason: data.code },
    PanelAccountUpdated: (row) => row && { ...row, reason: null },
    ...ignoring('CustomerRenamed', 'PanelAccountUpdateIntended'),
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
