import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, hold, ORDER, paid, placed, resources } from '../../test/support/samples.js';
import { Refusal } from '../platform/refusal.js';
import { orderDecider } from './order.decider.js';
import type { OrderEvent } from './order.events.js';
import {
  confirmPlanChange,
  failPlanChange,
  quotePlanChange,
  recordPlanChanged,
  recordPlanRoom,
  whyNoPlanChange,
  type WantedPlan,
} from './plan-change.decider.js';
import { judgePlanChange, nextPlanStep, planPaymentDueAt, type PlanCall, type PlanMoney } from './plan-change.saga.js';
import type { OrderPlanChangeQuoted, ServiceEvent } from './service.events.js';

const given = specification(orderDecider);
const LATER = '2026-11-01T10:40:00.000Z';
const old = { amountMinor: 999, currency: 'eur' };
const plan: WantedPlan = {
  ...{ planId: 'minecraft-8g', gameId: 'minecraft', priceId: 'price_8' },
  resources: { ...resources, memoryMib: 8192 },
  price: { amountMinor: 1899, currency: 'eur' },
};
const quoteOf = (changeId: string) => ({
  ...{ changeId, due: { amountMinor: 600, currency: 'eur' }, quotedAt: AT, validUntil: '2026-11-01T10:30:00.000Z' },
  inputs: {
    ...{ by: 'stripePreview' as const, subscriptionId: 'sub_1', itemId: 'si_1', prorationDate: 1_793_527_200 },
    ...{ periodEnd: '2026-12-01T10:00:00.000Z', oldPrice: old },
  },
});
const subscribed: OrderEvent = { ...placed, data: { ...placed.data, payment: 'subscription' } };
const delivery: OrderEvent = {
  type: 'OrderDelivered',
  data: { orderId: ORDER, serverId: 9, identifier: 'abc', readyAt: AT, paidThrough: '2026-12-01T10:00:00.000Z' },
};
const delivered: readonly OrderEvent[] = [
  subscribed,
  { type: 'OrderCapacityHeld', data: { orderId: ORDER, hold, candidates: [], heldAt: AT } },
  paid,
  delivery,
];
const { planId: toPlanId, resources: wanted, price, priceId } = plan;
const quoted = (changeId = 'c1'): OrderPlanChangeQuoted => ({
  type: 'OrderPlanChangeQuoted',
  data: { orderId: ORDER, fromPlanId: 'minecraft-4g', toPlanId, resources: wanted, price, priceId, ...quoteOf(changeId) },
});
const fact = <T extends ServiceEvent['type']>(type: T, data: object): Extract<ServiceEvent, { type: T }> =>
  ({ type, data: { orderId: ORDER, ...data } }) as Extract<ServiceEvent, { type: T }>;
const confirmed = fact('OrderPlanChangeConfirmed', { changeId: 'c1', confirmedAt: AT });
const requested = fact('OrderPlanChangeRequested', { changeId: 'c1', hold, requestedAt: AT });
const isPaid = fact('OrderPlanChangePaid', { changeId: 'c1', paidAt: AT });
const changed = fact('OrderPlanChanged', { changeId: 'c1', planId: toPlanId, resources: wanted, price, changedAt: AT });
const failed = (code: string, undo: object | null) => fact('OrderPlanChangeFailed', { changeId: 'c1', code, undo, failedAt: AT });
const quote = quotePlanChange({ plan, quote: quoteOf('c1') });
const confirm = (at = AT) => confirmPlanChange({ changeId: 'c1', at });

describe('a quote', () => {
  it('is given to a subscription that is served, and anew until one is confirmed', () => {
    given(...delivered)
      .when(quote)
      .then(quoted());
    given(...delivered, quoted('c0'))
      .when(quote)
      .then(quoted());
    given(...delivered, quoted(), confirmed, failed('NO_CAPACITY', null))
      .when(quote)
      .then(quoted());
  });

  it.each<[string, readonly OrderEvent[]]>([
    ['ORDER_NOT_SERVED', delivered.slice(0, 3)],
    ['PLAN_CHANGE_ONLY_FOR_SUBSCRIPTIONS', [placed, ...delivered.slice(1)]],
    ['PLAN_CHANGE_UNDER_WAY', [...delivered, quoted(), confirmed]],
    ['PLAN_CHANGE_UNDER_WAY', [...delivered, quoted(), confirmed, requested, isPaid]],
    ['ORDER_CANCELLED', [...delivered, fact('OrderCancellationScheduled', { endAt: LATER, scheduledAt: AT })]],
    ['ORDER_IN_DISPUTE', [...delivered, fact('OrderSuspended', { reason: 'dispute', deleteAt: null, suspendedAt: AT })]],
    ['ORDER_SUSPENDED', [...delivered, fact('OrderSuspended', { reason: 'operator', deleteAt: null, suspendedAt: AT })]],
    [
      'ORDER_NOT_PAID',
      [...delivered, fact('OrderGraceStarted', { cause: 'renewalFailed', invoiceId: null, graceUntil: LATER, startedAt: AT })],
    ],
    ['ORDER_NOT_SERVED', [...delivered, fact('OrderEnding', { reason: 'cancelled', subscriptionId: null, endingAt: AT })]],
    ['PLAN_UNCHANGED', [...delivered, quoted(), confirmed, requested, isPaid, changed]],
  ])('is refused with %s', (code, past) =>
    given(...past)
      .when(quote)
      .thenRefused(code),
  );

  it.each<[string, Partial<WantedPlan>]>([
    ['PLAN_OF_ANOTHER_GAME', { gameId: 'rust' }],
    ['PLAN_UNCHANGED', { planId: 'minecraft-4g' }],
    ['CURRENCY_MISMATCH', { price: { amountMinor: 1, currency: 'usd' } }],
    ['PORTS_DIFFER', { resources: { ...resources, ports: 2 } }],
  ])('of a plan that does not fit is refused with %s', (code, over) => {
    const refused = whyNoPlanChange(given(...delivered).state, { ...plan, ...over });
    expect(refused instanceof Refusal && refused.code).toBe(code);
  });
});

