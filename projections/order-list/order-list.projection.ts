/** One row per order: what the customer's list and the operator's search show. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { ProvisioningStepName } from '../../src/provisioning/provisioning.events.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  billingEventsIgnored,
  stripeCallsIgnored,
  customerEventsIgnored,
  driftEventsIgnored,
  nodeEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
  serverActionsIgnored,
} from '../ignored.projection.js';

export type OrderStatus =
  | 'placed'
  | 'held'
  | 'awaitingPayment'
  | 'paymentPending'
  | 'paid'
  | 'provisioning'
  | 'installing'
  | 'ready'
  | 'grace'
  | 'suspended'
  | 'ending'
  | 'attention'
  | 'ended';

export interface OrderListRow {
  orderId: string;
  customerId: string;
  planId: string;
  gameId: string;
  region: string;
  term: string;
  payment: string;
  status: OrderStatus;
  /** Why the business has it so: what is owed, disputed, ended; before the first delivery also why that does not get on. */
  statusReason: string | null;
  /** What does not get on at the panel, and why; null while nothing is known to hinder it. */
  failingStep: ProvisioningStepName | null;
  failingCode: string | null;
  amountMinor: number;
  currency: string;
  checkoutSession: string | null;
  checkoutExpiresAt: string | null;
  paymentIntent: string | null;
  subscription: string | null;
  nodeId: string | null;
  pteroServerId: number | null;
  pteroIdentifier: string | null;
  paidThrough: string | null;
  createdAt: string;
  paidAt: string | null;
  readyAt: string | null;
  /** Why it is in grace; null while it is not. */
  graceCause: string | null;
  /** Why the service is suspended; empty while it runs. */
  suspensions: readonly string[];
  /** When it is suspended unless it is paid; null while it is not in grace. */
  graceUntil: string | null;
  /** When it is deleted unless it is paid; null while that is not set. */
  deleteAt: string | null;
  /** When it ends because its customer has cancelled it; null while nobody has. */
  endsAt: string | null;
}

/** Of several reasons the one that a customer can do least about is shown, whichever came first. */
const REASONS = ['operator', 'dispute', 'unpaid'];
const SERVED: readonly OrderStatus[] = ['ready', 'grace', 'suspended'];

/** A service that was delivered, as grace and suspensions have it; they may have begun while the server was still being made. */
const asItStands = (row: OrderListRow): OrderListRow => {
  if (!SERVED.includes(row.status)) return row;
  const suspended = REASONS.find((reason) => row.suspensions.includes(reason));
  if (suspended !== undefined) return { ...row, status: 'suspended', statusReason: suspended };
  return row.graceCause === null
    ? { ...row, status: 'ready', statusReason: null }
    : { ...row, status: 'grace', statusReason: row.graceCause };
};

const NOT_FAILING = { failingStep: null, failingCode: null };
const wentWell = (row: OrderListRow | undefined): OrderListRow | undefined => row && { ...row, ...NOT_FAILING };

type Failing = { data: { step: ProvisioningStepName; code: string } };
/** Once it was delivered, what the panel fails to do is no reason of the order's. */
const fails = (row: OrderListRow, { data: { step, code } }: Failing): OrderListRow => {
  const failing = { ...row, failingStep: step, failingCode: code };
  return row.readyAt === null ? { ...failing, statusReason: code } : failing;
};

/** How far its server is, before the first delivery; after it the status tells how it is served. */
const onItsWay = (row: OrderListRow, status: 'provisioning' | 'installing'): OrderListRow =>
  row.readyAt === null ? { ...row, status, statusReason: null } : row;

/** Nothing is owed any more, and nothing threatens. */
const PAID_FOR = { graceCause: null, graceUntil: null, deleteAt: null };

/** What a customer is told of a decline: the bank's reason only where it is theirs to mend, never that a card is called stolen. */
const TOLD_DECLINES: readonly (string | null)[] = [
  ...['insufficient_funds', 'expired_card', 'incorrect_cvc', 'incorrect_number', 'processing_error'],
  ...['payment_intent_authentication_failure', 'card_declined'],
];
const declineOf = ({ code, declineCode }: { code: string; declineCode: string | null }): string =>
  [declineCode, code].find((one) => TOLD_DECLINES.includes(one)) ?? 'payment_declined';

const isInvoice = (paymentId: string): boolean => paymentId.startsWith('in_');

