/** One row per event of an order, whichever stream it stands in: what an operator reads to know why an order is where it is. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignoring, projection } from '../../src/platform/projection.js';
import { customerEventsIgnored, unmatchedMoneyIgnored } from '../ignored.projection.js';

export interface OrderTimelineRow {
  eventId: string;
  orderId: string;
  /** Place in the log, as a decimal number: the order of the timeline. */
  position: string;
  at: string;
  type: string;
  stream: string;
  revision: number;
  actorKind: string;
  actorId: string;
  causationId: string;
  commandId: string;
  data: object;
}

const orderOf = ({ type, data }: Recorded<LedgerEvent>): string | null => {
  if (type === 'StripeEventReceived') return data.object.orderId;
  return 'orderId' in data ? data.orderId : null;
};

const entryOf = (_none: OrderTimelineRow | undefined, event: Recorded<LedgerEvent>): OrderTimelineRow | undefined => {
  const orderId = orderOf(event);
  if (orderId === null) return undefined;
  const { metadata } = event;
  return {
    eventId: event.id,
    orderId,
    position: event.position.commit.toString(),
    at: metadata.occurredAt,
    type: event.type,
    stream: event.stream,
    revision: event.revision,
    actorKind: metadata.actor.kind,
    actorId: metadata.actor.id,
    causationId: metadata.$causationId,
    commandId: metadata.commandId,
    data: event.data,
  };
};

const entry = { key: ({ id }: Recorded<LedgerEvent>): string => id, evolve: entryOf, first: true };

export const orderTimeline = projection<OrderTimelineRow, LedgerEvent>({
  name: 'order-timeline',
  version: 2,
  key: (event) => event.id,
  on: {
    OrderPlaced: entry,
    OrderCapacityHeld: entry,
    OrderCheckoutIntended: entry,
    OrderCheckoutOpened: entry,
    OrderCheckoutExpired: entry,
    OrderPaid: entry,
    OrderPaymentNotAccepted: entry,
    OrderDelivered: entry,
    OrderMoved: entry,
    OrderEnded: entry,
    PaymentSucceeded: entry,
    PaymentPending: entry,
    PaymentFailed: entry,
    PaymentAttemptFailed: entry,
    SubscriptionLinked: entry,
    ProvisioningStarted: entry,
    ServerCreationStarted: entry,
    ServerCreated: entry,
    ProvisioningAttemptFailed: entry,
    ServerReady: entry,
    ProvisioningNeedsHuman: entry,
    ProvisioningRetryRequested: entry,
    OrderPaymentAccepted: entry,
    OrderReminderRaised: entry,
    OrderGraceStarted: entry,
    OrderGraceExtended: entry,
    OrderGraceEnded: entry,
    OrderSuspended: entry,
    OrderResumed: entry,
    OrderCancellationScheduled: entry,
    OrderCancellationRevoked: entry,
    OrderEnding: entry,
    OrderBillingEnded: entry,
    OrderPlanChangeQuoted: entry,
    OrderPlanChangeConfirmed: entry,
    OrderPlanChangeRequested: entry,
    OrderPlanChangePaid: entry,
    OrderPlanChanged: entry,
    OrderPlanChangeFailed: entry,
    OrderServiceCredited: entry,
    InvoicePaymentFailed: entry,
    InvoiceActionNeeded: entry,
    InvoiceBlocked: entry,
    InvoiceWrittenOff: entry,
    SubscriptionChanged: entry,
    SubscriptionChangeExpired: entry,
    SubscriptionEnded: entry,
    RefundPending: entry,
    RefundSettled: entry,
    RefundFailed: entry,
    DisputeOpened: entry,
    DisputeFundsMoved: entry,
    DisputeClosed: entry,
    DisputeUpdated: entry,
    StripeCallIntended: entry,
    StripeCallStarted: entry,
    StripeCallSettled: entry,
    StripeCallFailed: entry,
    ServerStateWanted: entry,
    ServerSizeWanted: entry,
    ServerChangeStarted: entry,
    ServerSuspended: entry,
    ServerUnsuspended: entry,
    ServerResized: entry,
    ServerResizeGivenUp: entry,
    ServerDeleted: entry,
    ServerDriftObserved: entry,
    ServerDriftCleared: entry,
    ServerRepairRequested: entry,
    ServerRepairFailed: entry,
    ServerSyncRequested: entry,
    ServerSynced: entry,
    ServerActionStarted: entry,
    ServerActionEnded: entry,
    ServerConsoleOpened: entry,
    ServerRenameRequested: entry,
    ServerRenamed: entry,
    ServerRenameFailed: entry,
    ServerInstallFailed: entry,
    ServerReinstallWanted: entry,
    ServerReinstalled: entry,
    ServerMoveWanted: entry,
    ServerMovePlaced: entry,
    ServerMoveGivenUp: entry,
    ServerRemoved: entry,
    NodeCapacityHeld: entry,
    NodeHoldCommitted: entry,
    NodeHoldExtended: entry,
    NodeHoldSettled: entry,
    NodePortsChanged: entry,
    NodeHoldReleased: entry,
    StripeEventReceived: entry,
    NotificationIntended: entry,
    NotificationStarted: entry,
    NotificationSent: entry,
    NotificationFailed: entry,
    NotificationDropped: entry,
    NotificationRetryRequested: entry,
    ...customerEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...ignoring('NodeRegistered', 'NodeEnabled', 'NodeDisabled', 'NodeDraining', 'NodeCapacityObserved', 'PlanChecked'),
  },
});
