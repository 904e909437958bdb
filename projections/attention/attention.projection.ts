/** What needs a human now: one row per open matter, gone when the matter is. */
import type { Money } from '../../src/orders/order.events.js';
import type { DriftKind } from '../../src/provisioning/drift.events.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import { nodeEventsIgnored, serviceEventsIgnored, panelUseIgnored } from '../ignored.projection.js';

export type AttentionKind =
  | 'notification'
  | 'refund'
  | 'unmatchedMoney'
  | 'dispute'
  | 'invoice'
  | 'stripeCall'
  | 'panelAccount'
  | 'provisioning'
  | 'drift'
  | 'plan'
  | 'planChange'
  | 'webhook'
  | 'placement';

export interface AttentionRow {
  attentionKey: string;
  kind: AttentionKind;
  severity: 'warning' | 'critical';
  /** Order, Stripe object, customer or plan. */
  subjectId: string;
  orderId: string | null;
  code: string;
  details: object;
  raisedAt: string;
}

/** By its name. */
type EventOf<T extends LedgerEvent['type']> = Extract<LedgerEvent, { type: T }>;
type Matter = Omit<AttentionRow, 'attentionKey' | 'kind' | 'subjectId' | 'raisedAt'>;

/** A matter of this kind about `subject`; `matter` says what it is, or null when there is none (any more). */
const about =
  (kind: AttentionKind) =>
  <E extends LedgerEvent>(subject: (event: Recorded<E>) => string, matter: (event: Recorded<E>) => Matter | null) => ({
    key: (event: Recorded<E>) => `${kind}:${subject(event)}`,
    evolve: (row: AttentionRow | undefined, event: Recorded<E>): AttentionRow | undefined => {
      const found = matter(event);
      if (!found) return undefined;
      const subjectId = subject(event);
      const raisedAt = row?.severity === found.severity ? row.raisedAt : event.metadata.occurredAt;
      return { attentionKey: `${kind}:${subjectId}`, kind, subjectId, raisedAt, ...found };
    },
  });

const over = (): null => null;

/** Where no payment of ours is known, the refund stands for itself. */
const refundOf = ({ data }: Recorded<EventOf<'RefundSettled'> | EventOf<'RefundFailed'>>): string => data.paymentId ?? data.refundId;

const hasLeft = (row: AttentionRow, { data }: Recorded<EventOf<'RefundSettled'>>): boolean => {
  const { amount } = row.details as { amount?: Money };
  return amount !== undefined && amount.amountMinor > data.amount.amountMinor;
};

/** What began as an inquiry may become a dispute; of a dispute that is not open nothing is raised. */
const escalated = (row: AttentionRow | undefined, { data, metadata }: Recorded<EventOf<'DisputeUpdated'>>): AttentionRow | undefined =>
  row?.severity === 'warning' && !data.inquiry ? { ...row, severity: 'critical', code: data.status, raisedAt: metadata.occurredAt } : row;

const orderId = (event: { data: { orderId: string } }): string => event.data.orderId;
const notificationId = (event: { data: { notificationId: string } }): string => event.data.notificationId;
const DISPUTES_OVER: readonly string[] = ['won', 'lost', 'warning_closed', 'prevented'];

/** Stripe has refused for good, so that a person must decide. */
const refusedCall = about('stripeCall')<EventOf<'StripeCallFailed'>>(orderId, ({ data }) => ({
  severity: 'critical',
  orderId: data.orderId,
  code: data.code,
  details: { call: data.callId, attempt: data.attempt },
}));

/** What keeps a customer from their server, or lets somebody have one for nothing, cannot wait; the worst first. */
const CRITICAL_DRIFTS: readonly DriftKind[] = ['missing', 'unexpected', 'owner', 'externalId', 'suspended'];

const driftOf = ({ data: { orderId, drifts } }: Recorded<EventOf<'ServerDriftObserved'>>): Matter | null => {
  const critical = CRITICAL_DRIFTS.find((worst) => drifts.some(({ kind }) => kind === worst));
  const code = critical ?? drifts[0]?.kind;
  return code ? { severity: critical ? 'critical' : 'warning', orderId, code, details: { drifts } } : null;
};

