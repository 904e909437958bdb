/** A message is told once: claimed before it is sent, and settled after. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { DropReason, NotificationEvent, NotificationIntended } from './notification.events.js';

interface Intended {
  readonly intended: NotificationIntended['data'];
  readonly attempts: number;
}
export type Notification =
  | { readonly status: 'none' }
  | (Intended &
      (
        | { readonly status: 'due'; readonly dueAt: string }
        | { readonly status: 'sending'; readonly callDeadlineAt: string }
        | { readonly status: 'sent' }
        | { readonly status: 'dropped'; readonly reason: DropReason }
        | { readonly status: 'failed'; readonly code: string }
      ));

type Rule = (notification: Notification) => Decision<NotificationEvent>;

const ATTEMPTS_MAX = 20;
const BACK_OFF_FIRST_MS = 5_000;
const BACK_OFF_MAX_MS = 3_600_000;

/** One fact is told of once. */
export const intendNotification =
  (data: NotificationIntended['data']): Rule =>
  (notification) =>
    notification.status === 'none' ? [{ type: 'NotificationIntended', data }] : [];

/** When the next attempt may be made; null when there is none to make. */
export const attemptAt = (notification: Notification): string | null => {
  if (notification.status === 'due') return notification.dueAt;
  return notification.status === 'sending' ? notification.callDeadlineAt : null;
};

/** The thread of work it belongs to: the order, or the customer. */
export const threadOf = ({ orderId, customerId, notificationId }: NotificationIntended['data']): string =>
  orderId ?? customerId ?? notificationId;

const about = ({ intended: { notificationId, orderId } }: Intended) => ({ notificationId, orderId });

/** Claims one attempt. An earlier one without an outcome may have been sent: the message's own id lets mail servers see the repeat. */
export const claimNotification =
  (claim: { at: string; callDeadlineAt: string }): Rule =>
  (notification) => {
    const from = attemptAt(notification);
    if (notification.status === 'none' || from === null || claim.at < from) return refuse('NOTIFICATION_NOT_DUE');
    const { callDeadlineAt } = claim;
    return [{ type: 'NotificationStarted', data: { ...about(notification), attempt: notification.attempts + 1, callDeadlineAt } }];
  };

/** Quiet unless an attempt is under way. */
export const recordSent =
  ({ at }: { at: string }): Rule =>
  (notification) => {
    if (notification.status !== 'sending') return [];
    return [{ type: 'NotificationSent', data: { ...about(notification), attempt: notification.attempts, sentAt: at } }];
  };

/** Tried again later and later, and then left to a person; at once where the mail server has refused for good. Quiet unless an attempt is under way. */
export const recordFailed =
  (failure: { code: string; final: boolean; at: string }): Rule =>
  (notification) => {
    if (notification.status !== 'sending') return [];
    const { attempts } = notification;
    const { code, at } = failure;
    const pauseMs = Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);
    const retryAt = failure.final || attempts >= ATTEMPTS_MAX ? null : new Date(Date.parse(at) + pauseMs).toISOString();
    return [{ type: 'NotificationFailed', data: { ...about(notification), attempt: attempts, code, retryAt, failedAt: at } }];
  };

/** Quiet when it was sent or dropped before. */
export const dropNotification =
  (drop: { reason: DropReason; at: string }): Rule =>
  (notification) => {
    if (notification.status === 'none' || attemptAt(notification) === null) return [];
    return [{ type: 'NotificationDropped', data: { ...about(notification), reason: drop.reason, droppedAt: drop.at } }];
  };

/** An operator's wish. */
export const retryNotification =
  ({ at }: { at: string }): Rule =>
  (notification) => {
    if (notification.status === 'none') return refuse('NOTIFICATION_UNKNOWN', 404, 'There is no such message.');
    if (notification.status !== 'failed')
      return refuse('NOTIFICATION_NOT_FAILED', 409, 'Only a message that was given up can be tried again.');
    return [{ type: 'NotificationRetryRequested', data: { ...about(notification), requestedAt: at } }];
  };

const evolve = (notification: Notification, event: NotificationEvent): Notification => {
  if (event.type === 'NotificationIntended') return { status: 'due', intended: event.data, attempts: 0, dueAt: event.data.dueAt };
  if (notification.status === 'none') return notification;
  const { intended, attempts } = notification;
  const known = { intended, attempts };
  switch (event.type) {
    case 'NotificationStarted':
      return { intended, attempts: event.data.attempt, status: 'sending', callDeadlineAt: event.data.callDeadlineAt };
    case 'NotificationSent':
      return { ...known, status: 'sent' };
    case 'NotificationDropped':
      return { ...known, status: 'dropped', reason: event.data.reason };
    case 'NotificationFailed': {
      const { code, retryAt } = event.data;
      return retryAt === null ? { ...known, status: 'failed', code } : { ...known, status: 'due', dueAt: retryAt };
    }
    case 'NotificationRetryRequested':
      return { intended, attempts: 0, status: 'due', dueAt: event.data.requestedAt };
  }
};

export const notificationDecider: Decider<Notification, NotificationEvent> = {
  category: 'notification',
  initial: { status: 'none' },
  evolve,
};
