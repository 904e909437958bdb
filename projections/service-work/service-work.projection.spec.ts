import { describe, expect, it } from '@jest/globals';
import { project } from '../../test/support/project.js';
import { AT, ORDER, paid, placed } from '../../test/support/samples.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import { serviceWork } from './service-work.projection.js';

const fold = project(serviceWork);
const END = '2026-12-01T10:00:00.000Z';
const data = { orderId: ORDER };

const delivered: LedgerEvent = {
  type: 'OrderDelivered',
  data: { ...data, serverId: 5, identifier: 'abcd1234', readyAt: AT, paidThrough: END },
};
const subscribed: LedgerEvent = { ...placed, data: { ...placed.data, payment: 'subscription' } };
const reminded = (daysBefore: number): LedgerEvent => ({
  type: 'OrderReminderRaised',
  data: { ...data, daysBefore, paidThrough: END, raisedAt: AT },
});
const grace: LedgerEvent = {
  type: 'OrderGraceStarted',
  data: { ...data, cause: 'periodOver', invoiceId: null, graceUntil: '2026-12-04T10:00:00.000Z', startedAt: END },
};
const suspended: LedgerEvent = {
  type: 'OrderSuspended',
  data: { ...data, reason: 'unpaid', deleteAt: '2026-12-11T10:00:00.000Z', suspendedAt: '2026-12-04T10:00:00.000Z' },
};
const extended: LedgerEvent = {
  type: 'OrderGraceExtended',
  data: { ...data, reason: 'paymentProcessing', graceUntil: '2026-12-12T10:00:00.000Z', extendedAt: '2026-12-11T10:00:00.000Z' },
};
const accepted = (purpose: 'extension' | 'change'): LedgerEvent => ({
  type: 'OrderPaymentAccepted',
  data: { ...data, paymentId: 'pi_2', purpose, paidThrough: '2027-01-01T10:00:00.000Z', acceptedAt: AT },
});
const cancelled: LedgerEvent = { type: 'OrderCancellationScheduled', data: { ...data, endAt: END, scheduledAt: AT } };
const ending: LedgerEvent = { type: 'OrderEnding', data: { ...data, reason: 'unpaid', subscriptionId: null, endingAt: END } };

const dueAt = (...events: LedgerEvent[]): string | null | undefined => fold(...events)[`service:${ORDER}`]?.dueAt;

describe('service-work', () => {
  it.each<[string, LedgerEvent[], string | null | undefined]>([
    ['never before the server is ready, paid once', [placed, paid], null],
    ['at the first reminder', [placed, paid, delivered], '2026-11-24T10:00:00.000Z'],
    ['at the next reminder', [placed, paid, delivered, reminded(7)], '2026-11-28T10:00:00.000Z'],
    ['at the end of the period once all reminders are given', [placed, paid, delivered, reminded(1)], END],
    ['a day after the period of a subscription', [subscribed, paid, delivered], '2026-12-02T10:00:00.000Z'],
    ['at the end of grace', [placed, paid, delivered, grace], '2026-12-04T10:00:00.000Z'],
    ['at the end of retention', [placed, paid, delivered, grace, suspended], '2026-12-11T10:00:00.000Z'],
    ['when a payment on its way had its time, in grace', [placed, paid, delivered, grace, extended], '2026-12-12T10:00:00.000Z'],
    ['and after retention', [placed, paid, delivered, grace, suspended, extended], '2026-12-12T10:00:00.000Z'],
    [
      'at the first reminder of the period that an extension paid for',
      [placed, paid, delivered, reminded(1), accepted('extension')],
      '2026-12-25T10:00:00.000Z',
    ],
    ['at the end, without reminders, when it is cancelled', [placed, paid, delivered, cancelled], END],
    [
      'as before once the cancellation is taken back',
      [placed, paid, delivered, cancelled, { type: 'OrderCancellationRevoked', data: { ...data, revokedAt: AT } }],
      '2026-11-24T10:00:00.000Z',
    ],
    ['never once it ends', [placed, paid, delivered, ending], undefined],
  ])('looks at a service %s', (_what, events, expected) => {
    expect(dueAt(...events)).toBe(expected);
  });

  it('goes by the earliest time after each recovery', () => {
    const recovered: LedgerEvent = { type: 'OrderResumed', data: { ...data, reason: 'unpaid', runsAgain: true, resumedAt: AT } };
    expect(dueAt(placed, paid, delivered, reminded(1), grace, suspended, recovered)).toBe(END);
    expect(dueAt(placed, paid, delivered, reminded(1), grace, { type: 'OrderGraceEnded', data: { ...data, endedAt: AT } })).toBe(END);
    expect(dueAt(placed, paid, delivered, reminded(1), accepted('change'))).toBe('2027-01-01T10:00:00.000Z');
  });

  describe('has a call toward Stripe due', () => {
    const key = `stripe-calls:${ORDER}`;
    const intended = (callId: string, intendedAt: string): LedgerEvent => ({
      type: 'StripeCallIntended',
      data: { ...data, callId, call: { do: 'endBilling', subscriptionId: 'sub_1' }, reason: 'unpaid', noteId: null, intendedAt },
    });
    const started: LedgerEvent = {
      type: 'StripeCallStarted',
      data: { ...data, callId: 'one', attempt: 1, idempotencyKey: 'one', callDeadlineAt: '2026-11-01T10:02:00.000Z' },
    };
    const failed = (retryAt: string | null): LedgerEvent => ({
      type: 'StripeCallFailed',
      data: { ...data, callId: 'one', attempt: 1, code: 'api_error', keySpent: false, failedAt: AT, retryAt },
    });
    const settled: LedgerEvent = {
      type: 'StripeCallSettled',
      data: { ...data, callId: 'one', attempt: 1, objectId: 'sub_1', status: 'canceled', settledAt: AT },
    };

    it.each<[string, LedgerEvent[], string | undefined]>([
      ['at once', [intended('one', AT)], AT],
      ['when its claim runs out', [intended('one', AT), started], '2026-11-01T10:02:00.000Z'],
      ['when it may be tried again', [intended('one', AT), started, failed('2026-11-01T10:00:02.000Z')], '2026-11-01T10:00:02.000Z'],
      ['no more once refused', [intended('one', AT), started, failed(null)], undefined],
      ['no more once settled', [intended('one', AT), started, settled], undefined],
      ['while another one waits', [intended('one', AT), intended('two', END), started, settled], END],
    ])('%s', (_what, events, expected) => {
      expect(fold(...events)[key]?.dueAt).toBe(expected);
    });
  });
});
