/** Every rule of an order's life. Pure: no clock, no database, no Nest. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { LateCredit } from './late-delivery.decider.js';
import type {
  Candidate,
  Hold,
  Money,
  NotAcceptedReason,
  OrderCheckoutIntended,
  OrderCheckoutOpened,
  OrderDelivered,
  OrderEnded,
  OrderEvent,
  OrderPaid,
  OrderPlaced,
  UnpaidEndReason,
} from './order.events.js';
import { SERVICE_EVENTS, serviceOf, withService, type Service } from './service.decider.js';
import type { OrderEnding, OrderPlanChanged, ServiceEvent } from './service.events.js';

type Placed = OrderPlaced['data'];

export type Order = { readonly seenPayments: readonly string[] } & (
  | { readonly status: 'none' }
  | {
      readonly status: 'placed';
      readonly placed: Placed;
      /** What is asked of Stripe once a node keeps room. */
      readonly checkout: OrderCheckoutIntended['data'] | null;
    }
  | { readonly status: 'held'; readonly placed: Placed; readonly hold: Hold }
  | { readonly status: 'checkoutIntended'; readonly placed: Placed; readonly hold: Hold; readonly checkout: OrderCheckoutIntended['data'] }
  | { readonly status: 'awaitingPayment'; readonly placed: Placed; readonly hold: Hold; readonly checkout: OrderCheckoutOpened['data'] }
  | { readonly status: 'checkoutExpired'; readonly placed: Placed; readonly hold: Hold }
  | { readonly status: 'paid'; readonly placed: Placed; readonly paid: OrderPaid['data']; readonly service: Service }
  | {
      readonly status: 'delivered';
      readonly placed: Placed;
      readonly paid: OrderPaid['data'];
      readonly service: Service;
      readonly serverId: number;
    }
  /** The service is being ended: billing first, then the server. */
  | {
      readonly status: 'ending';
      readonly placed: Placed;
      readonly paid: OrderPaid['data'];
      readonly ending: OrderEnding['data'];
      readonly billingEnded: boolean;
    }
  | {
      readonly status: 'ended';
      readonly placed: Placed;
      readonly reason: OrderEnded['data']['reason'];
      readonly hold: Hold | null;
      /** Whether it was paid once: then it never comes back. */ readonly served: boolean;
    }
);

export type OrderStage = Order['status'];

const initial: Order = { status: 'none', seenPayments: [] };

/** Of every checkout: an order has one. */
const FIRST_ATTEMPT = 1;

/** A new order; an id is used once. */
export const placeOrder =
  (wish: Placed) =>
  (order: Order): Decision<OrderEvent> =>
    order.status === 'none' ? [{ type: 'OrderPlaced', data: wish }] : refuse('ORDER_EXISTS');

/** A node keeps room for the order. Quiet when the order already has room or no longer needs it. */
export const recordHold =
  (found: { hold: Hold; candidates: readonly Candidate[]; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'placed') return [];
    const { orderId } = order.placed;
    return [{ type: 'OrderCapacityHeld', data: { orderId, hold: found.hold, candidates: found.candidates, heldAt: found.at } }];
  };

/** Expiry and idempotency key are fixed here, once, so that every repeat sends Stripe the same request. */
export const intendCheckout =
  (intent: { expiresAt: string; idempotencyKey: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'held' && (order.status !== 'placed' || order.checkout)) return [];
    const { orderId } = order.placed;
    const { expiresAt, idempotencyKey, at } = intent;
    return [{ type: 'OrderCheckoutIntended', data: { orderId, attempt: FIRST_ATTEMPT, idempotencyKey, expiresAt, intendedAt: at } }];
  };

/** Stripe's answer. Quiet when the payment was faster than the answer. */
export const recordCheckoutOpened =
  (opened: { sessionId: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'checkoutIntended') return [];
    const { orderId, attempt, expiresAt } = order.checkout;
    return [{ type: 'OrderCheckoutOpened', data: { orderId, attempt, sessionId: opened.sessionId, expiresAt, openedAt: opened.at } }];
  };

/** Only the open session's end matters; an older one's touches nothing. */
export const recordCheckoutExpired =
  (expired: { sessionId: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'awaitingPayment' || order.checkout.sessionId !== expired.sessionId) return [];
    return [{ type: 'OrderCheckoutExpired', data: { orderId: order.placed.orderId, sessionId: expired.sessionId, expiredAt: expired.at } }];
  };