export const orderList = projection<OrderListRow, LedgerEvent>({
  name: 'order-list',
  version: 7,
  key: (event) => ('orderId' in event.data ? (event.data.orderId ?? '') : ''),
  on: {
    OrderPlaced: (_none, { data }) => ({
      orderId: data.orderId,
      customerId: data.customerId,
      planId: data.planId,
      gameId: data.gameId,
      region: data.region,
      term: data.term,
      payment: data.payment,
      status: 'placed',
      statusReason: null,
      ...NOT_FAILING,
      amountMinor: data.price.amountMinor,
      currency: data.price.currency,
      checkoutSession: null,
      checkoutExpiresAt: null,
      paymentIntent: null,
      subscription: null,
      nodeId: null,
      pteroServerId: null,
      pteroIdentifier: null,
      paidThrough: null,
      createdAt: data.placedAt,
      paidAt: null,
      readyAt: null,
      graceCause: null,
      suspensions: [],
      graceUntil: null,
      deleteAt: null,
      endsAt: null,
    }),
    OrderCapacityHeld: (row, { data }) => row && { ...row, status: 'held', nodeId: data.hold.nodeId },
    OrderCheckoutIntended: ignored,
    OrderCheckoutOpened: (row, { data }) =>
      row && { ...row, status: 'awaitingPayment', checkoutSession: data.sessionId, checkoutExpiresAt: data.expiresAt },
    OrderCheckoutExpired: (row) => row && { ...row, statusReason: 'checkoutExpired' },
    OrderPaid: (row, { data }) =>
      row && {
        ...row,
        status: 'paid',
        statusReason: null,
        nodeId: data.hold.nodeId,
        paidAt: data.paidAt,
        paidThrough: data.paidThrough,
        paymentIntent: isInvoice(data.paymentId) ? null : data.paymentId,
      },
    OrderPaymentNotAccepted: ignored,
    OrderDelivered: (row, { data }) =>
      row && asItStands({ ...row, ...NOT_FAILING, status: 'ready', readyAt: data.readyAt, paidThrough: data.paidThrough }),
    OrderPaymentAccepted: (row, { data }) => row && { ...row, paidThrough: data.paidThrough },
    OrderGraceStarted: (row, { data }) => row && asItStands({ ...row, graceCause: data.cause, graceUntil: data.graceUntil }),
    OrderGraceExtended: (row, { data: { graceUntil } }) => {
      if (row?.suspensions.includes('unpaid')) return { ...row, deleteAt: graceUntil };
      return row && { ...row, graceUntil: row.graceCause === null ? null : graceUntil };
    },
    OrderGraceEnded: (row) => row && asItStands({ ...row, graceCause: null, graceUntil: null }),
    OrderSuspended: (row, { data }) =>
      row && asItStands({ ...row, suspensions: [...row.suspensions, data.reason], deleteAt: data.deleteAt ?? row.deleteAt }),
    OrderResumed: (row, { data: { reason } }) => {
      if (!row) return undefined;
      const suspensions = row.suspensions.filter((other) => other !== reason);
      return asItStands({ ...row, suspensions, ...(reason === 'unpaid' ? PAID_FOR : {}) });
    },
    OrderCancellationScheduled: (row, { data }) => row && { ...row, endsAt: data.endAt },
    OrderCancellationRevoked: (row) => row && { ...row, endsAt: null },
    OrderEnding: (row, { data }) => row && { ...row, status: 'ending', statusReason: data.reason },
    OrderPlanChanged: (row, { data }) => row && { ...row, planId: data.planId, amountMinor: data.price.amountMinor },
    ...ignoring(
      'OrderReminderRaised',
      'OrderBillingEnded',
      'OrderPlanChangeQuoted',
      'OrderPlanChangeConfirmed',
      'OrderPlanChangeRequested',
      'OrderPlanChangePaid',
      'OrderPlanChangeFailed',
      'OrderServiceCredited',
    ),
    ...billingEventsIgnored,
    ...stripeCallsIgnored,
    OrderEnded: (row, { data }) => row && { ...row, status: 'ended', statusReason: data.reason },
    PaymentSucceeded: ignored,
    PaymentPending: (row) => row && (row.paidAt ? row : { ...row, status: 'paymentPending', statusReason: null }),
    PaymentFailed: (row, { data }) => row && (row.paidAt ? row : { ...row, status: 'awaitingPayment', statusReason: data.code }),
    // Of money that was on its way, and of what was asked for later, others tell.
    PaymentAttemptFailed: (row, { data }) =>
      row?.status === 'awaitingPayment' && row.statusReason !== 'asyncPaymentFailed' && data.kind === 'initial'
        ? { ...row, statusReason: declineOf(data) }
        : row,
    SubscriptionLinked: (row, { data }) => row && { ...row, subscription: row.subscription ?? data.subscriptionId },
    ProvisioningStarted: (row) => row && { ...row, status: 'provisioning' },
    ServerCreationStarted: ignored,
    ServerCreated: (row, { data }) =>
      row && onItsWay({ ...row, ...NOT_FAILING, pteroServerId: data.serverId, pteroIdentifier: data.identifier }, 'installing'),
    ProvisioningAttemptFailed: (row, event) => row && fails(row, event),
    ServerReady: ignored,
    ProvisioningNeedsHuman: (row, event) =>
      row && (row.readyAt === null ? { ...fails(row, event), status: 'attention' } : fails(row, event)),
    ProvisioningRetryRequested: (row) =>
      row && (row.readyAt === null ? { ...row, ...NOT_FAILING, status: 'provisioning', statusReason: null } : wentWell(row)),
    ...ignoring('ServerStateWanted', 'ServerSizeWanted', 'ServerChangeStarted'),
    ServerInstallFailed: (row, { data }) => row && fails(row, { data: { step: 'install', code: data.code } }),
    ServerReinstalled: (row) => row && onItsWay({ ...row, ...NOT_FAILING }, 'installing'),
    ServerRemoved: (row, { data }) =>
      row && onItsWay({ ...row, ...NOT_FAILING, nodeId: data.to.nodeId, pteroServerId: null, pteroIdentifier: null }, 'provisioning'),
    ServerReinstallWanted: wentWell,
    ServerMoveWanted: (row, { data }) => (row && data.reason === 'operator' ? onItsWay({ ...row, ...NOT_FAILING }, 'provisioning') : row),
    ...ignoring('ServerMovePlaced', 'ServerMoveGivenUp'),
    OrderMoved: (row, { data }) => row && { ...row, nodeId: data.hold.nodeId },
    ServerSuspended: wentWell,
    ServerUnsuspended: wentWell,
    ServerDeleted: wentWell,
    ServerResized: wentWell,
    // The change of plan has failed; nobody tries it at the panel any more.
    ServerResizeGivenUp: wentWell,
    ...driftEventsIgnored,
    ...customerEventsIgnored,
    ...serverActionsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
