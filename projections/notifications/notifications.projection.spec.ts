import { expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { notifications } from './notifications.projection.js';

const fold = project(notifications);
const intended = sample('NotificationIntended');
const ID = (intended.data as { notificationId: string }).notificationId;
const due = {
  notificationId: ID,
  orderId: '019c1a52-4e0f-7a31-9c44-5d1f0be2a871',
  customerId: null,
  kind: 'ready',
  status: 'due',
  code: null,
  attempts: 0,
  dueAt: '2026-11-03T18:21:40.000Z',
  intendedAt: '2026-11-03T18:21:40.120Z',
  settledAt: null,
};
const started = sample('NotificationStarted');

it('a message is due, sent, and of no more interest to the runner', () => {
  expect(fold(intended)).toStrictEqual({ [ID]: due });
  const sending = { ...due, status: 'sending', attempts: 1, dueAt: '2026-11-03T18:22:40.300Z' };
  expect(fold(intended, started)).toStrictEqual({ [ID]: sending });
  const sent = { ...due, status: 'sent', attempts: 1, dueAt: null, settledAt: '2026-11-03T18:21:40.500Z' };
  expect(fold(intended, started, sample('NotificationSent'))).toStrictEqual({ [ID]: sent });
});

it('one about an account says whose, and names no order', () => {
  const data = { ...intended.data, orderId: null, customerId: 'c-1', notice: { kind: 'emailChanged', changeId: 'x' } as const };
  const row = { ...due, orderId: null, customerId: 'c-1', kind: 'emailChanged' };
  expect(fold({ ...intended, data })).toStrictEqual({ [ID]: row });
});

it('an attempt that failed is due again and says why; one that was dropped is not', () => {
  const again = { ...due, attempts: 1, code: 'SMTP_451', dueAt: '2026-11-03T18:21:45.500Z' };
  expect(fold(intended, started, sample('NotificationFailed'))).toStrictEqual({ [ID]: again });
  const dropped = { ...due, status: 'dropped', code: 'noLongerTrue', dueAt: null, settledAt: '2026-11-03T18:26:40.500Z' };
  expect(fold(intended, sample('NotificationDropped'))).toStrictEqual({ [ID]: dropped });
});

it('one that was given up waits for an operator, and is due when they ask', () => {
  const failed = sample('NotificationFailed');
  const givenUp = { ...failed, data: { ...failed.data, retryAt: null } };
  const row = { ...due, status: 'failed', attempts: 1, code: 'SMTP_451', dueAt: null, settledAt: '2026-11-03T18:21:40.500Z' };
  expect(fold(intended, started, givenUp)).toStrictEqual({ [ID]: row });
  const asked = { ...due, code: 'SMTP_451', dueAt: '2026-11-03T19:00:00.000Z' };
  expect(fold(intended, started, givenUp, sample('NotificationRetryRequested'))).toStrictEqual({ [ID]: asked });
});
