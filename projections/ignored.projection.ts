/** Whole streams that are none of a projection's business. A new event of a stream must be added here, which is when to ask whether that is still so. */
import type { CustomerEvent } from '../src/customers/customer.events.js';
import type { NodeEvent } from '../src/nodes/node.events.js';
import type { OrderEvent } from '../src/orders/order.events.js';
import type { PaymentEvent } from '../src/payments/payment.events.js';
import { ignored, ignoring } from '../src/platform/projection.js';
import type { ProvisioningEvent } from '../src/provisioning/provisioning.events.js';

type Ignored<T extends string> = Readonly<Record<T, typeof ignored>>;

export const orderEventsIgnored: Ignored<OrderEvent['type']> = ignoring(
  'OrderPlaced',
  'OrderCapacityHeld',
  'OrderCheckoutIntended',
  'OrderCheckoutOpened',
  'OrderCheckoutExpired',
  'OrderPaid',
  'OrderPaymentNotAccepted',
  'OrderDelivered',
  'OrderEnded',
);
export const paymentEventsIgnored: Ignored<PaymentEvent['type']> = ignoring(
  'PaymentSucceeded',
  'PaymentPending',
  'PaymentFailed',
  'SubscriptionLinked',
);
export const provisioningEventsIgnored: Ignored<ProvisioningEvent['type']> = ignoring(
  'ProvisioningStarted',
  'ServerCreationStarted',
  'ServerCreated',
  'ProvisioningAttemptFailed',
  'ServerReady',
  'ProvisioningNeedsHuman',
  'ProvisioningRetryRequested',
);
export const customerEventsIgnored: Ignored<CustomerEvent['type']> = ignoring(
  'CustomerRegistered',
  'PanelAccountLinkIntended',
  'PanelAccountLinked',
  'PanelAccountConflicted',
  'PanelAccountLinkFailed',
);
export const nodeEventsIgnored: Ignored<NodeEvent['type']> = ignoring(
  'NodeRegistered',
  'NodeEnabled',
  'NodeDisabled',
  'NodeCapacityObserved',
  'NodeCapacityHeld',
  'NodeHoldCommitted',
  'NodeHoldReleased',
);
