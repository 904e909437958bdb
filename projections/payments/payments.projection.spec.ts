import { describe, expect, it } from '@jest/globals';
import { sameRowsInAnyBatches } from '../../test/support/batches.js';
import { project, sample } from '../../test/support/project.js';
import { NOT_MOVED, payments } from './payments.projection.js';

const fold = project(payments);

const INTENT = 'pi_3QK4dW2eZvKYlo2C1f8uXqLm';
const SESSION = 'cs_live_a1Qh7TtV0b4sYw2LrXk9PzJm3NcEd8FgUo5';
const REFUND = 're_3QK4dW2eZvKYlo2C1tYb9LrP';
const key = `payment:${INTENT}`;
const order = {
  orderId: '019c1a52-4e0f-7a31-9c44-5d1f0be2a871',
  customerId: '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210',
  planId: 'minecraft-4g',
  region: 'eu-central',
  term: 'monthly',
};
const nothingYet = { invoice: null, subscription: null, concerns: null, paidThrough: null, offStripeMinor: null, feeMinor: null };
const pendingRow = {
  ...{ paymentKey: key, kind: 'payment', purpose: null, status: 'pending', reason: null, ...order, ...nothingYet },
  ...{ currency: 'eur', amountMinor: '999', subtotalMinor: null, paymentIntent: INTENT, session: SESSION, objectId: INTENT },
  occurredAt: '2026-11-03T18:22:40.000Z',
};
const failedRow = { ...pendingRow, status: 'failed', reason: 'async_payment_failed', occurredAt: '2026-11-06T07:02:11.000Z' };
const paidRow = { ...pendingRow, purpose: 'initial', status: 'succeeded', amountMinor: '1189', subtotalMinor: '999' };

const pending = sample('PaymentPending', 0, 'order');
const failed = sample('PaymentFailed', 1, 'order');
const succeeded = sample('PaymentSucceeded', 2, 'term');
const notAccepted = sample('OrderPaymentNotAccepted', 3);
const unmatched = sample('UnmatchedMoneyReceived', 4);

