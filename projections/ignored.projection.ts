/** Whole streams that are none of a projection's business. A new event of a stream must be added here, which is when to ask whether that is still so. */
import type { CustomerDetailEvent } from '../src/customers/customer-details.events.js';
import type { CustomerEvent, PanelPasswordEvent } from '../src/customers/customer.events.js';
import type { NodeEvent } from '../src/nodes/node.events.js';
import type { NotificationEvent } from '../src/notifications/notification.events.js';
import type { OrderEvent } from '../src/orders/order.events.js';
import type { ServiceEvent } from '../src/orders/service.events.js';
import type { BillingEvent } from '../src/payments/billing.events.js';
import type { PaymentEvent } from '../src/payments/payment.events.js';
import type { UnmatchedMoneyEvent } from '../src/payments/unmatched-money.events.js';
import type { StripeCallEvent } from '../src/payments/stripe-call.events.js';
import { ignored, ignoring } from '../src/platform/projection.js';
import type { DriftEvent } from '../src/provisioning/drift.events.js';
import type { ProvisioningEvent } from '../src/provisioning/provisioning.events.js';
import type { ServerActionEvent } from '../src/provisioning/server-action.events.js';
import type { ServerLifeEvent } from '../src/provisioning/server-life.events.js';
import type { ServerMoveEvent } from '../src/provisioning/server-move.events.js';

type Ignored<T extends string> = Readonly<Record<T, typeof ignored>>;

