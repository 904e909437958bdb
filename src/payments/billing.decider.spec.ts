import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AT, CUSTOMER, ORDER } from '../../test/support/samples.js';
import { specification } from '../../test/support/specification.js';
import { moneyOfOrder } from './order-money.decider.js';
import { paymentDecider, recordFacts } from './payment.decider.js';
import type { PaymentEvent, PaymentSucceeded, ToldFact } from './payment.events.js';

const given = specification(paymentDecider);
const about = { orderId: ORDER, customerId: CUSTOMER, planId: 'minecraft-4g', region: 'eu', term: 'monthly' } as const;
const eur = (amountMinor: number) => ({ amountMinor, currency: 'eur' });
const ofInvoice = { ...about, invoiceId: 'in_2', subscriptionId: 'sub_1', receivedAt: AT };
const later = '2026-11-04T10:00:00.000Z';

const failed = (attempt: number, failedAt: string, nextAttemptAt: string | null = null) =>
  ({
    type: 'InvoicePaymentFailed',
    data: { ...ofInvoice, purpose: 'renewal', attempt, remaining: eur(999), nextAttemptAt, failedAt },
  }) as const;
const writtenOff = { type: 'InvoiceWrittenOff', data: { ...ofInvoice, status: 'void' } } as const;
const blocked = { type: 'InvoiceBlocked', data: { ...ofInvoice, code: 'x' } } as const;
const action = { type: 'InvoiceActionNeeded', data: ofInvoice } as const;
const payment = (paymentId: string): PaymentSucceeded => ({
  type: 'PaymentSucceeded',
  data: {
    ...{ ...about, paymentId, kind: 'renewal', total: eur(999), subtotal: eur(999), sessionId: null, subscriptionId: 'sub_1' },
    ...{ paidThrough: later, receivedAt: AT },
  },
});

const ofRefund = { ...about, refundId: 're_1', callId: null, paymentId: 'in_2', amount: eur(999), receivedAt: AT };
const pending = { type: 'RefundPending', data: ofRefund } as const;
const settled = { type: 'RefundSettled', data: ofRefund } as const;
const refundFailed = { type: 'RefundFailed', data: { ...ofRefund, code: 'declined' } } as const;

const ofDispute = { ...about, disputeId: 'du_1', paymentId: 'in_2', receivedAt: AT };
const opened = (inquiry: boolean) =>
  ({ type: 'DisputeOpened', data: { ...ofDispute, amount: eur(999), inquiry, reason: 'general', evidenceDueBy: null } }) as const;
const updated = (status: string, inquiry: boolean) => ({ type: 'DisputeUpdated', data: { ...ofDispute, status, inquiry } }) as const;
const moved = (direction: 'withdrawn' | 'reinstated') =>
  ({
    type: 'DisputeFundsMoved',
    data: { ...ofDispute, direction, transactionId: `txn_${direction}`, amount: eur(999), feeMinor: 0 },
  }) as const;
const closed = { type: 'DisputeClosed', data: { ...ofDispute, outcome: 'won', status: 'won' } } as const;

const linked = {
  type: 'SubscriptionLinked',
  data: { orderId: ORDER, subscriptionId: 'sub_1', stripeCustomerId: 'cus_1', linkedAt: AT },
} as const;
const facts = {
  ...{ status: 'active', itemId: 'si_1', priceId: 'price_1', quantity: 1, periodEnd: later, cancelAt: null },
  ...{ collectionPaused: false, pendingUntil: null },
};
const seen = (over: Partial<typeof facts> | { cancelAt: string; pendingUntil?: string } = {}) => ({
  ...{ orderId: ORDER, subscriptionId: 'sub_1', facts: { ...facts, ...over }, changedAt: AT },
});
const observed = (over = {}) => ({ type: 'SubscriptionObserved', data: seen(over) }) as const;
const changed = (parts: string[], over = {}) => ({ type: 'SubscriptionChanged', data: { ...seen(over), changed: parts } }) as PaymentEvent;
const ended = { type: 'SubscriptionEnded', data: { orderId: ORDER, subscriptionId: 'sub_1', reason: null, endedAt: later } } as const;
const ALL = ['status', 'plan', 'period', 'cancellation', 'collection', 'pendingChange'];
const noChange = { type: 'SubscriptionChangeExpired', data: { orderId: ORDER, subscriptionId: 'sub_1', expiredAt: AT } } as const;

