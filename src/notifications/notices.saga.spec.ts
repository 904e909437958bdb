import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { sample } from '../../test/support/project.js';
import type { LedgerEvent } from '../ledger.events.js';
import { noticeOf } from './notices.saga.js';

const PROMISE_MS = 300_000;
const of = (type: LedgerEvent['type'], changes: object = {}) => {
  const event = sample(type) as unknown as LedgerEvent;
  return noticeOf({ ...event, data: { ...event.data, ...changes } } as LedgerEvent, () => PROMISE_MS);
};

it('customers are told of these facts and of no others', () => {
  const types = readdirSync('test/samples').flatMap((file) =>
    file.endsWith('.v1.json') ? [file.replace('.v1.json', '') as LedgerEvent['type']] : [],
  );
  const told = types.flatMap((type) => {
    const notice = of(type)?.notice;
    return notice ? [[type, notice.kind]] : [];
  });
  expect(Object.fromEntries(told)).toStrictEqual({
    CustomerEmailChanged: 'emailChanged',
    InvoicePaymentFailed: 'paymentFailed',
    OrderCancellationScheduled: 'cancellationScheduled',
    OrderDelivered: 'ready',
    OrderGraceStarted: 'grace',
    OrderPaid: 'late',
    OrderReminderRaised: 'reminder',
    OrderResumed: 'resumed',
    OrderSuspended: 'suspended',
    RefundSettled: 'refunded',
  });
});

it('we are late when the promised time after payment is over', () => {
  expect(of('OrderPaid', { paidAt: '2026-11-01T10:00:00.000Z' })).toStrictEqual({
    notice: { kind: 'late', paidAt: '2026-11-01T10:00:00.000Z' },
    dueAt: '2026-11-01T10:05:00.000Z',
  });
});

it('an end is told unless the customer turned away or stood before the answer', () => {
  const kinds = ['cancelled', 'unpaid', 'refunded', 'paymentFailed', 'abandoned', 'noCapacity', 'checkoutRefused'].map(
    (reason) => of('OrderEnded', { reason })?.notice.kind ?? null,
  );
  expect(kinds).toStrictEqual(['ended', 'ended', 'ended', 'ended', null, null, null]);
});

it('neither a failing first invoice nor a server that stays stopped for another reason is told', () => {
  expect(of('InvoicePaymentFailed', { purpose: 'initial' })).toBeNull();
  expect(of('OrderResumed', { runsAgain: false })).toBeNull();
});
