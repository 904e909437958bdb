/** What needs a human now: one row per open matter, gone when the matter is. */
import type { PlanChecked } from '../../src/catalog/plan.events.js';
import type { PanelAccountConflicted, PanelAccountLinkFailed, PanelAccountLinked } from '../../src/customers/customer.events.js';
import type { PanelAccountClaimed } from '../../src/customers/panel-account.events.js';
import type { NotificationDropped, NotificationFailed, NotificationRetryRequested } from '../../src/notifications/notification.events.js';
import type { Money, OrderEnded, OrderPaid, OrderPaymentNotAccepted } from '../../src/orders/order.events.js';
import type {
  DisputeClosed,
  DisputeOpened,
  DisputeUpdated,
  InvoiceBlocked,
  InvoiceWrittenOff,
  RefundFailed,
  RefundSettled,
} from '../../src/payments/billing.events.js';
import type { PaymentSucceeded } from '../../src/payments/payment.events.js';
import type {
  UnmatchedMoneyAssigned,
  UnmatchedMoneyDisputed,
  UnmatchedMoneyReceived,
  UnmatchedMoneyRefundFailed,
  UnmatchedMoneyRefundSettled,
} from '../../src/payments/unmatched-money.events.js';
import type { StripeCallFailed, StripeCallIntended, StripeCallSettled } from '../../src/payments/stripe-call.events.js';
import type {
  ProvisioningAttemptFailed,
  ProvisioningNeedsHuman,
  ProvisioningRetryRequested,
  ServerCreated,
  ServerReady,
} from '../../src/provisioning/provisioning.events.js';
import type { DriftKind, ServerDriftCleared, ServerDriftObserved } from '../../src/provisioning/drift.events.js';
import type {
  ServerDeleted,
  ServerResized,
  ServerResizeGivenUp,
  ServerSuspended,
  ServerUnsuspended,
} from '../../src/provisioning/server-life.events.js';
import type { OrderPlanChangeFailed, OrderPlanChangeQuoted } from '../../src/orders/service.events.js';
import type { StripeEventReceived } from '../../src/stripe/stripe.events.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import { about, over, type AttentionRow, type Matter } from './matter.projection.js';
import { nodeEventsIgnored, serviceEventsIgnored, panelUseIgnored } from '../ignored.projection.js';

/** Where no payment of ours is known, the refund stands for itself. */
const refundOf = ({ data }: Recorded<RefundSettled | RefundFailed>): string => data.paymentId ?? data.refundId;

const hasLeft = (row: AttentionRow, { data }: Recorded<RefundSettled>): boolean => {
  const { amount } = row.details as { amount?: Money };
  return amount !== undefined && amount.amountMinor > data.amount.amountMinor;
};

/** What began as an inquiry may become a dispute; of a dispute that is not open nothing is raised. */
const escalated = (row: AttentionRow | undefined, { data, metadata }: Recorded<DisputeUpdated>): AttentionRow | undefined =>
  row?.severity === 'warning' && !data.inquiry ? { ...row, severity: 'critical', code: data.status, raisedAt: metadata.occurredAt } : row;

const orderId = (event: { data: { orderId: string } }): string => event.data.orderId;
const notificationId = (event: { data: { notificationId: string } }): string => event.data.notificationId;
const DISPUTES_OVER: readonly string[] = ['won', 'lost', 'warning_closed', 'prevented'];

/** Stripe has refused for good, so that a person must decide. */
const refusedCall = about('stripeCall')<StripeCallFailed>(orderId, ({ data }) => ({
  severity: 'critical',
  orderId: data.orderId,
  code: data.code,
  details: { call: data.callId, attempt: data.attempt },
}));

/** What keeps a customer from their server, or lets somebody have one for nothing, cannot wait; the worst first. */
const CRITICAL_DRIFTS: readonly DriftKind[] = ['missing', 'unexpected', 'owner', 'externalId', 'suspended'];

const driftOf = ({ data: { orderId, drifts } }: Recorded<ServerDriftObserved>): Matter | null => {
  const critical = CRITICAL_DRIFTS.find((worst) => drifts.some(({ kind }) => kind === worst));
  const code = critical ?? drifts[0]?.kind;
  return code ? { severity: critical ? 'critical' : 'warning', orderId, code, details: { drifts } } : null;
};

