/** One row per plan that was compared with panel and Stripe: whether it may be sold. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import { ignoring, projection } from '../../src/platform/projection.js';

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
    ...ignoring('OrderPlaced', 'OrderCapacityHeld', 'OrderCheckoutIntended', 'OrderCheckoutOpened', 'OrderCheckoutExpired'),
    ...ignoring('OrderPaid', 'OrderPaymentNotAccepted', 'OrderDelivered', 'OrderEnded'),
    ...ignoring('PaymentSucceeded', 'PaymentPending', 'PaymentFailed', 'SubscriptionLinked', 'UnmatchedMoneyReceived'),
    ...ignoring('ProvisioningStarted', 'ServerCreationStarted', 'ServerCreated', 'ProvisioningAttemptFailed'),
    ...ignoring('ServerReady', 'ProvisioningNeedsHuman', 'ProvisioningRetryRequested', 'StripeEventReceived'),
    ...ignoring(
      'NodeRegistered',
      'NodeEnabled',
      'NodeDisabled',
      'NodeCapacityObserved',
      'NodeCapacityHeld',
      'NodeHoldCommitted',
      'NodeHoldReleased',
    ),
    ...ignoring('CustomerRegistered', 'PanelAccountLinkIntended', 'PanelAccountLinked', 'PanelAccountConflicted', 'PanelAccountLinkFailed'),
  },
});
