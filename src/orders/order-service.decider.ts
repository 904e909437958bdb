/** What may be asked of an order that is paid, and what money and time make of it. Pure. */
import type { Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { Order } from './order.decider.js';
import type { OrderEvent } from './order.events.js';
import { isPayable, judgeService, refusedPayment, unjudgedPayment, type Circumstances } from './service.saga.js';
import type { ServiceEndReason } from './service.events.js';

/** What the order says next of money and time, once it is paid; to be asked until it says nothing. */
export const continueService =
  (circumstances: Circumstances) =>
  (order: Order): Decision<OrderEvent> => {
    switch (order.status) {
      case 'paid':
      case 'delivered':
        return judgeService(order, circumstances);
      case 'ending':
        return refused(order, circumstances) ?? billingEnd(order, circumstances);
      case 'ended':
        return (order.served ? refused(order, circumstances) : undefined) ?? [];
      case 'none':
      case 'placed':
      case 'held':
      case 'checkoutIntended':
      case 'awaitingPayment':
      case 'checkoutExpired':
        return [];
    }
  };

type Over = Extract<Order, { status: 'ending' | 'ended' }>;

const refused = (order: Over, { money, at }: Circumstances): readonly OrderEvent[] | undefined => {
  const payment = unjudgedPayment(order.seenPayments, money);
  return payment && [refusedPayment(order.placed, payment, at)];
};

const billingEnd = (order: Extract<Order, { status: 'ending' }>, { money, at }: Circumstances): readonly OrderEvent[] => {
  if (order.billingEnded || !isNothingLeft(order, money)) return [];
  return [{ type: 'OrderBillingEnded', data: { orderId: order.placed.orderId, billingEndedAt: at } }];
};

/** Also a subscription that Stripe told of only after the end was decided must be over, and no checkout left to be paid. */
const isNothingLeft = ({ ending }: Extract<Order, { status: 'ending' }>, money: Circumstances['money']): boolean =>
  !isPayable(money) && (money.billingEnded || (ending.subscriptionId === null && money.subscription === null));

/** A person ends a service that runs. Quiet when it ends already. */
export const endService =
  (wish: { reason: ServiceEndReason; subscriptionId: string | null; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status === 'ending' || order.status === 'ended') return [];
    if (order.status !== 'paid' && order.status !== 'delivered') return refuse('ORDER_NOT_SERVED');
    const { reason, subscriptionId, at } = wish;
    return [{ type: 'OrderEnding', data: { orderId: order.placed.orderId, reason, subscriptionId, endingAt: at } }];
  };

/** An order that is paid once is cancelled by us; a subscription by Stripe, whose word the order then follows. */
export const scheduleCancellation =
  (wish: { at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'delivered') return refuse('ORDER_NOT_SERVED');
    const { paidThrough, cancelAt } = order.service;
    if (cancelAt !== null || paidThrough === null) return [];
    return [{ type: 'OrderCancellationScheduled', data: { orderId: order.placed.orderId, endAt: paidThrough, scheduledAt: wish.at } }];
  };

/** Quiet when nothing is scheduled. */
export const revokeCancellation =
  (wish: { at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'delivered') return refuse('ORDER_NOT_SERVED');
    return order.service.cancelAt === null
      ? []
      : [{ type: 'OrderCancellationRevoked', data: { orderId: order.placed.orderId, revokedAt: wish.at } }];
  };

/** An operator stops a service, or lets it run again. Quiet when it is so already. */
export const suspendByOperator =
  (wish: { suspend: boolean; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'delivered') return refuse('ORDER_NOT_SERVED');
    const { suspensions } = order.service;
    const { orderId } = order.placed;
    if (suspensions.includes('operator') === wish.suspend) return [];
    if (wish.suspend) return [{ type: 'OrderSuspended', data: { orderId, reason: 'operator', deleteAt: null, suspendedAt: wish.at } }];
    return [{ type: 'OrderResumed', data: { orderId, reason: 'operator', runsAgain: suspensions.length === 1, resumedAt: wish.at } }];
  };

/** The panel has confirmed that the server is gone, or there never was one. */
export const recordServiceEnded =
  (end: { at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    if (order.status !== 'ending' || !order.billingEnded) return [];
    const { placed, paid, ending } = order;
    return [{ type: 'OrderEnded', data: { orderId: placed.orderId, reason: ending.reason, hold: paid.hold, endedAt: end.at } }];
  };
