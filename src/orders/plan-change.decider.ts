/** Another plan for a running subscription: quoted, wanted, given room, carried out or given up. Pure. */
import type { Decision } from '../platform/decider.js';
import { refuse, type Refusal } from '../platform/refusal.js';
import type { Order } from './order.decider.js';
import type { Money, OrderEvent, Resources } from './order.events.js';
import type { PlanChange, Service } from './service.decider.js';
import type { OrderPlanChangeQuoted } from './service.events.js';

type Delivered = Extract<Order, { status: 'delivered' }>;
type Quote = OrderPlanChangeQuoted['data'];

/** A plan of the catalog, at the order's term. */
export interface WantedPlan {
  readonly planId: string;
  readonly gameId: string;
  readonly resources: Resources;
  readonly price: Money;
  readonly priceId: string;
}

const whyNotRunning = ({ cancelAt, grace, suspensions }: Service): Refusal | null => {
  if (cancelAt !== null) return refuse('ORDER_CANCELLED', 409, 'This order ends with its period; undo that first.');
  if (suspensions.includes('dispute')) return refuse('ORDER_IN_DISPUTE', 409, 'A payment of this order is disputed.');
  if (suspensions.length > 0) return refuse('ORDER_SUSPENDED', 409, 'This order is suspended.');
  return grace ? refuse('ORDER_NOT_PAID', 409, 'This order is not paid for at the moment.') : null;
};

const UNDER_WAY: readonly PlanChange['stage'][] = ['confirmed', 'requested', 'paid'];

/** Why no plan at all can be had instead of the order's now. */
const whyNoChange = (order: Order): Refusal | null => {
  if (order.status !== 'delivered') return refuse('ORDER_NOT_SERVED', 409, 'This order has no running service.');
  if (order.placed.payment === 'once')
    return refuse('PLAN_CHANGE_ONLY_FOR_SUBSCRIPTIONS', 409, 'An order that is paid once keeps its plan; a subscription may change it.');
  const { change } = order.service;
  if (change && UNDER_WAY.includes(change.stage)) return refuse('PLAN_CHANGE_UNDER_WAY', 409, 'The plan is being changed already.');
  return whyNotRunning(order.service);
};

/** Why this plan cannot be had instead of the order's now; null when it can. */
export const whyNoPlanChange = (order: Order, plan: WantedPlan): Refusal | null => {
  const refused = whyNoChange(order);
  if (refused || order.status !== 'delivered') return refused;
  const { planId, gameId, price, resources } = order.placed;
  if (plan.gameId !== gameId) return refuse('PLAN_OF_ANOTHER_GAME', 422, 'This plan is for another game.');
  if (plan.planId === planId) return refuse('PLAN_UNCHANGED', 422, 'The order has this plan.');
  if (plan.price.currency !== price.currency) return refuse('CURRENCY_MISMATCH', 422, 'This plan is priced in another currency.');
  return plan.resources.ports === resources.ports ? null : refuse('PORTS_DIFFER', 422, 'This plan needs other ports than the server has.');
};

/** What the plan costs from now on and at once. A new quote takes the place of one that was not confirmed. */
export const quotePlanChange =
  (wish: { plan: WantedPlan; quote: Omit<Quote, 'orderId' | 'fromPlanId' | 'toPlanId' | 'resources' | 'price' | 'priceId'> }) =>
  (order: Order): Decision<OrderEvent> => {
    const { plan, quote } = wish;
    const refused = whyNoPlanChange(order, plan);
    if (refused) return refused;
    const { orderId, planId: fromPlanId } = (order as Delivered).placed;
    const { planId: toPlanId, resources, price, priceId } = plan;
    return [{ type: 'OrderPlanChangeQuoted', data: { orderId, fromPlanId, toPlanId, resources, price, priceId, ...quote } }];
  };

/** The customer takes the quote; only the last one, and while it holds. Quiet when that was said before. */
export const confirmPlanChange =
  (wish: { changeId: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    const change = 'service' in order ? order.service.change : null;
    const isSame = change?.quote.changeId === wish.changeId;
    if (isSame && change.stage !== 'quoted') return [];
    const refused = whyNoChange(order);
    if (refused) return refused;
    if (!isSame) return refuse('QUOTE_UNKNOWN', 409, 'There is no such quote, or a later one has taken its place.');
    const { orderId, changeId, validUntil } = change.quote;
    if (wish.at >= validUntil) return refuse('QUOTE_EXPIRED', 409, 'This quote no longer holds; ask for another one.');
    return [{ type: 'OrderPlanChangeConfirmed', data: { orderId, changeId, confirmedAt: wish.at } }];
  };

/** The change at this stage; undefined when it is at another, or another change. */
const changeAt = (
  order: Order,
  changeId: string,
  stages: readonly PlanChange['stage'][],
): { order: Delivered; quote: Quote } | undefined => {
  if (order.status !== 'delivered') return undefined;
  const { change } = order.service;
  return change?.quote.changeId === changeId && stages.includes(change.stage) ? { order, quote: change.quote } : undefined;
};

/** A node keeps room for the larger of both plans. */
export const recordPlanRoom =
  (found: { changeId: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    const known = changeAt(order, found.changeId, ['confirmed']);
    if (!known) return [];
    const { orderId, changeId } = known.quote;
    return [{ type: 'OrderPlanChangeRequested', data: { orderId, changeId, hold: known.order.paid.hold, requestedAt: found.at } }];
  };

/** The server has its new size. */
export const recordPlanChanged =
  (done: { changeId: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    const known = changeAt(order, done.changeId, ['paid']);
    if (!known) return [];
    const { orderId, changeId, toPlanId: planId, resources, price } = known.quote;
    return [{ type: 'OrderPlanChanged', data: { orderId, changeId, planId, resources, price, changedAt: done.at } }];
  };

/** It comes to nothing: there is no room, or the panel would not resize the server; what Stripe has changed by then is to be put back. */
export const failPlanChange =
  (failure: { changeId: string; code: string; at: string }) =>
  (order: Order): Decision<OrderEvent> => {
    const { changeId, code, at } = failure;
    const known = changeAt(order, changeId, ['confirmed', 'paid']);
    if (!known) return [];
    const isPaid = known.order.service.change?.stage === 'paid';
    const { orderId, priceId } = known.order.placed;
    const undo = isPaid ? undoOf(known.quote, priceId) : null;
    return [{ type: 'OrderPlanChangeFailed', data: { orderId, changeId, code, undo, failedAt: at } }];
  };

/** From the same second on, so that both sums cancel out. */
const undoOf = ({ inputs: { subscriptionId, itemId, prorationDate } }: Quote, priceId: string) =>
  subscriptionId === null || itemId === null ? null : { subscriptionId, itemId, priceId, prorationDate };