export interface ArrivedPayment {
  readonly orderId: string;
  readonly paymentId: string;
  readonly subtotal: Money;
  readonly total: Money;
  readonly paidThrough: string | null;
  /** Room taken for an order that has none; null when no node fits, undefined when none was looked for. */
  readonly newHold: Hold | null | undefined;
  readonly at: string;
}

type Arrived = Pick<ArrivedPayment, 'paymentId' | 'subtotal'>;

/** Why the order cannot take this money whatever room there is; null when it can. */
const whyNot = (order: Order, { subtotal }: Arrived): NotAcceptedReason | null => {
  if (order.status === 'none') return 'orderUnknown';
  if (order.status === 'paid' || order.status === 'delivered') return 'alreadyPaid';
  if (order.status === 'ending' || (order.status === 'ended' && order.served)) return 'orderEnded';
  if (subtotal.currency !== order.placed.price.currency) return 'currencyMismatch';
  return subtotal.amountMinor === order.placed.price.amountMinor ? null : 'amountMismatch';
};

/** Whether the order would take this money but has no room of its own: then, and only then, some is to be looked for. */
export const needsRoom = (order: Order, payment: Arrived): order is Extract<Order, { status: 'placed' | 'ended' }> =>
  (order.status === 'placed' || order.status === 'ended') && !order.seenPayments.includes(payment.paymentId) && !whyNot(order, payment);

/** The room the order may use now: its own, or the one taken for late money. */
const roomOf = (order: Order, payment: ArrivedPayment): Hold | null =>
  'hold' in order && order.status !== 'ended' ? order.hold : (payment.newHold ?? null);

/**
 * The order alone decides whether money settles it. A repeat is silence; money it did not expect is still a fact, recorded for refund, never
 * refused. Money for an abandoned order is taken if a node fits again; that is judged only once room was looked for, so that whoever read the
 * order before it ended looks again (ORDER_NEEDS_ROOM).
 */
export const acceptPayment =
  (payment: ArrivedPayment) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.seenPayments.includes(payment.paymentId)) return [];
    if (payment.newHold === undefined && needsRoom(order, payment)) return refuse('ORDER_NEEDS_ROOM', 503);
    const reason = whyNot(order, payment);
    const hold = roomOf(order, payment);
    const { orderId, paymentId, paidThrough, at } = payment;
    if (reason !== null || order.status === 'none' || !hold) {
      const customerId = order.status === 'none' ? null : order.placed.customerId;
      return [
        {
          type: 'OrderPaymentNotAccepted',
          data: { orderId, customerId, paymentId, amount: payment.total, reason: reason ?? 'noCapacity', receivedAt: at },
        },
      ];
    }
    const { customerId, panelUserId, planId, gameId, region, resources, configurationId } = order.placed;
    const subject = { orderId, customerId, panelUserId, planId, gameId, region, resources, configurationId };
    return [{ type: 'OrderPaid', data: { ...subject, hold, paymentId, paidThrough, paidAt: at } }];
  };

/** The server is ready. A period paid once runs from here; what a late one is owed is recorded with it, hence once. */
export const recordDelivery =
  ({ late, ...delivery }: Omit<OrderDelivered['data'], 'orderId'> & { late: LateCredit | null }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'paid') return [];
    const { orderId } = order.placed;
    const delivered: OrderEvent = { type: 'OrderDelivered', data: { orderId, ...delivery } };
    if (!late) return [delivered];
    const credit = { orderId, reason: 'lateDelivery', ...late, creditedAt: delivery.readyAt } as const;
    return [delivered, { type: 'OrderServiceCredited', data: credit }];
  };

