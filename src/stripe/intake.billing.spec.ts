/** Subscriptions, refunds and disputes: one case for each row of the contract's table of events. */
import { describe, expect, it } from '@jest/globals';
import * as shapes from '../../test/support/stripe-shapes.js';
import type { ToldFact } from '../payments/payment.events.js';
import { interpret } from './intake.js';
import { reduceObject } from './reduce-object.js';

const CREATED = 1_777_000_000;
const CREATED_AT = '2026-04-24T03:06:40.000Z';
const PERIOD_END = '2026-04-11T19:10:59.000Z';
const receivedAt = '2026-04-24T03:07:00.000Z';
const about = { orderId: shapes.ORDER_ID, customerId: 'c-1', planId: 'minecraft-4g', region: 'eu', term: 'monthly' } as const;

const meaning = (type: string, snapshot: object, now: object = snapshot) =>
  interpret(
    { type, snapshot: reduceObject(snapshot), object: reduceObject(now), created: CREATED, receivedAt },
    { about, paymentId: 'pi_1' },
  );
const record = (...facts: ToldFact[]) => ({ do: 'record', facts });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'eur' });

const ofSubscription = { orderId: shapes.ORDER_ID, subscriptionId: 'sub_1' };
const observed = (over: object = {}): ToldFact => ({
  type: 'SubscriptionObserved',
  data: {
    ...ofSubscription,
    facts: {
      ...{ status: 'active', itemId: 'si_1', priceId: 'price_1', quantity: 1, periodEnd: PERIOD_END, cancelAt: null },
      ...{ collectionPaused: false, pendingUntil: null, ...over },
    },
    changedAt: CREATED_AT,
  },
});
const over = {
  ...{ ...shapes.subscription, status: 'canceled', ended_at: CREATED },
  cancellation_details: { comment: null, reason: 'payment_failed' },
};
const ended: ToldFact = { type: 'SubscriptionEnded', data: { ...ofSubscription, reason: 'payment_failed', endedAt: CREATED_AT } };

describe('a subscription', () => {
  it('that is new is linked, with its state', () =>
    expect(meaning('customer.subscription.created', shapes.subscription)).toStrictEqual(
      record({ type: 'SubscriptionLinked', data: { ...ofSubscription, stripeCustomerId: 'cus_1', linkedAt: receivedAt } }, observed()),
    ));
  it.each(['updated', 'paused', 'resumed', 'pending_update_applied'])('is observed as it is now, by %s', (what) =>
    expect(meaning(`customer.subscription.${what}`, { ...shapes.subscription, status: 'past_due' }, shapes.subscription)).toStrictEqual(
      record(observed()),
    ),
  );
  it.each([
    ['paused for good', { status: 'paused', status_details: { paused: { transitioned_at: 1 } } }, { status: 'paused' }],
    ['not collected', { pause_collection: { behavior: 'void', resumes_at: null } }, { collectionPaused: true }],
    ['to end at a date, as the portal has it', { cancel_at: CREATED }, { cancelAt: CREATED_AT }],
    ['to end with its period', { cancel_at_period_end: true }, { cancelAt: PERIOD_END }],
    ['waiting for a change to be paid', { pending_update: { expires_at: CREATED } }, { pendingUntil: CREATED_AT }],
    ['of a state nobody knows yet', { status: 'hibernating' }, { status: 'hibernating' }],
  ])('is %s', (_what, now, facts) =>
    expect(meaning('customer.subscription.updated', { ...shapes.subscription, ...now })).toStrictEqual(record(observed(facts))),
  );
  it('whose change was not paid in time loses it', () =>
    expect(meaning('customer.subscription.pending_update_expired', shapes.subscription)).toStrictEqual(
      record({ type: 'SubscriptionChangeExpired', data: { ...ofSubscription, expiredAt: CREATED_AT } }, observed()),
    ));
  it('ends once, also when an update says so', () => {
    expect(meaning('customer.subscription.deleted', over)).toStrictEqual(record(ended));
    expect(meaning('customer.subscription.updated', shapes.subscription, over)).toStrictEqual(record(ended));
    expect(meaning('customer.subscription.updated', { ...over, status: 'incomplete_expired' })).toStrictEqual(record(ended));
  });
});

