import { describe, expect, it } from '@jest/globals';
import { moneyOfOrder, openMoneyOf } from './order-money.decider.js';
import { NOT_TAKEN } from './own-subscription.decider.js';
import { paymentDecider } from './payment.decider.js';
import type { PaymentEvent } from './payment.events.js';

const AT = '2026-11-21T10:00:00.000Z';
const ORDER = 'o-1';
const about = { orderId: ORDER, customerId: 'c-1', planId: 'p', region: 'eu', term: 'monthly' } as const;
const price = { amountMinor: 999, currency: 'eur' };

const linked = (subscriptionId: string): PaymentEvent => ({
  type: 'SubscriptionLinked',
  data: { orderId: ORDER, subscriptionId, stripeCustomerId: 'cus_1', linkedAt: AT },
});
const paid = (paymentId: string, subscriptionId: string): PaymentEvent => ({
  type: 'PaymentSucceeded',
  data: {
    ...{ ...about, paymentId, kind: 'initial', total: price, subtotal: price, sessionId: null, subscriptionId },
    ...{ paidThrough: null, receivedAt: AT },
  },
});
const ended = (subscriptionId: string): PaymentEvent => ({
  type: 'SubscriptionEnded',
  data: { orderId: ORDER, subscriptionId, reason: 'cancellation_requested', endedAt: AT },
});
const failed = (subscriptionId: string): PaymentEvent => ({
  type: 'InvoicePaymentFailed',
  data: {
    ...{ ...about, invoiceId: `in_of_${subscriptionId}`, subscriptionId, purpose: 'renewal', attempt: 1, remaining: price },
    ...{ nextAttemptAt: null, failedAt: AT, receivedAt: AT },
  },
});
const stray = (subscriptionId: string): PaymentEvent => ({
  type: 'StripeCallIntended',
  data: { orderId: ORDER, callId: 'end', call: { do: 'endBilling', subscriptionId }, reason: NOT_TAKEN, noteId: null, intendedAt: AT },
});
const after = (...events: readonly PaymentEvent[]) => events.reduce(paymentDecider.evolve, paymentDecider.initial);

describe('two subscriptions for one order', () => {
  it('leave the one whose money came first, whichever was linked first', () => {
    const state = after(linked('sub_2'), linked('sub_1'), paid('in_1', 'sub_1'), paid('in_2', 'sub_2'));
    expect(moneyOfOrder(state).subscription?.subscriptionId).toBe('sub_1');
    expect(openMoneyOf(state).subscriptionId).toBe('sub_1');
  });
  it('leave the other when the order did not take the money that came first', () =>
    expect(moneyOfOrder(after(paid('in_1', 'sub_1'), paid('in_2', 'sub_2'), stray('sub_1'))).subscription?.subscriptionId).toBe('sub_2'));
  it('have nothing to do with each other: neither end nor failure of the second is the order’s', () => {
    const both = after(paid('in_1', 'sub_1'), linked('sub_1'), paid('in_2', 'sub_2'), linked('sub_2'), stray('sub_2'));
    const { subscription, failing, billingEnded } = moneyOfOrder([ended('sub_2'), failed('sub_2')].reduce(paymentDecider.evolve, both));
    expect([subscription?.ended, failing, billingEnded]).toStrictEqual([null, null, false]);
    const own = moneyOfOrder([ended('sub_1'), failed('sub_1')].reduce(paymentDecider.evolve, both));
    expect([own.subscription?.ended?.reason, own.failing?.invoiceId]).toStrictEqual(['cancellation_requested', 'in_of_sub_1']);
  });
});

describe('a dispute of an order’s money', () => {
  const ofDispute = { ...about, disputeId: 'du_1', paymentId: 'in_1', receivedAt: AT };
  const opened = (inquiry: boolean): PaymentEvent => ({
    type: 'DisputeOpened',
    data: { ...ofDispute, amount: price, inquiry, reason: 'general', evidenceDueBy: null },
  });
  const closed = (outcome: 'won' | 'lost' | 'inquiryClosed'): PaymentEvent => ({
    type: 'DisputeClosed',
    data: { ...ofDispute, outcome, status: outcome },
  });
  const standing = (...events: readonly PaymentEvent[]) => moneyOfOrder(after(paid('in_1', 'sub_1'), ...events)).disputes;
  it('that is only an inquiry suspends nothing, until it becomes more than that', () => {
    expect(standing(opened(true))).toStrictEqual([]);
    expect(standing(opened(true), closed('inquiryClosed'))).toStrictEqual([]);
    const escalated: PaymentEvent = { type: 'DisputeUpdated', data: { ...ofDispute, status: 'needs_response', inquiry: false } };
    expect(standing(opened(true), escalated)).toStrictEqual([{ paymentId: ofDispute.paymentId, status: 'open' }]);
  });
  it('suspends while it is open, resumes when it is won, and ends when it is lost', () => {
    expect(standing(opened(false))).toStrictEqual([{ paymentId: ofDispute.paymentId, status: 'open' }]);
    expect(standing(opened(false), closed('won'))).toStrictEqual([]);
    expect(standing(opened(false), closed('lost'))).toStrictEqual([{ paymentId: ofDispute.paymentId, status: 'lost' }]);
  });
});
