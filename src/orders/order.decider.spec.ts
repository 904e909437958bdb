import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { specification } from '../../test/support/specification.js';
import { AT, EXPIRES, ORDER, CUSTOMER, held, hold, intended, opened, paid, placed } from '../../test/support/samples.js';
import {
  acceptPayment,
  endUnpaidOrder,
  intendCheckout,
  orderDecider,
  placeOrder,
  recordCheckoutExpired,
  recordCheckoutOpened,
  recordDelivery,
  recordHold,
  type ArrivedPayment,
} from './order.decider.js';
import type { OrderEvent } from './order.events.js';
import { inTurn } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import { nextPlacementStep } from './placement.saga.js';

const given = specification(orderDecider);
const price = { amountMinor: 999, currency: 'eur' };
const payment: ArrivedPayment = {
  orderId: ORDER,
  paymentId: 'pi_1',
  subtotal: price,
  total: price,
  paidThrough: null,
  newHold: null,
  at: AT,
};
const expired: OrderEvent = { type: 'OrderCheckoutExpired', data: { orderId: ORDER, sessionId: 'cs_1', expiredAt: EXPIRES } };
const abandoned: OrderEvent = { type: 'OrderEnded', data: { orderId: ORDER, reason: 'abandoned', hold, endedAt: EXPIRES } };
const delivered: OrderEvent = {
  type: 'OrderDelivered',
  data: { orderId: ORDER, serverId: 5, identifier: 'abcd1234', readyAt: AT, paidThrough: '2026-12-01T10:00:00.000Z' },
};
const notAccepted = (reason: string, customerId: string | null = CUSTOMER) => ({
  type: 'OrderPaymentNotAccepted' as const,
  data: { orderId: ORDER, customerId, paymentId: 'pi_1', amount: price, reason, receivedAt: AT },
});

describe('placing an order', () => {
  it('records what was asked for', () => void given().when(placeOrder(placed.data)).then(placed));
  it('refuses an id that is taken', () => void given(placed).when(placeOrder(placed.data)).thenRefused('ORDER_EXISTS'));
  it('records the room that was found', () =>
    void given(placed)
      .when(recordHold({ hold, candidates: [], at: AT }))
      .then(held));
  it('says nothing of room once it has some', () =>
    void given(placed, held)
      .when(recordHold({ hold: { nodeId: '2', allocationIds: [1] }, candidates: [], at: AT }))
      .thenNothing());
  it('fixes expiry and key once', () =>
    void given(placed)
      .when(intendCheckout({ expiresAt: EXPIRES, idempotencyKey: 'key-1', at: AT }))
      .then(intended));
  it('intends the checkout of an order that had room before', () =>
    void given(placed, held)
      .when(intendCheckout({ expiresAt: EXPIRES, idempotencyKey: 'key-1', at: AT }))
      .then(intended));
  it('records room and open checkout in one go, and neither where the second is refused', () => {
    const room = recordHold({ hold, candidates: [], at: AT });
    const open = recordCheckoutOpened({ sessionId: 'cs_1', at: AT });
    given(placed, intended)
      .when(inTurn(orderDecider, room, open))
      .then(held, opened);
    given(placed, intended, held)
      .when(inTurn(orderDecider, room, open))
      .then(opened);
    given(placed, intended, held, opened)
      .when(inTurn(orderDecider, room, open))
      .thenNothing();
    given(placed, intended)
      .when(inTurn(orderDecider, room, () => refuse('NO')))
      .thenRefused('NO');
    given(placed, intended)
      .when(inTurn(orderDecider, () => refuse('NO'), open))
      .thenRefused('NO');
  });
  it('gives room that is noted and a checkout that Stripe refused their end in one go', () =>
    void given(placed, intended)
      .when(inTurn(orderDecider, recordHold({ hold, candidates: [], at: AT }), endUnpaidOrder({ reason: 'checkoutRefused', at: AT })))
      .then(held, { type: 'OrderEnded', data: { orderId: ORDER, reason: 'checkoutRefused', hold, endedAt: AT } }));
  it('opens no checkout without room', () =>
    void given(placed, intended)
      .when(recordCheckoutOpened({ sessionId: 'cs_1', at: AT }))
      .thenNothing());
  it('ends where no node has room, though a checkout was intended', () =>
    void given(placed, intended)
      .when(endUnpaidOrder({ reason: 'noCapacity', at: AT }))
      .then({ type: 'OrderEnded', data: { orderId: ORDER, reason: 'noCapacity', hold: null, endedAt: AT } }));
  it.each([
    ['before there is room', [placed, intended]],
    ['with room', [placed, intended, held]],
    ['of an order that had room before', [placed, held, intended]],
  ])(
    'does not intend a second checkout beside the first, %s',
    (_when, past) =>
      void given(...past)
        .when(intendCheckout({ expiresAt: EXPIRES, idempotencyKey: 'key-2', at: AT }))
        .thenNothing(),
  );
  it('records the session Stripe opened', () =>
    void given(placed, held, intended)
      .when(recordCheckoutOpened({ sessionId: 'cs_1', at: AT }))
      .then(opened));
  it('ignores an answer slower than the payment', () =>
    void given(placed, held, intended, paid)
      .when(recordCheckoutOpened({ sessionId: 'cs_1', at: AT }))
      .thenNothing());
});