export const attention = projection<AttentionRow, LedgerEvent>({
  name: 'attention',
  version: 5,
  key: (event) => event.id,
  on: {
    NotificationFailed: about('notification')<EventOf<'NotificationFailed'>>(notificationId, ({ data }) =>
      data.retryAt === null ? { severity: 'warning', orderId: data.orderId, code: data.code, details: { attempts: data.attempt } } : null,
    ),
    NotificationRetryRequested: about('notification')<EventOf<'NotificationRetryRequested'>>(notificationId, over),
    NotificationDropped: about('notification')<EventOf<'NotificationDropped'>>(notificationId, over),
    ...ignoring('NotificationIntended', 'NotificationStarted', 'NotificationSent'),
    OrderPaymentNotAccepted: about('refund')<EventOf<'OrderPaymentNotAccepted'>>(
      ({ data }) => data.paymentId,
      ({ data }) => ({ severity: 'critical', orderId: data.orderId, code: data.reason, details: { amount: data.amount } }),
    ),
    UnmatchedMoneyReceived: about('unmatchedMoney')<EventOf<'UnmatchedMoneyReceived'>>(
      ({ data }) => data.objectId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.reason, details: { amount: data.amount } }),
    ),
    UnmatchedMoneyAssigned: about('unmatchedMoney')<EventOf<'UnmatchedMoneyAssigned'>>(({ data }) => data.objectId, over),
    UnmatchedMoneyRefundSettled: about('unmatchedMoney')<EventOf<'UnmatchedMoneyRefundSettled'>>(({ data }) => data.objectId, over),
    UnmatchedMoneyRefundFailed: about('unmatchedMoney')<EventOf<'UnmatchedMoneyRefundFailed'>>(
      ({ data }) => data.objectId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.code, details: { step: 'refund' } }),
    ),
    UnmatchedMoneyRefundIntended: ignored,
    UnmatchedMoneyRefundStarted: ignored,
    UnmatchedMoneyMoved: ignored,
    UnmatchedMoneyDisputed: about('dispute')<EventOf<'UnmatchedMoneyDisputed'>>(
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
    RefundFailed: about('refund')<EventOf<'RefundFailed'>>(refundOf, ({ data }) => ({
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
    DisputeOpened: about('dispute')<EventOf<'DisputeOpened'>>(
      ({ data }) => data.disputeId,
      ({ data }) => ({
        severity: data.inquiry ? 'warning' : 'critical',
        orderId: data.orderId,
        code: data.reason,
        details: { amount: data.amount, inquiry: data.inquiry, evidenceDueBy: data.evidenceDueBy },
      }),
    ),
    DisputeUpdated: { key: ({ data }) => `dispute:${data.disputeId}`, evolve: escalated },
    DisputeClosed: about('dispute')<EventOf<'DisputeClosed'>>(({ data }) => data.disputeId, over),
    DisputeFundsMoved: ignored,
    InvoiceBlocked: about('invoice')<EventOf<'InvoiceBlocked'>>(
      ({ data }) => data.invoiceId,
      ({ data }) => ({ severity: 'critical', orderId: data.orderId, code: data.code, details: { subscription: data.subscriptionId } }),
    ),
    InvoiceWrittenOff: about('invoice')<EventOf<'InvoiceWrittenOff'>>(({ data }) => data.invoiceId, over),
    PaymentSucceeded: about('invoice')<EventOf<'PaymentSucceeded'>>(({ data }) => data.paymentId, over),
    // A new wish of the order's takes the place of the one that was refused.
    StripeCallFailed: {
      key: (event) => `stripeCall:${orderId(event)}`,
      evolve: (row, event) => (event.data.retryAt === null ? refusedCall.evolve(row, event) : row),
    },
    StripeCallIntended: about('stripeCall')<EventOf<'StripeCallIntended'>>(orderId, over),
    StripeCallSettled: about('stripeCall')<EventOf<'StripeCallSettled'>>(orderId, over),
    StripeCallStarted: ignored,
    PanelAccountConflicted: about('panelAccount')<EventOf<'PanelAccountConflicted'>>(
      ({ data }) => data.customerId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.code, details: {} }),
    ),
    PanelAccountLinkFailed: about('panelAccount')<EventOf<'PanelAccountLinkFailed'>>(
      ({ data }) => data.customerId,
      ({ data }) => ({ severity: 'warning', orderId: null, code: data.code, details: { attempt: data.attempt } }),
    ),
    PanelAccountClaimed: about('panelAccount')<EventOf<'PanelAccountClaimed'>>(({ data }) => data.customerId, over),
    PanelAccountLinked: about('panelAccount')<EventOf<'PanelAccountLinked'>>(({ data }) => data.customerId, over),
    // A new address ends what was wrong with the old one; what is wrong with the new one is told by the next attempt.
    CustomerEmailChanged: about('panelAccount')<EventOf<'CustomerEmailChanged'>>(({ data }) => data.customerId, over),
    PanelAccountUpdateFailed: about('panelAccount')<EventOf<'PanelAccountUpdateFailed'>>(
      ({ data }) => data.customerId,
      ({ data: { code, attempt, retryAt } }) => ({
        severity: 'warning',
        orderId: null,
        code,
        details: { step: 'update', attempt, retryAt },
      }),
    ),
    PanelAccountUpdated: about('panelAccount')<EventOf<'PanelAccountUpdated'>>(({ data }) => data.customerId, over),
    ProvisioningAttemptFailed: about('provisioning')<EventOf<'ProvisioningAttemptFailed'>>(orderId, ({ data }) => ({
      severity: 'warning',
      orderId: data.orderId,
      code: data.code,
      details: { step: data.step, attempt: data.attempt, field: data.field, retryAt: data.retryAt },
    })),
    ProvisioningNeedsHuman: about('provisioning')<EventOf<'ProvisioningNeedsHuman'>>(orderId, ({ data }) => ({
      severity: 'critical',
      orderId: data.orderId,
      code: data.code,
      details: { step: data.step },
    })),
    ProvisioningRetryRequested: about('provisioning')<EventOf<'ProvisioningRetryRequested'>>(orderId, over),
    ServerCreated: about('provisioning')<EventOf<'ServerCreated'>>(orderId, over),
    ServerReady: about('provisioning')<EventOf<'ServerReady'>>(orderId, over),
    ServerSuspended: about('provisioning')<EventOf<'ServerSuspended'>>(orderId, over),
    ServerUnsuspended: about('provisioning')<EventOf<'ServerUnsuspended'>>(orderId, over),
    ServerDeleted: about('provisioning')<EventOf<'ServerDeleted'>>(orderId, over),
    ServerResized: about('provisioning')<EventOf<'ServerResized'>>(orderId, over),
    ServerResizeGivenUp: about('provisioning')<EventOf<'ServerResizeGivenUp'>>(orderId, over),
    ...ignoring('ServerStateWanted', 'ServerSizeWanted', 'ServerChangeStarted', 'ServerRepairRequested'),
    ...ignoring('ServerSyncRequested', 'ServerSynced'),
    ServerDriftObserved: about('drift')<EventOf<'ServerDriftObserved'>>(orderId, driftOf),
    // Told again, for whoever asked thinks that it is put right.
    ServerRepairFailed: {
      key: (event) => `drift:${orderId(event)}`,
      evolve: (row, { data: { kind, code }, metadata }) =>
        row && { ...row, code: 'repairFailed', raisedAt: metadata.occurredAt, details: { ...row.details, repair: { kind, code } } },
    },
    ServerDriftCleared: about('drift')<EventOf<'ServerDriftCleared'>>(orderId, over),
    // Until the server is ready after all; a person is asked only when nothing else helps.
    ServerInstallFailed: about('provisioning')<EventOf<'ServerInstallFailed'>>(orderId, ({ data }) => ({
      severity: 'warning',
      orderId: data.orderId,
      code: data.code,
      details: { step: 'install', server: data.serverId },
    })),
    ...ignoring('ServerReinstallWanted', 'ServerReinstalled', 'ServerMoveWanted', 'ServerMovePlaced', 'ServerMoveGivenUp', 'ServerRemoved'),
    // Neither an order that nobody paid nor one that found no room before it was paid needs a human.
    OrderEnded: about('placement')<EventOf<'OrderEnded'>>(orderId, ({ data }) =>
      data.reason === 'checkoutRefused' ? { severity: 'warning', orderId: data.orderId, code: data.reason, details: {} } : null,
    ),
    OrderPaid: about('placement')<EventOf<'OrderPaid'>>(orderId, over),
    PlanChecked: about('plan')<EventOf<'PlanChecked'>>(
      ({ data }) => data.planId,
      ({ data }) =>
        data.sellable ? null : { severity: 'critical', orderId: null, code: 'PLAN_NOT_SELLABLE', details: { problems: data.problems } },
    ),
    StripeEventReceived: {
      ...about('webhook')<EventOf<'StripeEventReceived'>>(
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
    OrderPlanChangeFailed: about('planChange')<EventOf<'OrderPlanChangeFailed'>>(orderId, ({ data }) =>
      data.undo ? { severity: 'warning', orderId: data.orderId, code: data.code, details: { change: data.changeId } } : null,
    ),
    OrderPlanChangeQuoted: about('planChange')<EventOf<'OrderPlanChangeQuoted'>>(orderId, over),
    ...{ ...panelUseIgnored, ...nodeEventsIgnored },
    ...ignoring('OrderMoved', 'OrderPlaced', 'OrderCapacityHeld', 'OrderCheckoutIntended', 'OrderCheckoutOpened', 'OrderCheckoutExpired'),
    ...ignoring('ProvisioningStarted', 'ServerCreationStarted'),
    ...ignoring('CustomerRegistered', 'CustomerRenamed', 'PanelAccountLinkIntended', 'PanelAccountUpdateIntended'),
    ...ignoring('PaymentPending', 'PaymentFailed', 'PaymentAttemptFailed', 'SubscriptionLinked', 'SubscriptionChanged'),
    ...ignoring('SubscriptionChangeExpired', 'SubscriptionEnded', 'InvoicePaymentFailed', 'InvoiceActionNeeded'),
  },
});