export const attention = projection<AttentionRow, LedgerEvent>({
  name: 'attention',
  version: 4,
  key: (event) => event.id,
  on: {
    NotificationFailed: about('notification')<NotificationFailed>(notificationId, ({ data }) =>
      data.retryAt === null ? { severity: 'warning', orderId: data.orderId, code: data.code, details: { attempts: data.attempt } } : null,
    ),
    NotificationRetryRequested: about('notification')<NotificationRetryRequested>(notificationId, over),
    NotificationDropped: about('notification')<NotificationDropped>(notificationId, over),
    ...ignoring('NotificationIntended', 'NotificationStarted', 'NotificationSent'),
    OrderPaymentNotAccepted: about('refund')<OrderPaymentNotAccepted>(
      ({ data }) => data.paymentId,
      ({ data }) => ({ severity: 'critical', orderId: data.orderId, code: data.reason, details: { amount: data.amount } }),
    ),
    UnmatchedMoneyReceived: about('unmatchedMoney')<UnmatchedMoneyReceived>(
      ({ data }) => data.objectId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.reason, details: { amount: data.amount } }),
    ),
    UnmatchedMoneyAssigned: about('unmatchedMoney')<UnmatchedMoneyAssigned>(({ data }) => data.objectId, over),
    UnmatchedMoneyRefundSettled: about('unmatchedMoney')<UnmatchedMoneyRefundSettled>(({ data }) => data.objectId, over),
    UnmatchedMoneyRefundFailed: about('unmatchedMoney')<UnmatchedMoneyRefundFailed>(
      ({ data }) => data.objectId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.code, details: { step: 'refund' } }),
    ),
    UnmatchedMoneyRefundIntended: ignored,
    UnmatchedMoneyRefundStarted: ignored,
    UnmatchedMoneyMoved: ignored,
    UnmatchedMoneyDisputed: about('dispute')<UnmatchedMoneyDisputed>(
      ({ data }) => data.disputeId,
      ({ data: { status, objectId, amount, evidenceDueBy } }) =>
        DISPUTES_OVER.includes(status)
          ? null
          : {
              severity: status.startsWith('warning_') ? 'warning' : 'critical',
              orderId: null,
              code: status,
              details: { unmatched: objectId, amount, evidenceDueBy },
            },
    ),
    RefundFailed: about('refund')<RefundFailed>(refundOf, ({ data }) => ({
      severity: 'critical',
      orderId: data.orderId,
      code: data.code,
      details: { amount: data.amount, refund: data.refundId },
    })),
    RefundSettled: {
      key: (event) => `refund:${refundOf(event)}`,
      evolve: (row, event) => (row && hasLeft(row, event) ? row : undefined),
    },
    RefundPending: ignored,
    DisputeOpened: about('dispute')<DisputeOpened>(
      ({ data }) => data.disputeId,
      ({ data }) => ({
        severity: data.inquiry ? 'warning' : 'critical',
        orderId: data.orderId,
        code: data.reason,
        details: { amount: data.amount, inquiry: data.inquiry, evidenceDueBy: data.evidenceDueBy },
      }),
    ),
    DisputeUpdated: { key: ({ data }) => `dispute:${data.disputeId}`, evolve: escalated },
    DisputeClosed: about('dispute')<DisputeClosed>(({ data }) => data.disputeId, over),
    DisputeFundsMoved: ignored,
    InvoiceBlocked: about('invoice')<InvoiceBlocked>(
      ({ data }) => data.invoiceId,
      ({ data }) => ({ severity: 'critical', orderId: data.orderId, code: data.code, details: { subscription: data.subscriptionId } }),
    ),
    InvoiceWrittenOff: about('invoice')<InvoiceWrittenOff>(({ data }) => data.invoiceId, over),
    PaymentSucceeded: about('invoice')<PaymentSucceeded>(({ data }) => data.paymentId, over),
    // A new wish of the order's takes the place of the one that was refused.
    StripeCallFailed: {
      key: (event) => `stripeCall:${orderId(event)}`,
      evolve: (row, event) => (event.data.retryAt === null ? refusedCall.evolve(row, event) : row),
    },
    StripeCallIntended: about('stripeCall')<StripeCallIntended>(orderId, over),
    StripeCallSettled: about('stripeCall')<StripeCallSettled>(orderId, over),
    StripeCallStarted: ignored,
    PanelAccountConflicted: about('panelAccount')<PanelAccountConflicted>(
      ({ data }) => data.customerId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.code, details: {} }),
    ),
    PanelAccountLinkFailed: about('panelAccount')<PanelAccountLinkFailed>(
      ({ data }) => data.customerId,
      ({ data }) => ({ severity: 'warning', orderId: null, code: data.code, details: { attempt: data.attempt } }),
    ),
    PanelAccountClaimed: about('panelAccount')<PanelAccountClaimed>(({ data }) => data.customerId, over),
    PanelAccountLinked: about('panelAccount')<PanelAccountLinked>(({ data }) => data.customerId, over),
    ProvisioningAttemptFailed: about('provisioning')<ProvisioningAttemptFailed>(orderId, ({ data }) => ({
      severity: 'warning',
      orderId: data.orderId,
      code: data.code,
      details: { step: data.step, attempt: data.attempt, field: data.field, retryAt: data.retryAt },
    })),
    ProvisioningNeedsHuman: about('provisioning')<ProvisioningNeedsHuman>(orderId, ({ data }) => ({
      severity: 'critical',
      orderId: data.orderId,
      code: data.code,
      details: { step: data.step },
    })),
    ProvisioningRetryRequested: about('provisioning')<ProvisioningRetryRequested>(orderId, over),
    ServerCreated: about('provisioning')<ServerCreated>(orderId, over),
    ServerReady: about('provisioning')<ServerReady>(orderId, over),
    ServerSuspended: about('provisioning')<ServerSuspended>(orderId, over),
    ServerUnsuspended: about('provisioning')<ServerUnsuspended>(orderId, over),
    ServerDeleted: about('provisioning')<ServerDeleted>(orderId, over),
    ServerResized: about('provisioning')<ServerResized>(orderId, over),
    ServerResizeGivenUp: about('provisioning')<ServerResizeGivenUp>(orderId, over),
    ...ignoring('ServerStateWanted', 'ServerSizeWanted', 'ServerChangeStarted', 'ServerRepairRequested'),
    ServerDriftObserved: about('drift')<ServerDriftObserved>(orderId, driftOf),
    ServerDriftCleared: about('drift')<ServerDriftCleared>(orderId, over),
    // Neither an order that nobody paid nor one that found no room before it was paid needs a human.
    OrderEnded: about('placement')<OrderEnded>(orderId, ({ data }) =>
      data.reason === 'checkoutRefused' ? { severity: 'warning', orderId: data.orderId, code: data.reason, details: {} } : null,
    ),
    OrderPaid: about('placement')<OrderPaid>(orderId, over),
    PlanChecked: about('plan')<PlanChecked>(
      ({ data }) => data.planId,
      ({ data }) =>
        data.sellable ? null : { severity: 'critical', orderId: null, code: 'PLAN_NOT_SELLABLE', details: { problems: data.problems } },
    ),
    StripeEventReceived: {
      ...about('webhook')<StripeEventReceived>(
        ({ data }) => data.stripeEventId,
        ({ data }) =>
          data.quarantine === null
            ? null
            : {
                severity: 'critical',
                orderId: data.object.orderId,
                code: data.quarantine,
                details: { type: data.type, object: data.object.id },
              },
      ),
      first: true,
    },
    OrderDelivered: ignored,
    ...serviceEventsIgnored,
    // Of one that took nothing the customer was told at once; what was paid for and not given is a person's to look into, until another is asked for.
    OrderPlanChangeFailed: about('planChange')<OrderPlanChangeFailed>(orderId, ({ data }) =>
      data.undo ? { severity: 'warning', orderId: data.orderId, code: data.code, details: { change: data.changeId } } : null,
    ),
    OrderPlanChangeQuoted: about('planChange')<OrderPlanChangeQuoted>(orderId, over),
    ...{ ...panelUseIgnored, ...nodeEventsIgnored },
    ...ignoring(
      'OrderPlaced',
      'OrderCapacityHeld',
      'OrderCheckoutIntended',
      'OrderCheckoutOpened',
      'OrderCheckoutExpired',
      'ProvisioningStarted',
      'ServerCreationStarted',
      'CustomerRegistered',
      'PanelAccountLinkIntended',
      'PaymentPending',
      'PaymentFailed',
      'SubscriptionLinked',
      'SubscriptionChanged',
      'SubscriptionChangeExpired',
      'SubscriptionEnded',
      'InvoicePaymentFailed',
      'InvoiceActionNeeded',
    ),
  },
});