/** The life of a paid order, apart from its purchase. */
export const serviceEventsIgnored: Ignored<ServiceEvent['type']> = ignoring(
  'OrderPaymentAccepted',
  'OrderReminderRaised',
  'OrderGraceStarted',
  'OrderGraceExtended',
  'OrderGraceEnded',
  'OrderSuspended',
  'OrderResumed',
  'OrderCancellationScheduled',
  'OrderCancellationRevoked',
  'OrderEnding',
  'OrderBillingEnded',
  'OrderPlanChangeQuoted',
  'OrderPlanChangeConfirmed',
  'OrderPlanChangeRequested',
  'OrderPlanChangePaid',
  'OrderPlanChanged',
  'OrderPlanChangeFailed',
  'OrderServiceCredited',
);
const purchaseEventsIgnored: Ignored<Exclude<OrderEvent, ServiceEvent>['type']> = ignoring(
  'OrderPlaced',
  'OrderCapacityHeld',
  'OrderCheckoutIntended',
  'OrderCheckoutOpened',
  'OrderCheckoutExpired',
  'OrderPaid',
  'OrderPaymentNotAccepted',
  'OrderDelivered',
  'OrderMoved',
  'OrderEnded',
);
export const orderEventsIgnored: Ignored<OrderEvent['type']> = { ...purchaseEventsIgnored, ...serviceEventsIgnored };
/** Subscriptions, invoices, refunds and disputes. */
export const billingEventsIgnored: Ignored<BillingEvent['type']> = ignoring(
  'InvoicePaymentFailed',
  'InvoiceActionNeeded',
  'InvoiceBlocked',
  'InvoiceWrittenOff',
  'SubscriptionChanged',
  'SubscriptionChangeExpired',
  'SubscriptionEnded',
  'RefundPending',
  'RefundSettled',
  'RefundFailed',
  'DisputeOpened',
  'DisputeFundsMoved',
  'DisputeClosed',
  'DisputeUpdated',
);
export const stripeCallsIgnored: Ignored<StripeCallEvent['type']> = ignoring(
  'StripeCallIntended',
  'StripeCallStarted',
  'StripeCallSettled',
  'StripeCallFailed',
);
export const paymentEventsIgnored: Ignored<PaymentEvent['type']> = {
  ...ignoring('PaymentSucceeded', 'PaymentPending', 'PaymentFailed', 'PaymentAttemptFailed', 'SubscriptionLinked'),
  ...billingEventsIgnored,
  ...stripeCallsIgnored,
};
/** What becomes of a server after it was made. */
export const serverLifeEventsIgnored: Ignored<ServerLifeEvent['type']> = ignoring(
  'ServerStateWanted',
  'ServerSizeWanted',
  'ServerChangeStarted',
  'ServerSuspended',
  'ServerUnsuspended',
  'ServerResized',
  'ServerResizeGivenUp',
  'ServerDeleted',
);
/** Where the panel differs from the record. */
export const driftEventsIgnored: Ignored<DriftEvent['type']> = ignoring(
  'ServerDriftObserved',
  'ServerDriftCleared',
  'ServerRepairRequested',
  'ServerRepairFailed',
  'ServerSyncRequested',
  'ServerSynced',
);
/** What people do on a running server. */
export const serverActionsIgnored: Ignored<ServerActionEvent['type']> = ignoring(
  'ServerActionStarted',
  'ServerActionEnded',
  'ServerConsoleOpened',
  'ServerRenameRequested',
  'ServerRenamed',
  'ServerRenameFailed',
);
/** How it is installed anew and made anew elsewhere. */
export const serverMoveEventsIgnored: Ignored<ServerMoveEvent['type']> = ignoring(
  'ServerInstallFailed',
  'ServerReinstallWanted',
  'ServerReinstalled',
  'ServerMoveWanted',
  'ServerMovePlaced',
  'ServerMoveGivenUp',
  'ServerRemoved',
);
export const provisioningEventsIgnored: Ignored<ProvisioningEvent['type']> = {
  ...serverActionsIgnored,
  ...serverLifeEventsIgnored,
  ...driftEventsIgnored,
  ...serverMoveEventsIgnored,
  ...ignoring(
    'ProvisioningStarted',
    'ServerCreationStarted',
    'ServerCreated',
    'ProvisioningAttemptFailed',
    'ServerReady',
    'ProvisioningNeedsHuman',
    'ProvisioningRetryRequested',
  ),
};
export const unmatchedMoneyIgnored: Ignored<UnmatchedMoneyEvent['type']> = ignoring(
  'UnmatchedMoneyReceived',
  'UnmatchedMoneyAssigned',
  'UnmatchedMoneyRefundIntended',
  'UnmatchedMoneyRefundStarted',
  'UnmatchedMoneyRefundSettled',
  'UnmatchedMoneyRefundFailed',
  'UnmatchedMoneyMoved',
  'UnmatchedMoneyDisputed',
);
export const panelPasswordsIgnored: Ignored<PanelPasswordEvent['type']> = ignoring(
  'PanelPasswordResetIntended',
  'PanelPasswordReset',
  'PanelPasswordResetFailed',
);
/** What people do with their servers and accounts on the panel, which changes nothing that we owe. */
export const panelUseIgnored: Ignored<(ServerActionEvent | PanelPasswordEvent)['type']> = {
  ...serverActionsIgnored,
  ...panelPasswordsIgnored,
};
/** Who customers are, and the panel account that follows. */
const customerDetailsIgnored: Ignored<CustomerDetailEvent['type']> = ignoring(
  'CustomerEmailChanged',
  'CustomerRenamed',
  'PanelAccountUpdateIntended',
  'PanelAccountUpdated',
  'PanelAccountUpdateFailed',
);
export const customerEventsIgnored: Ignored<CustomerEvent['type']> = {
  ...panelPasswordsIgnored,
  ...customerDetailsIgnored,
  ...ignoring(
    'CustomerRegistered',
    'PanelAccountLinkIntended',
    'PanelAccountLinked',
    'PanelAccountConflicted',
    'PanelAccountLinkFailed',
    'PanelAccountClaimed',
  ),
};
export const nodeEventsIgnored: Ignored<NodeEvent['type']> = ignoring(
  'NodeRegistered',
  'NodeEnabled',
  'NodeDisabled',
  'NodeDraining',
  'NodeCapacityObserved',
  'NodeCapacityHeld',
  'NodeHoldCommitted',
  'NodeHoldExtended',
  'NodeHoldSettled',
  'NodePortsChanged',
  'NodeHoldReleased',
);
/** What customers are told. */
export const notificationEventsIgnored: Ignored<NotificationEvent['type']> = ignoring(
  'NotificationIntended',
  'NotificationStarted',
  'NotificationSent',
  'NotificationFailed',
  'NotificationDropped',
  'NotificationRetryRequested',
);