/** The panel has confirmed that the server is gone from where it was. Quiet when the order's room is that already, or it has none any more. */
export const recordMove =
  ({ moveId, hold, at }: { moveId: string; hold: Hold; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (!('paid' in order)) return [];
    const { nodeId, allocationIds } = order.paid.hold;
    const isThere = nodeId === hold.nodeId && allocationIds.join() === hold.allocationIds.join();
    return isThere ? [] : [{ type: 'OrderMoved', data: { orderId: order.placed.orderId, moveId, hold, movedAt: at } }];
  };

/** Gives up an order that nobody can pay (any more): no node had room, Stripe says its checkout is over or its money failed, or never opened one. */
export const endUnpaidOrder =
  (end: { reason: UnpaidEndReason; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    const refused = order.status === 'checkoutIntended' && end.reason === 'checkoutRefused';
    const failed = order.status === 'awaitingPayment' && end.reason === 'paymentFailed';
    const unpayable = order.status === 'placed' || order.status === 'held' || order.status === 'checkoutExpired';
    const ends = unpayable || refused || failed;
    if (!ends) return [];
    const hold = order.status === 'placed' ? null : order.hold;
    return [{ type: 'OrderEnded', data: { orderId: order.placed.orderId, reason: end.reason, hold, endedAt: end.at } }];
  };

const withRoom = (order: Exclude<Order, { status: 'none' }>, hold: Hold): Order => {
  const { placed, seenPayments } = order;
  return order.status === 'placed' && order.checkout
    ? { status: 'checkoutIntended', placed, hold, checkout: order.checkout, seenPayments }
    : { status: 'held', placed, hold, seenPayments };
};

const withCheckout = (order: Order, event: OrderEvent): Order => {
  const { seenPayments } = order;
  if (event.type === 'OrderCheckoutIntended' && order.status === 'placed') return { ...order, checkout: event.data };
  if (event.type === 'OrderCheckoutIntended' && order.status === 'held')
    return { status: 'checkoutIntended', placed: order.placed, hold: order.hold, checkout: event.data, seenPayments };
  if (event.type === 'OrderCheckoutOpened' && order.status === 'checkoutIntended')
    return { status: 'awaitingPayment', placed: order.placed, hold: order.hold, checkout: event.data, seenPayments };
  if (event.type === 'OrderCheckoutExpired' && order.status === 'awaitingPayment')
    return { status: 'checkoutExpired', placed: order.placed, hold: order.hold, seenPayments };
  return order;
};

const delivered = (order: Order, { serverId, paidThrough }: OrderDelivered['data']): Order =>
  order.status === 'paid' ? { ...order, status: 'delivered', serverId, service: { ...order.service, paidThrough } } : order;

const isServiceEvent = (event: OrderEvent): event is ServiceEvent => Object.hasOwn(SERVICE_EVENTS, event.type);

const served = (order: Order, event: ServiceEvent): Order => {
  if (order.status === 'ending' && event.type === 'OrderBillingEnded') return { ...order, billingEnded: true };
  if (order.status !== 'paid' && order.status !== 'delivered') return order;
  const { placed, paid, seenPayments } = order;
  if (event.type === 'OrderEnding') return { status: 'ending', placed, paid, ending: event.data, billingEnded: false, seenPayments };
  const seen = event.type === 'OrderPaymentAccepted' ? [...seenPayments, event.data.paymentId] : seenPayments;
  const service = withService(order.service, event);
  return {
    ...order,
    placed: event.type === 'OrderPlanChanged' ? withPlan(placed, event.data, service) : placed,
    service,
    seenPayments: seen,
  };
};

/** What was sold is the new plan from here on: what is extended, renewed and told of is that. */
const withPlan = (placed: Placed, { changeId, planId, resources, price }: OrderPlanChanged['data'], { change }: Service): Placed => {
  const priceId = change?.quote.changeId === changeId ? change.quote.priceId : placed.priceId;
  return { ...placed, planId, resources, price, priceId };
};

const evolve = (order: Order, event: OrderEvent): Order => {
  const { seenPayments } = order;
  if (event.type === 'OrderPlaced') return { status: 'placed', placed: event.data, checkout: null, seenPayments };
  if (isServiceEvent(event)) return served(order, event);
  if (order.status === 'none')
    return event.type === 'OrderPaymentNotAccepted' ? { ...order, seenPayments: [...seenPayments, event.data.paymentId] } : order;
  switch (event.type) {
    case 'OrderCapacityHeld':
      return withRoom(order, event.data.hold);
    case 'OrderCheckoutIntended':
    case 'OrderCheckoutOpened':
    case 'OrderCheckoutExpired':
      return withCheckout(order, event);
    case 'OrderPaid':
      return {
        status: 'paid',
        placed: order.placed,
        paid: event.data,
        service: serviceOf(event.data),
        seenPayments: [...seenPayments, event.data.paymentId],
      };
    case 'OrderPaymentNotAccepted':
      return { ...order, seenPayments: [...seenPayments, event.data.paymentId] };
    case 'OrderDelivered':
      return delivered(order, event.data);
    case 'OrderMoved':
      return 'paid' in order ? { ...order, paid: { ...order.paid, hold: event.data.hold } } : order;
    case 'OrderEnded':
      return {
        status: 'ended',
        placed: order.placed,
        reason: event.data.reason,
        hold: event.data.hold,
        served: 'paid' in order,
        seenPayments,
      };
  }
};

export const orderDecider: Decider<Order, OrderEvent> = { category: 'order', initial, evolve };