describe('a payment', () => {
  it('is taken when amount and currency match', () => void given(placed, held, intended, opened).when(acceptPayment(payment)).then(paid));
  it('is taken before our own checkout call has returned', () =>
    void given(placed, held, intended).when(acceptPayment(payment)).then(paid));
  it('is silence the second time', () => void given(placed, held, intended, opened, paid).when(acceptPayment(payment)).thenNothing());
  it('is kept for refund when the order is already paid', () =>
    void given(placed, held, intended, opened, paid)
      .when(acceptPayment({ ...payment, paymentId: 'pi_2' }))
      .then({ ...notAccepted('alreadyPaid'), data: { ...notAccepted('alreadyPaid').data, paymentId: 'pi_2' } } as OrderEvent));
  it('is kept for refund when the amount differs', () => {
    const total = { amountMinor: 998, currency: 'eur' };
    const fact = notAccepted('amountMismatch');
    given(placed, held, intended, opened)
      .when(acceptPayment({ ...payment, subtotal: total, total }))
      .then({ ...fact, data: { ...fact.data, amount: total } } as OrderEvent);
  });
  it('is kept for refund when the currency differs', () => {
    const total = { amountMinor: 999, currency: 'usd' };
    const fact = notAccepted('currencyMismatch');
    given(placed, held, intended, opened)
      .when(acceptPayment({ ...payment, subtotal: total, total }))
      .then({ ...fact, data: { ...fact.data, amount: total } } as OrderEvent);
  });
  it('compares the price before tax and coupons', () =>
    void given(placed, held, intended, opened)
      .when(acceptPayment({ ...payment, total: { amountMinor: 1189, currency: 'eur' } }))
      .then(paid));
  it('revives an abandoned order when a node fits again', () =>
    void given(placed, held, intended, opened, expired, abandoned)
      .when(acceptPayment({ ...payment, newHold: hold }))
      .then(paid));
  it('asks for room to be looked for before it judges an order that has none', () =>
    void given(placed, held, intended, opened, expired, abandoned)
      .when(acceptPayment({ ...payment, newHold: undefined }))
      .thenRefused('ORDER_NEEDS_ROOM'));
  it('is kept for refund when the room is gone', () =>
    void given(placed, held, intended, opened, expired, abandoned)
      .when(acceptPayment(payment))
      .then(notAccepted('noCapacity') as OrderEvent));
  it('is kept for refund when there is no such order', () =>
    void given()
      .when(acceptPayment(payment))
      .then(notAccepted('orderUnknown', null) as OrderEvent));
});

