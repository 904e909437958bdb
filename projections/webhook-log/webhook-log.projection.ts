/** One row per webhook that Stripe sent: what it was about and what it became. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  provisioningEventsIgnored,
  stripeCallsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

/** An event of ours that a webhook led to. */
interface Consequence {
  readonly type: string;
  readonly stream: string;
  readonly eventId: string;
}

export interface WebhookLogRow {
  /** Stripe's `evt_…`. */
  stripeEventId: string;
  /** Of the event in our log. */
  eventId: string;
  /** Place in the log, as a decimal number. */
  position: string;
  type: string;
  /** What it is about, as Stripe names it: `checkout.session`, `invoice`. */
  objectType: string;
  objectId: string;
  /** The order that Stripe's object names, whether or not we have it. */
  orderId: string | null;
  apiVersion: string | null;
  livemode: boolean;
  /** `received` is not the last word: the query says whether the intake has yet to read it, reads no such type, or learned nothing new. */
  outcome: 'received' | 'quarantined' | 'translated' | 'unmatched';
  /** Why the intake must not act on it. */
  quarantine: string | null;
  became: readonly Consequence[];
  /** `sweep`: nobody delivered it, we found it in Stripe's own list. */
  via: 'webhook' | 'sweep';
  /** By Stripe's clock. */
  createdAt: string;
  receivedAt: string;
}

/** Events of the intake name the webhook that caused them as their actor; events of other origin belong to no row. */
const causingWebhook = ({ metadata: { actor } }: Recorded<LedgerEvent>): string => (actor.kind === 'stripe' ? actor.id : '');

const became = (outcome: 'translated' | 'unmatched') => ({
  key: causingWebhook,
  evolve: (row: WebhookLogRow | undefined, { type, stream, id }: Recorded<LedgerEvent>): WebhookLogRow | undefined =>
    row && { ...row, outcome, became: [...row.became, { type, stream, eventId: id }] },
});
const translated = became('translated');

export const webhookLog = projection<WebhookLogRow, LedgerEvent>({
  name: 'webhook-log',
  version: 4,
  key: causingWebhook,
  on: {
    ...orderEventsIgnored,
    StripeEventReceived: {
      key: ({ data }) => data.stripeEventId,
      first: true,
      evolve: (_none, { id, position, data }) => ({
        stripeEventId: data.stripeEventId,
        eventId: id,
        position: position.commit.toString(),
        type: data.type,
        objectType: data.object.object,
        objectId: data.object.id,
        orderId: data.object.orderId,
        apiVersion: data.apiVersion,
        livemode: data.livemode,
        outcome: data.quarantine === null ? 'received' : 'quarantined',
        quarantine: data.quarantine,
        became: [],
        via: data.via ?? 'webhook',
        createdAt: new Date(data.created * 1000).toISOString(),
        receivedAt: data.receivedAt,
      }),
    },
    PaymentSucceeded: translated,
    PaymentPending: translated,
    PaymentFailed: translated,
    PaymentAttemptFailed: translated,
    SubscriptionLinked: translated,
    InvoicePaymentFailed: translated,
    InvoiceActionNeeded: translated,
    InvoiceBlocked: translated,
    InvoiceWrittenOff: translated,
    SubscriptionChanged: translated,
    SubscriptionChangeExpired: translated,
    SubscriptionEnded: translated,
    RefundPending: translated,
    RefundSettled: translated,
    RefundFailed: translated,
    DisputeOpened: translated,
    DisputeFundsMoved: translated,
    DisputeClosed: translated,
    DisputeUpdated: translated,
    ...stripeCallsIgnored,
    OrderCheckoutExpired: translated,
    ...unmatchedMoneyIgnored,
    UnmatchedMoneyReceived: became('unmatched'),
    UnmatchedMoneyRefundSettled: translated,
    UnmatchedMoneyRefundFailed: translated,
    UnmatchedMoneyMoved: translated,
    UnmatchedMoneyDisputed: translated,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked'),
  },
});
