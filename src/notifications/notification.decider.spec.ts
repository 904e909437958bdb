import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, ORDER } from '../../test/support/samples.js';
import {
  attemptAt,
  claimNotification,
  dropNotification,
  intendNotification,
  notificationDecider,
  recordFailed,
  recordSent,
  retryNotification,
} from './notification.decider.js';
import type { NotificationEvent, NotificationFailed, NotificationIntended, NotificationStarted } from './notification.events.js';

const given = specification(notificationDecider);
const about = { notificationId: 'n', orderId: ORDER };
const intended: NotificationIntended = {
  type: 'NotificationIntended',
  data: { ...about, notice: { kind: 'resumed' }, happenedAt: AT, dueAt: AT, intendedAt: AT },
};
const DEADLINE = '2026-11-01T10:01:00.000Z';
const LATER = '2026-11-01T10:02:00.000Z';
const started = (attempt: number): NotificationStarted => ({
  type: 'NotificationStarted',
  data: { ...about, attempt, callDeadlineAt: DEADLINE },
});
const failed = (attempt: number, retryAt: string | null): NotificationFailed => ({
  type: 'NotificationFailed',
  data: { ...about, attempt, code: 'SMTP_451', retryAt, failedAt: AT },
});
const claim = (at: string) => claimNotification({ at, callDeadlineAt: DEADLINE });
const fail = (final = false) => recordFailed({ code: 'SMTP_451', final, at: AT });

describe('a message', () => {
  it('is intended once', () => {
    given().when(intendNotification(intended.data)).then(intended);
    given(intended).when(intendNotification(intended.data)).thenNothing();
  });

  it('is claimed when it is due, and by nobody else before the deadline', () => {
    given(intended).when(claim(AT)).then(started(1));
    given(intended).when(claim('2026-11-01T09:59:59.999Z')).thenRefused('NOTIFICATION_NOT_DUE');
    given(intended, started(1)).when(claim('2026-11-01T10:00:59.999Z')).thenRefused('NOTIFICATION_NOT_DUE');
    given(intended, started(1)).when(claim(DEADLINE)).then(started(2));
    given().when(claim(AT)).thenRefused('NOTIFICATION_NOT_DUE');
  });

  it('is sent once', () => {
    const sent = { type: 'NotificationSent', data: { ...about, attempt: 1, sentAt: AT } } as const;
    given(intended, started(1))
      .when(recordSent({ at: AT }))
      .then(sent);
    given(intended)
      .when(recordSent({ at: AT }))
      .thenNothing();
    for (const decide of [recordSent({ at: AT }), fail(), dropNotification({ reason: 'tooOld', at: AT })])
      given(intended, started(1), sent).when(decide).thenNothing();
    given(intended, started(1), sent).when(claim(LATER)).thenRefused('NOTIFICATION_NOT_DUE');
  });

  it('is tried again later and later, and given up after 20 attempts or when it is refused for good', () => {
    given(intended, started(1)).when(fail()).then(failed(1, '2026-11-01T10:00:05.000Z'));
    given(intended, started(4)).when(fail()).then(failed(4, '2026-11-01T10:00:40.000Z'));
    given(intended, started(19)).when(fail()).then(failed(19, '2026-11-01T11:00:00.000Z'));
    given(intended, started(20)).when(fail()).then(failed(20, null));
    given(intended, started(1)).when(fail(true)).then(failed(1, null));
    given(intended, failed(1, LATER)).when(claim(AT)).thenRefused('NOTIFICATION_NOT_DUE');
    given(intended, started(1), failed(1, LATER)).when(claim(LATER)).then(started(2));
  });

  it('is dropped while it is not sent', () => {
    const dropped = { type: 'NotificationDropped', data: { ...about, reason: 'tooOld', droppedAt: AT } } as const;
    given(intended)
      .when(dropNotification({ reason: 'tooOld', at: AT }))
      .then(dropped);
    given(intended, dropped)
      .when(dropNotification({ reason: 'tooOld', at: AT }))
      .thenNothing();
  });

  it('is tried again by an operator only when it was given up, and then from the start', () => {
    const asked = { type: 'NotificationRetryRequested', data: { ...about, requestedAt: LATER } } as const;
    const retry = retryNotification({ at: LATER });
    given(intended, started(20), failed(20, null)).when(retry).then(asked);
    given(intended, started(20), failed(20, null), asked).when(claim(LATER)).then(started(1));
    given(intended).when(retry).thenRefused('NOTIFICATION_NOT_FAILED');
    given().when(retry).thenRefused('NOTIFICATION_UNKNOWN');
  });

  it.each<[string | null, NotificationEvent[]]>([
    [null, []],
    [AT, [intended]],
    [DEADLINE, [intended, started(1)]],
    [LATER, [intended, started(1), failed(1, LATER)]],
    [null, [intended, started(1), failed(1, null)]],
  ])('is to be looked at again at %s', (at, past) => expect(attemptAt(given(...past).state)).toBe(at));
});
