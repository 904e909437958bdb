/** One row per plan that was compared with panel and Stripe: whether it may be sold. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { PlanSetting } from '../../src/catalog/plan.events.js';
import { ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  provisioningEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

export interface PlanAvailabilityRow {
  planId: string;
  sellable: boolean;
  problems: readonly { code: string; subject: string }[];
  checkedAt: string;
  /** Hash of what the catalog said of the plan then; null in checks that did not say. */
  compared: string | null;
  /** What the egg says of the settings that the game offers. */
  settings: readonly PlanSetting[];
}

export const planAvailability = projection<PlanAvailabilityRow, LedgerEvent>({
  name: 'plan-availability',
  version: 3,
  key: (event) => ('planId' in event.data ? event.data.planId : ''),
  on: {
    PlanChecked: (_row, { data: { planId, sellable, problems, checkedAt, compared, settings } }) => ({
      ...{ planId, sellable, problems, checkedAt },
      compared: compared ?? null,
      settings: settings ?? [],
    }),
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('StripeEventReceived'),
  },
});