describe('payments', () => {
  it('show a payment that is on its way', () => {
    expect(fold(pending)).toStrictEqual({ [key]: pendingRow });
  });

  it('show one that failed, with the reason', () => {
    expect(fold(pending, failed)).toStrictEqual({ [key]: failedRow });
    expect(fold(failed)).toStrictEqual({ [key]: failedRow });
  });

  it('show what arrived under the name of what was on its way', () => {
    expect(fold(succeeded)).toStrictEqual({ [key]: paidRow });
    expect(fold(pending, succeeded)).toStrictEqual({ [key]: paidRow });
    expect(fold(pending, failed, succeeded)).toStrictEqual({ [key]: paidRow });
  });

  it('let nothing that is told late undo what is known', () => {
    expect(fold(failed, pending)).toStrictEqual({ [key]: failedRow });
    expect(fold(succeeded, pending, failed)).toStrictEqual({ [key]: paidRow });
  });

  it('name an invoice by its period and its subscription', () => {
    const data = {
      ...succeeded.data,
      paymentId: 'in_1',
      sessionId: null,
      subscriptionId: 'sub_1',
      paidThrough: '2026-12-03T18:22:40.000Z',
    };
    const renewal = { ...succeeded, data: { ...data, kind: 'renewal' as const } };
    const row = { ...paidRow, paymentKey: 'payment:in_1', purpose: 'renewal', paymentIntent: null, session: null, objectId: 'in_1' };
    expect(fold(renewal)).toStrictEqual({
      'payment:in_1': { ...row, invoice: 'in_1', subscription: 'sub_1', paidThrough: '2026-12-03T18:22:40.000Z' },
    });
  });

  it('show until when the order has it paid, once that has taken the money', () => {
    const accepted = sample('OrderPaymentAccepted');
    const extension = { ...succeeded, data: { ...succeeded.data, kind: 'extension' as const, paymentId: accepted.data.paymentId } };
    const { paidThrough } = accepted.data;
    expect(Object.values(fold(extension, accepted))).toMatchObject([{ purpose: 'extension', status: 'succeeded', paidThrough }]);
    expect(fold(accepted)).toStrictEqual({});
  });

  it('mark money that its order cannot take', () => {
    expect(fold(succeeded, notAccepted)).toStrictEqual({ [key]: { ...paidRow, status: 'notAccepted', reason: 'noCapacity' } });
    expect(fold(notAccepted)).toStrictEqual({});
  });

  it('keep money that names no order apart, even under the same name', () => {
    const row = {
      ...{ paymentKey: `unmatchedMoney:${INTENT}`, kind: 'unmatchedMoney', purpose: null, status: 'unmatched', reason: 'noOrderId' },
      ...{ orderId: null, customerId: null, planId: null, region: null, term: null, currency: 'eur', amountMinor: '2499' },
      ...{ subtotalMinor: null, paymentIntent: INTENT, session: null, ...nothingYet, objectId: INTENT },
      occurredAt: '2026-11-03T19:03:17.000Z',
    };
    expect(fold(unmatched)).toStrictEqual({ [`unmatchedMoney:${INTENT}`]: row });
    expect(fold(succeeded, unmatched)).toStrictEqual({ [key]: paidRow, [`unmatchedMoney:${INTENT}`]: row });
  });

  it('understand the first events, which say less', () => {
    expect(fold(sample('PaymentSucceeded'))).toStrictEqual({ [key]: { ...paidRow, term: null } });
    const bare = { customerId: null, planId: null, region: null, term: null, paymentIntent: null, objectId: SESSION };
    const early = { ...pendingRow, paymentKey: `payment:${SESSION}`, ...bare };
    expect(fold(sample('PaymentPending'))).toStrictEqual({ [`payment:${SESSION}`]: early });
    const { reason, status, occurredAt } = failedRow;
    expect(fold(sample('PaymentFailed'))).toStrictEqual({
      [`payment:${SESSION}`]: { ...early, reason, status, occurredAt, currency: null, amountMinor: null },
    });
  });

  const goneBack = { ...paidRow, kind: 'refund', purpose: null, paymentKey: `refund:${REFUND}`, objectId: REFUND, subtotalMinor: null };
  const refundRow = { ...goneBack, concerns: key, session: null, amountMinor: '-1189', occurredAt: '2026-12-14T09:00:02.000Z' };

  it('show what goes back as negative, on its way, there, or come to nothing', () => {
    const [onItsWay, there, nothing] = [sample('RefundPending'), sample('RefundSettled'), sample('RefundFailed')];
    const key = `refund:${REFUND}`;
    expect(fold(onItsWay)).toStrictEqual({ [key]: { ...refundRow, status: 'pending' } });
    expect(fold(onItsWay, there)).toStrictEqual({ [key]: refundRow });
    expect(fold(there, nothing)).toStrictEqual({ [key]: { ...refundRow, status: 'failed', reason: 'expired_or_canceled_card' } });
    const ofInvoice = { ...there, data: { ...there.data, paymentId: 'in_1' } };
    expect(fold(ofInvoice)).toStrictEqual({ [key]: { ...refundRow, concerns: 'payment:in_1', paymentIntent: null, invoice: 'in_1' } });
    const ofNothing = { ...there, data: { ...there.data, paymentId: null } };
    expect(fold(ofNothing)).toStrictEqual({ [key]: { ...refundRow, concerns: null, paymentIntent: null } });
  });

  it('show what a dispute takes and gives back, with the fee apart', () => {
    const taken = sample('DisputeFundsMoved');
    const [dispute, transaction] = [taken.data.disputeId, taken.data.transactionId];
    const row = { ...refundRow, kind: 'dispute', objectId: dispute, feeMinor: '2000', reason: 'withdrawn' };
    const takenRow = { ...row, paymentKey: `dispute:${dispute}:${transaction}`, occurredAt: '2026-12-15T09:00:02.000Z' };
    const returned = { ...taken, data: { ...taken.data, direction: 'reinstated' as const, transactionId: 'txn_2', feeMinor: 0 } };
    expect(fold(taken, returned)).toStrictEqual({
      [takenRow.paymentKey]: takenRow,
      [`dispute:${dispute}:txn_2`]: {
        ...{ ...takenRow, paymentKey: `dispute:${dispute}:txn_2`, amountMinor: '1189', feeMinor: '0', reason: 'reinstated' },
      },
    });
  });

  it('add up to what has moved at Stripe', () => {
    const rows = Object.values(fold(succeeded, sample('RefundSettled'), sample('DisputeFundsMoved'), unmatched, sample('PaymentPending')));
    const moved = rows.filter(({ status }) => !NOT_MOVED.includes(status)).map(({ amountMinor }) => Number(amountMinor));
    expect(moved.reduce((sum, amount) => sum + amount, 0)).toBe(1189 - 1189 - 1189 + 2499);
  });

  it('show each part of money without an order that went back or was taken, and leave it to the order that is told of it', () => {
    const part = sample('UnmatchedMoneyMoved');
    const whole = { ...sample('UnmatchedMoneyRefundSettled', 0, 'parts') };
    const paymentKey = `refund:${part.data.byId}`;
    const rows = fold(unmatched, part, whole);
    expect(rows[paymentKey]).toMatchObject({
      kind: 'refund',
      status: 'succeeded',
      orderId: null,
      amountMinor: '-500',
      objectId: part.data.byId,
    });
    expect(rows[paymentKey]).toMatchObject({ concerns: `unmatchedMoney:${INTENT}`, paymentIntent: INTENT, feeMinor: null });
    expect(rows[`unmatchedMoney:${INTENT}`]).toMatchObject({ status: 'refundedInParts', amountMinor: '2499' });
    const told = sample('RefundSettled');
    const orders = { ...told, data: { ...told.data, refundId: part.data.byId } };
    for (const events of [fold(unmatched, part, orders), fold(unmatched, orders, part)])
      expect(events[paymentKey]).toMatchObject({ orderId: order.orderId, concerns: key });
    const dispute = { by: 'dispute', byId: 'du_1', transactionId: 'txn_1', feeMinor: 2000 } as const;
    expect(fold(unmatched, { ...part, data: { ...part.data, ...dispute } })['dispute:du_1:txn_1']).toMatchObject({
      ...{ kind: 'dispute', reason: 'withdrawn', amountMinor: '-500', feeMinor: '2000', orderId: null },
    });
  });

  it('tell money that never passed through Stripe apart', () => {
    const cash = { ...succeeded, data: { ...succeeded.data, offStripeMinor: 500 } };
    expect(fold(cash)).toStrictEqual({ [key]: { ...paidRow, offStripeMinor: '500' } });
  });

  it('keep amounts exact that are larger than 32 bits', () => {
    const large = { amountMinor: Number.MAX_SAFE_INTEGER, currency: 'eur' };
    const rows = fold({ ...succeeded, data: { ...succeeded.data, total: large, subtotal: large } });
    expect(rows[key]).toMatchObject({ amountMinor: '9007199254740991', subtotalMinor: '9007199254740991' });
  });

  it('are the same in any batches', () => {
    sameRowsInAnyBatches(payments, [pending, failed, succeeded, notAccepted, unmatched, sample('RefundPending'), sample('RefundFailed')]);
  });
});