const ofRefund = {
  ...{ ...about, refundId: 're_1', callId: shapes.refund.metadata.refund_id, paymentId: 'pi_1', amount: eur(400), receivedAt },
};

describe('a refund', () => {
  it.each([
    ['pending', { type: 'RefundPending', data: ofRefund }],
    ['requires_action', { type: 'RefundPending', data: ofRefund }],
    ['succeeded', { type: 'RefundSettled', data: ofRefund }],
    ['failed', { type: 'RefundFailed', data: { ...ofRefund, code: 'failed' } }],
    ['canceled', { type: 'RefundFailed', data: { ...ofRefund, code: 'canceled' } }],
  ] as const)('that is %s', (status, fact) => {
    for (const type of ['refund.created', 'refund.updated', 'refund.failed'])
      expect(meaning(type, { ...shapes.refund, status })).toStrictEqual(record(fact));
  });
  it('that failed says why', () =>
    expect(meaning('refund.failed', { ...shapes.refund, status: 'failed', failure_reason: 'expired_or_canceled_card' })).toStrictEqual(
      record({ type: 'RefundFailed', data: { ...ofRefund, code: 'expired_or_canceled_card' } }),
    ));
  it('made elsewhere is nobody’s wish of ours', () =>
    expect(meaning('refund.created', { ...shapes.refund, metadata: {} })).toStrictEqual(
      record({ type: 'RefundSettled', data: { ...ofRefund, callId: null } }),
    ));
  it('of a state nobody knows yet says nothing', () =>
    expect(meaning('refund.updated', { ...shapes.refund, status: 'dreaming' })).toStrictEqual({ do: 'nothing' }));
});

const ofDispute = { ...about, disputeId: 'du_1', paymentId: 'pi_1', receivedAt };
const opened = { ...ofDispute, amount: eur(1189), reason: 'fraudulent', evidenceDueBy: '2026-03-20T09:46:40.000Z' };
const standing = (type: string, status: string) => meaning(type, { ...shapes.dispute, status });

describe('a dispute', () => {
  it.each([
    ['needs_response', false],
    ['warning_needs_response', true],
    ['under_review', false],
  ])('is opened as %s: an inquiry? %s', (status, inquiry) =>
    expect(standing('charge.dispute.created', status)).toStrictEqual(record({ type: 'DisputeOpened', data: { ...opened, inquiry } })),
  );
  it.each(['funds_withdrawn', 'funds_reinstated'])('moves money and fee, apart, once for each transaction: %s', (what) => {
    const balance_transactions = [shapes.withdrawal, shapes.reinstatement];
    expect(meaning(`charge.dispute.${what}`, { ...shapes.dispute, balance_transactions })).toStrictEqual(
      record(
        {
          type: 'DisputeFundsMoved',
          data: { ...ofDispute, direction: 'withdrawn', transactionId: 'txn_1', amount: eur(1189), feeMinor: 2000 },
        },
        {
          type: 'DisputeFundsMoved',
          data: { ...ofDispute, direction: 'reinstated', transactionId: 'txn_2', amount: eur(1189), feeMinor: 0 },
        },
      ),
    );
  });
  it.each([
    ['won', 'won'],
    ['lost', 'lost'],
    ['warning_closed', 'inquiryClosed'],
  ] as const)('is closed as %s', (status, outcome) => {
    for (const type of ['charge.dispute.closed', 'charge.dispute.updated'])
      expect(standing(type, status)).toStrictEqual(record({ type: 'DisputeClosed', data: { ...ofDispute, outcome, status } }));
  });
  it.each([
    ['under_review', false],
    ['warning_under_review', true],
    ['prevented', false],
    ['appeal_needs_response', false],
    ['appeal_under_review', false],
  ])('is %s meanwhile', (status, inquiry) =>
    expect(standing('charge.dispute.updated', status)).toStrictEqual(
      record({ type: 'DisputeUpdated', data: { ...ofDispute, status, inquiry } }),
    ),
  );
});