describe('the end of an unpaid order', () => {
  it('follows when no node has room', () =>
    void given(placed)
      .when(endUnpaidOrder({ reason: 'noCapacity', at: AT }))
      .then({ type: 'OrderEnded', data: { orderId: ORDER, reason: 'noCapacity', hold: null, endedAt: AT } }));
  it('follows when Stripe says the checkout is over', () =>
    void given(placed, held, intended, opened, expired)
      .when(endUnpaidOrder({ reason: 'abandoned', at: EXPIRES }))
      .then(abandoned));
  it('follows when Stripe would not open a checkout, and then alone', () => {
    const refused = { reason: 'checkoutRefused', at: AT } as const;
    given(placed, held, intended)
      .when(endUnpaidOrder(refused))
      .then({ type: 'OrderEnded', data: { orderId: ORDER, reason: 'checkoutRefused', hold, endedAt: AT } });
    given(placed, held, intended)
      .when(endUnpaidOrder({ reason: 'abandoned', at: AT }))
      .thenNothing();
  });
  it('follows when its money did not arrive, once it waits for that', () => {
    const failed = { reason: 'paymentFailed', at: AT } as const;
    given(placed, held, intended, opened)
      .when(endUnpaidOrder(failed))
      .then({ type: 'OrderEnded', data: { orderId: ORDER, reason: 'paymentFailed', hold, endedAt: AT } });
    given(placed, held, intended).when(endUnpaidOrder(failed)).thenNothing();
    given(placed, held, intended, opened, paid).when(endUnpaidOrder(failed)).thenNothing();
  });
  it('never comes while the customer can still pay', () =>
    void given(placed, held, intended, opened)
      .when(endUnpaidOrder({ reason: 'abandoned', at: AT }))
      .thenNothing());
  it('heeds only the open session', () => {
    given(placed, held, intended, opened)
      .when(recordCheckoutExpired({ sessionId: 'cs_1', at: EXPIRES }))
      .then(expired);
    given(placed, held, intended, opened)
      .when(recordCheckoutExpired({ sessionId: 'cs_0', at: EXPIRES }))
      .thenNothing();
  });
});

describe('delivery', () => {
  const delivery = { serverId: 5, identifier: 'abcd1234', readyAt: AT, paidThrough: '2026-12-01T10:00:00.000Z' };
  it('is recorded for a paid order', () =>
    void given(placed, held, intended, opened, paid)
      .when(recordDelivery({ ...delivery, late: null }))
      .then(delivered));
  it('is silence the second time', () =>
    void given(placed, held, intended, opened, paid, delivered)
      .when(recordDelivery({ ...delivery, late: null }))
      .thenNothing());
  it('that came late is recorded with what the subscriber is owed', () => {
    const late = { lateMs: 5_400_000, amount: { amountMinor: 3, currency: 'eur' } };
    given(placed, held, intended, opened, paid)
      .when(recordDelivery({ ...delivery, late }))
      .then(delivered, { type: 'OrderServiceCredited', data: { orderId: ORDER, reason: 'lateDelivery', ...late, creditedAt: AT } });
  });
  it('does not exist without payment', () =>
    void given(placed, held)
      .when(recordDelivery({ ...delivery, late: null }))
      .thenNothing());
});

describe('the next step of a placement', () => {
  it.each([
    [[], { do: 'nothing' }],
    [[placed, intended], { do: 'hold' }],
    [[placed, intended, held], { do: 'openCheckout' }],
    // As earlier releases recorded it.
    [[placed], { do: 'intendCheckout' }],
    [[placed, held], { do: 'intendCheckout' }],
    [[placed, held, intended], { do: 'openCheckout' }],
    [[placed, held, intended, opened], { do: 'wait', until: EXPIRES }],
    [[placed, held, intended, opened, expired], { do: 'end', reason: 'abandoned' }],
    [[placed, held, intended, opened, paid], { do: 'nothing' }],
  ] as const)('follows from %#', (events, step) => {
    expect(nextPlacementStep(given(...events).state, AT)).toStrictEqual(step);
  });
  it('asks Stripe when the session should be over', () => {
    expect(nextPlacementStep(given(placed, held, intended, opened).state, EXPIRES)).toStrictEqual({
      do: 'settleCheckout',
      sessionId: 'cs_1',
    });
  });
});

describe('any payments in any order', () => {
  it('are each recorded once, and at most one is taken', () => {
    const arrivals = fc.array(fc.record({ paymentId: fc.constantFrom('pi_1', 'pi_2', 'pi_3'), amountMinor: fc.constantFrom(999, 1) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(arrivals, (payments) => {
        let { state } = given(placed, held, intended, opened);
        const facts: OrderEvent[] = [];
        for (const { paymentId, amountMinor } of payments) {
          const money = { amountMinor, currency: 'eur' };
          const decided = acceptPayment({ ...payment, paymentId, subtotal: money, total: money })(state) as OrderEvent[];
          facts.push(...decided);
          state = decided.reduce((current, fact) => orderDecider.evolve(current, fact), state);
        }
        const ids = facts.map((fact) => (fact.data as { paymentId: string }).paymentId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(ids)).toStrictEqual(new Set(payments.map(({ paymentId }) => paymentId)));
        expect(facts.filter(({ type }) => type === 'OrderPaid').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