describe('what Stripe tells of an order’s money', () => {
  const each: PaymentEvent[] = [
    ...[failed(1, AT), blocked, action, writtenOff, pending, settled, refundFailed, opened(false), updated('under_review', false)],
    ...[moved('withdrawn'), moved('reinstated'), closed, linked, ended, noChange, payment('in_2')],
  ];
  it.each(each.map((event) => [event.type, event] as const))('is recorded once: %s', (_type, event) => {
    given()
      .when(recordFacts([event as ToldFact]))
      .then(event);
    given(event)
      .when(recordFacts([event as ToldFact]))
      .thenNothing();
    given()
      .when(recordFacts([event as ToldFact, event as ToldFact]))
      .then(event);
  });

  it('counts attempts, not how often they are told', () => {
    given(failed(1, AT))
      .when(recordFacts([failed(1, later)]))
      .thenNothing();
    given(failed(1, AT))
      .when(recordFacts([failed(2, later)]))
      .then(failed(2, later));
  });

  it('is no news of an invoice that is paid or written off: nothing stands in its way', () => {
    for (const past of [payment('in_2'), writtenOff])
      given(past)
        .when(recordFacts([action, blocked]))
        .thenNothing();
  });

  it('tells of a subscription only what has changed, and nothing once it has ended', () => {
    given()
      .when(recordFacts([observed()]))
      .then(changed(ALL));
    given(changed(ALL))
      .when(recordFacts([observed()]))
      .thenNothing();
    given(changed(ALL))
      .when(recordFacts([observed({ cancelAt: later })]))
      .then(changed(['cancellation'], { cancelAt: later }));
    given(changed(ALL), ended)
      .when(recordFacts([observed({ status: 'past_due' })]))
      .thenNothing();
  });

  it('tells A again after B: it is the difference that is news, not the state', () =>
    void given(changed(ALL), changed(['status'], { status: 'past_due' }))
      .when(recordFacts([observed()]))
      .then(changed(['status'])));

  it('drops a change that was not paid, also when Stripe’s update came first', () => {
    const waiting = changed(ALL, { pendingUntil: later });
    given(waiting)
      .when(recordFacts([noChange, observed()]))
      .then(noChange);
    given(changed(ALL))
      .when(recordFacts([noChange, observed()]))
      .then(noChange);
  });

  it('overtakes what went before: a refund that failed was never merely on its way', () => {
    given(settled)
      .when(recordFacts([pending]))
      .thenNothing();
    given(settled)
      .when(recordFacts([refundFailed]))
      .then(refundFailed);
    given(refundFailed)
      .when(recordFacts([settled, pending]))
      .thenNothing();
    given(closed)
      .when(recordFacts([opened(false), updated('under_review', false)]))
      .thenNothing();
    given(closed)
      .when(recordFacts([moved('reinstated')]))
      .then(moved('reinstated'));
  });

  it('is judged together when it is told together', () =>
    void given()
      .when(recordFacts([failed(1, AT), payment('in_2'), blocked]))
      .then(failed(1, AT), payment('in_2')));
});

describe('in whatever order and however often it is told', () => {
  /** What a subscription is observed as is always how it is by then. */
  const HISTORY: ToldFact[] = [
    ...[linked, payment('in_1'), failed(1, AT, later), failed(2, later), payment('in_2'), blocked, action],
    ...[pending, settled, refundFailed, opened(true), updated('needs_response', false), moved('withdrawn'), moved('reinstated'), closed],
    ...[observed({ status: 'past_due' }), ended],
  ];
  const folded = (told: readonly ToldFact[]) => {
    let state = paymentDecider.initial;
    for (const fact of told) state = recordFacts([fact])(state).reduce(paymentDecider.evolve, state);
    return state;
  };
  const sorted = (state: ReturnType<typeof folded>) => {
    const { subscriptions, ...others } = state.billing;
    // Observed after its end, nothing of it is news; what was seen before is history.
    const ends = Object.values(subscriptions).map((one) => one.ended);
    const { payments, ...money } = moneyOfOrder(state);
    const subscription = money.subscription && { ...money.subscription, priceId: null };
    return { ...others, ends, money: { ...money, subscription }, payments: payments.map(({ paymentId }) => paymentId).sort() };
  };

  it('comes to the same', () => {
    const once = fc.shuffledSubarray(HISTORY, { minLength: HISTORY.length });
    const repeated = fc.array(fc.constantFrom(...HISTORY), { maxLength: 12 });
    fc.assert(
      fc.property(once, repeated, fc.integer({ min: 0, max: HISTORY.length }), (told, again, at) => {
        expect(sorted(folded([...told.slice(0, at), ...again, ...told.slice(at)]))).toStrictEqual(sorted(folded(HISTORY)));
      }),
      { numRuns: 300 },
    );
  });
});
