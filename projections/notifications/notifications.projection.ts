/** One row per message to a customer: what is told, and how far it is. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Notice } from '../../src/notifications/notification.events.js';
import { ignoring, projection } from '../../src/platform/projection.js';
import {
  customerEventsIgnored,
  nodeEventsIgnored,
  orderEventsIgnored,
  paymentEventsIgnored,
  provisioningEventsIgnored,
  unmatchedMoneyIgnored,
} from '../ignored.projection.js';

export type NotificationStatus = 'due' | 'sending' | 'sent' | 'dropped' | 'failed';

export interface NotificationsRow {
  notificationId: string;
  /** Null for a message about an account. */
  orderId: string | null;
  /** Of a message about an account: whose. */
  customerId: string | null;
  kind: Notice['kind'];
  status: NotificationStatus;
  /** Why it was dropped, or of the last attempt that failed. */
  code: string | null;
  attempts: number;
  /** When the next attempt may be made; null: none. */
  dueAt: string | null;
  intendedAt: string;
  /** When it was sent, dropped or given up. */
  settledAt: string | null;
}

export const notifications = projection<NotificationsRow, LedgerEvent>({
  name: 'notifications',
  version: 2,
  key: (event) => ('notificationId' in event.data ? event.data.notificationId : ''),
  on: {
    NotificationIntended: {
      key: ({ data }) => data.notificationId,
      evolve: (_none, { data }) => ({
        notificationId: data.notificationId,
        orderId: data.orderId,
        customerId: data.customerId ?? null,
        kind: data.notice.kind,
        status: 'due',
        code: null,
        attempts: 0,
        dueAt: data.dueAt,
        intendedAt: data.intendedAt,
        settledAt: null,
      }),
      first: true,
    },
    NotificationStarted: (row, { data }) => row && { ...row, status: 'sending', attempts: data.attempt, dueAt: data.callDeadlineAt },
    NotificationSent: (row, { data }) => row && { ...row, status: 'sent', code: null, dueAt: null, settledAt: data.sentAt },
    NotificationFailed: (row, { data: { code, retryAt, failedAt } }) =>
      row && { ...row, status: retryAt === null ? 'failed' : 'due', code, dueAt: retryAt, settledAt: retryAt === null ? failedAt : null },
    NotificationDropped: (row, { data }) => row && { ...row, status: 'dropped', code: data.reason, dueAt: null, settledAt: data.droppedAt },
    NotificationRetryRequested: (row, { data }) => row && { ...row, status: 'due', attempts: 0, dueAt: data.requestedAt, settledAt: null },
    ...orderEventsIgnored,
    ...paymentEventsIgnored,
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