describe('the yes to a quote', () => {
  it('is recorded once, while the quote holds', () => {
    given(...delivered, quoted())
      .when(confirm())
      .then(confirmed);
    for (const later of [[], [requested], [requested, isPaid, changed]])
      given(...delivered, quoted(), confirmed, ...later)
        .when(confirm(LATER))
        .thenNothing();
    given(...delivered, quoted())
      .when(confirm(LATER))
      .thenRefused('QUOTE_EXPIRED');
  });
  it('counts for the last quote only, and for an order that may still change', () => {
    given(...delivered)
      .when(confirm())
      .thenRefused('QUOTE_UNKNOWN');
    given(...delivered, quoted(), quoted('c2'))
      .when(confirm())
      .thenRefused('QUOTE_UNKNOWN');
    const suspended = fact('OrderSuspended', { reason: 'operator', deleteAt: null, suspendedAt: AT });
    given(...delivered, quoted(), suspended)
      .when(confirm())
      .thenRefused('ORDER_SUSPENDED');
  });
});

describe('a change that is wanted', () => {
  it('is asked of Stripe once there is room', () => {
    given(...delivered, quoted(), confirmed)
      .when(recordPlanRoom({ changeId: 'c1', at: AT }))
      .then(requested);
    given(...delivered, quoted(), confirmed, requested)
      .when(recordPlanRoom({ changeId: 'c1', at: AT }))
      .thenNothing();
  });
  it('makes the order one of the new plan once the server has its size', () => {
    const after = given(...delivered, quoted(), confirmed, requested, isPaid);
    after.when(recordPlanChanged({ changeId: 'c1', at: AT })).then(changed);
    after.when(recordPlanChanged({ changeId: 'c2', at: AT })).thenNothing();
    const { state } = given(...delivered, quoted(), confirmed, requested, isPaid, changed);
    expect(state).toMatchObject({ placed: { planId: toPlanId, priceId, price, resources: wanted } });
  });
  it('fails with nothing to undo before Stripe has changed anything, and with the old price after', () => {
    const fail = failPlanChange({ changeId: 'c1', code: 'x', at: AT });
    given(...delivered, quoted(), confirmed)
      .when(fail)
      .then(failed('x', null));
    const undo = { subscriptionId: 'sub_1', itemId: 'si_1', priceId: 'price_1', prorationDate: 1_793_527_200 };
    given(...delivered, quoted(), confirmed, requested, isPaid)
      .when(fail)
      .then(failed('x', undo));
    given(...delivered, quoted(), confirmed, requested)
      .when(fail)
      .thenNothing();
    given(...delivered, quoted(), confirmed, requested, isPaid, changed)
      .when(fail)
      .thenNothing();
  });
});

describe('what money says of a change', () => {
  const call = (over: Partial<PlanCall> = {}): PlanCall => ({
    ...{ do: 'changePlan', changeId: 'c1', priceId, outcome: 'settled', code: null },
    ...over,
  });
  const drop = call({ do: 'dropChange', priceId: null });
  const money = (over: Partial<PlanMoney> = {}): PlanMoney => ({
    ...{ planCalls: [call()], changeDeclinedAt: null, subscription: { priceId: 'price_1', pendingUntil: null } },
    ...over,
  });
  const pending = { priceId: 'price_1', pendingUntil: LATER };
  const asked = given(...delivered, quoted(), confirmed, requested).state;
  if (asked.status !== 'delivered') throw new Error('not delivered');

  it.each<[string, PlanMoney, { step: string; event: ServiceEvent | null }]>([
    ['is for Stripe to be asked', money({ planCalls: [] }), { step: 'changeAtStripe', event: null }],
    ['waits for the call', money({ planCalls: [call({ outcome: 'open' })] }), { step: 'awaitStripe', event: null }],
    [
      'is over when Stripe refuses',
      money({ planCalls: [call({ outcome: 'refused', code: 'x' })] }),
      { step: 'nothing', event: failed('x', null) },
    ],
    ['is paid once the price is there', money({ subscription: { priceId, pendingUntil: null } }), { step: 'nothing', event: isPaid }],
    ['waits for the customer', money({ subscription: pending }), { step: 'awaitPayment', event: null }],
    ['is dropped once declined', money({ subscription: pending, changeDeclinedAt: AT }), { step: 'dropAtStripe', event: null }],
    [
      'is not dropped for an older decline',
      money({ subscription: pending, changeDeclinedAt: '2026-10-01T00:00:00.000Z' }),
      { step: 'awaitPayment', event: null },
    ],
    ['is over when dropped', money({ planCalls: [call(), drop] }), { step: 'nothing', event: failed('PAYMENT_DECLINED', null) }],
    ['is over when Stripe waits no longer', money(), { step: 'nothing', event: failed('PAYMENT_NOT_COMPLETED', null) }],
  ])('%s', (_what, said, { step, event }) => {
    expect(nextPlanStep(asked.service.change, said)).toStrictEqual({ do: step });
    expect(judgePlanChange(asked, { money: said, at: AT })).toStrictEqual(event);
  });
  it('is asked for after a day, and never of a change at another stage', () => {
    expect(planPaymentDueAt(asked.service.change)).toBe('2026-11-02T10:00:00.000Z');
    expect(planPaymentDueAt(null)).toBeNull();
  });
});
