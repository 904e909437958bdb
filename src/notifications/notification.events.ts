/** A message to a customer: intended, sent, failed. Stream `notification-<id>`, where the id is made of the fact that is told of. Neither words nor addresses stand here. */
import type { Money, OrderEnded } from '../orders/order.events.js';
import type { SuspensionReason } from '../orders/service.events.js';
import type { Fact } from '../platform/event.js';

/** About their account, not an order. */
export type AccountNotice = { readonly kind: 'emailChanged'; readonly changeId: string };

/** What is told of an order; everything else of the message (name, address, plan) is looked up when it is sent. */
export type OrderNotice =
  | { readonly kind: 'ready'; readonly identifier: string; readonly paidThrough: string }
  | { readonly kind: 'late'; readonly paidAt: string }
  | { readonly kind: 'paymentFailed'; readonly remaining: Money; readonly nextAttemptAt: string | null }
  | { readonly kind: 'reminder'; readonly daysBefore: number; readonly paidThrough: string }
  | { readonly kind: 'grace'; readonly graceUntil: string }
  | { readonly kind: 'suspended'; readonly reason: SuspensionReason; readonly deleteAt: string | null }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'refunded'; readonly amount: Money }
  | { readonly kind: 'cancellationScheduled'; readonly endAt: string }
  | { readonly kind: 'ended'; readonly reason: OrderEnded['data']['reason'] };

export type Notice = OrderNotice | AccountNotice;

/** The customer is to be told. */
export type NotificationIntended = Fact<
  'NotificationIntended',
  {
    readonly notificationId: string;
    /** Null for a notice about the account. */
    readonly orderId: string | null;
    /** Whose account it is about; of an order it is found there. */
    readonly customerId?: string;
    readonly notice: Notice;
    /** When what is told of happened. */
    readonly happenedAt: string;
    /** Not before; for the notice that we are late this is when we are. */
    readonly dueAt: string;
    readonly intendedAt: string;
  }
>;
/** The claim: nobody else sends it before the deadline. */
export type NotificationStarted = Fact<
  'NotificationStarted',
  { readonly notificationId: string; readonly orderId: string | null; readonly attempt: number; readonly callDeadlineAt: string }
>;
/** The mail server has taken it. */
export type NotificationSent = Fact<
  'NotificationSent',
  { readonly notificationId: string; readonly orderId: string | null; readonly attempt: number; readonly sentAt: string }
>;
/** An attempt came to nothing; `retryAt` null: no further one is made, and a person decides. */
export type NotificationFailed = Fact<
  'NotificationFailed',
  {
    readonly notificationId: string;
    readonly orderId: string | null;
    readonly attempt: number;
    /** The mail server's reply code or our own word, never its text. */
    readonly code: string;
    readonly retryAt: string | null;
    readonly failedAt: string;
  }
>;
export type DropReason = 'noLongerTrue' | 'tooOld' | 'personUnknown' | 'noMailServer';
/** It is not sent, and that is right. */
export type NotificationDropped = Fact<
  'NotificationDropped',
  { readonly notificationId: string; readonly orderId: string | null; readonly reason: DropReason; readonly droppedAt: string }
>;
/** An operator wants it tried again. */
export type NotificationRetryRequested = Fact<
  'NotificationRetryRequested',
  { readonly notificationId: string; readonly orderId: string | null; readonly requestedAt: string }
>;

export type NotificationEvent =
  NotificationIntended | NotificationStarted | NotificationSent | NotificationFailed | NotificationDropped | NotificationRetryRequested;
