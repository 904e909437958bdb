/** One row per Stripe object: the order it belongs to, or the objects through which its order is found. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  billingEventsIgnored,
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  provisioningEventsIgnored,
  stripeCallsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

export interface StripeLinksRow {
  /** Payment intent, subscription, invoice, checkout session, charge, refund, … */
  objectId: string;
  /** As our own facts tell; what Stripe's objects claim about orders is not believed here. */
  orderId: string | null;
  session: string | null;
  paymentIntent: string | null;
  invoice: string | null;
  subscription: string | null;
  charge: string | null;
  /** Stripe's customer of a subscription. Ties no other objects: a customer may pay for several orders. */
  customer: string | null;
  /** When the object was first seen. */
  seenAt: string;
}

type Ties = Partial<Omit<StripeLinksRow, 'objectId' | 'seenAt'>>;

const UNTIED = { orderId: null, session: null, paymentIntent: null, invoice: null, subscription: null, charge: null, customer: null };

const known = (ties: Ties): Ties => Object.fromEntries(Object.entries(ties).filter(([, tie]) => tie !== null));

/** Streams are told in any order, so each fact adds what is not known yet; an object never changes what it is tied to. */
const tied = (row: StripeLinksRow | undefined, seen: { objectId: string; at: string }, ties: Ties): StripeLinksRow => ({
  ...UNTIED,
  ...known(ties),
  ...known(row ?? {}),
  objectId: seen.objectId,
  seenAt: row && row.seenAt < seen.at ? row.seenAt : seen.at,
});

export const stripeLinks = projection<StripeLinksRow, LedgerEvent>({
  name: 'stripe-links',
  version: 2,
  key: (event) => event.id,
  on: {
    ...orderEventsIgnored,
    OrderCheckoutOpened: {
      key: ({ data }) => data.sessionId,
      evolve: (row, { data }) => tied(row, { objectId: data.sessionId, at: data.openedAt }, { orderId: data.orderId }),
    },
    PaymentSucceeded: {
      key: ({ data }) => data.paymentId,
      evolve: (row, { data }) => {
        const { orderId, paymentId, sessionId: session, subscriptionId: subscription, receivedAt: at } = data;
        return tied(row, { objectId: paymentId, at }, { orderId, session, subscription });
      },
    },
    SubscriptionLinked: {
      key: ({ data }) => data.subscriptionId,
      evolve: (row, { data }) => {
        const { subscriptionId: objectId, linkedAt: at, orderId, stripeCustomerId } = data;
        // Older events tell no customer as the empty text.
        return tied(row, { objectId, at }, { orderId, customer: stripeCustomerId === '' ? null : stripeCustomerId });
      },
    },
    StripeEventReceived: {
      key: ({ data }) => data.object.id,
      evolve: (row, { data }) => {
        const { id, paymentIntent, invoice, subscription, charge = null } = data.object;
        const ties = [paymentIntent, invoice, subscription, charge];
        if (data.quarantine !== null || ties.every((tie) => tie === null)) return row;
        return tied(row, { objectId: id, at: data.receivedAt }, { paymentIntent, invoice, subscription, charge });
      },
    },
    ...billingEventsIgnored,
    ...stripeCallsIgnored,
    PaymentPending: ignored,
    PaymentFailed: ignored,
    PaymentAttemptFailed: ignored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked'),
  },
});
