/** One row per plan that was compared with panel and Stripe: whether it may be sold. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import { ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  provisioningEventsIgnored,
} from '../ignored.projection.js';

export interface PlanAvailabilityRow {
  planId: string;
  sellable: boolean;
  problems: readonly { code: string; subject: string }[];
  checkedAt: string;
}

export const planAvailability = projection<PlanAvailabilityRow, LedgerEvent>({
  name: 'plan-availability',
  version: 1,
  key: (event) => ('planId' in event.data ? event.data.planId : ''),
  on: {
    PlanChecked: (_row, { data }) => ({ planId: data.planId, sellable: data.sellable, problems: data.problems, checkedAt: data.checkedAt }),
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...ignoring('UnmatchedMoneyReceived', 'StripeEventReceived'),
  },
});
