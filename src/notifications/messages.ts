/** What customers read. Pure: a notice and what it is about in, plain text out. */
import { inMoney } from '../ops/replay/wording.js';
import type { OrderNotice } from './notification.events.js';

export interface About {
  readonly name: string;
  /** The plan, for example `Minecraft 4 GB`. */
  readonly product: string;
  readonly orderId: string;
  readonly orderUrl: string;
  /** Without a trailing slash. */
  readonly panelUrl: string;
}

export interface Words {
  readonly subject: string;
  readonly text: string;
}

/** For example `21 November 2026, 14:05 UTC`. */
const inTime = (iso: string): string =>
  `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(iso)).replace(' at ', ', ')} UTC`;

type Paragraphs = readonly [subject: string, ...text: string[]];

const SUSPENDED_FOR = {
  unpaid: 'because it is not paid for',
  dispute: 'because its payment is disputed at the bank',
  operator: 'by our staff',
} as const;

const suspended = ({ reason, deleteAt }: Extract<OrderNotice, { kind: 'suspended' }>, { product }: About): Paragraphs => [
  `Your ${product} server is suspended`,
  `Your server has been stopped ${SUSPENDED_FOR[reason]}. All of its files are kept.`,
  ...(deleteAt === null ? [] : [`It runs again as soon as you pay. Without a payment it will be deleted on ${inTime(deleteAt)}.`]),
];

/** By kind; the first is the subject. */
const paragraphs = (notice: OrderNotice, about: About): Paragraphs => {
  const { product, panelUrl } = about;
  switch (notice.kind) {
    case 'ready':
      return [
        `Your ${product} server is ready`,
        `Your server runs. Manage it on the panel: ${panelUrl}/server/${notice.identifier}`,
        `It is paid until ${inTime(notice.paidThrough)}.`,
      ];
    case 'late':
      return [
        `Your ${product} server is late`,
        `You paid on ${inTime(notice.paidAt)} and your server is not ready yet. That is our fault, and we are looking into it. You need not do anything: we owe you a server or your money back.`,
      ];
    case 'paymentFailed': {
      const next = notice.nextAttemptAt === null ? [] : [`It will be tried again on ${inTime(notice.nextAttemptAt)}.`];
      return [
        `The payment for your ${product} server failed`,
        `${inMoney(notice.remaining)} could not be collected.`,
        ...next,
        'Please check your way to pay.',
      ];
    }
    case 'reminder':
      return [
        `Your ${product} server is paid for ${notice.daysBefore} more ${notice.daysBefore === 1 ? 'day' : 'days'}`,
        `It is paid until ${inTime(notice.paidThrough)}. Pay for another term to keep it.`,
      ];
    case 'grace':
      return [
        `Your ${product} server is not paid for`,
        `It runs on until ${inTime(notice.graceUntil)} and is suspended then, unless it is paid before.`,
      ];
    case 'suspended':
      return suspended(notice, about);
    case 'resumed':
      return [`Your ${product} server runs again`, 'Nothing was lost. Thank you.'];
    case 'refunded':
      return [
        `A refund of ${inMoney(notice.amount)}`,
        `We have given back ${inMoney(notice.amount)} for your ${product} server. Your bank may take some days to show it.`,
      ];
    case 'cancellationScheduled':
      return [
        `Your ${product} server ends on ${inTime(notice.endAt)}`,
        'You have cancelled it. Until then it runs, and you can take the cancellation back.',
      ];
    case 'ended':
      return notice.reason === 'paymentFailed'
        ? [`Your order of a ${product} server has ended`, 'Its payment did not arrive. Nothing was charged.']
        : [`Your ${product} server has ended`, 'The server and its files are deleted, and nothing more will be charged for it.'];
  }
};

/** Subject and text of a notice. */
export const messageOf = (notice: OrderNotice, about: About): Words => {
  const [subject, ...text] = paragraphs(notice, about);
  return {
    subject,
    text: [`Hello ${about.name},`, ...text, `Your order: ${about.orderUrl}`, `Order number: ${about.orderId}`].join('\n\n'),
  };
};

/** To the address that is the customer's no more; the new one is not named, for somebody else may read this one. */
export const emailChangedMessage = (about: { readonly name: string; readonly at: string; readonly accountUrl: string }): Words => ({
  subject: 'Your e-mail address was changed',
  text: [
    `Hello ${about.name},`,
    `The e-mail address of your account was changed on ${inTime(about.at)}. You log in with the new one from now on, and nothing more is sent to this one.`,
    'If that was not you, somebody knows your password: write to our support at once.',
    `Your account: ${about.accountUrl}`,
  ].join('\n\n'),
});
