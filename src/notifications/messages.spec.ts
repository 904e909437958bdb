import { describe, expect, it } from '@jest/globals';
import { emailChangedMessage, messageOf } from './messages.js';
import type { OrderNotice } from './notification.events.js';

const ABOUT = {
  name: 'Ada',
  product: 'Minecraft Starter',
  orderId: 'o-1',
  orderUrl: 'https://shop.example/orders/o-1',
  panelUrl: 'https://panel.example',
};
const AT = '2026-11-21T14:05:00.000Z';
const END = 'Your order: https://shop.example/orders/o-1\n\nOrder number: o-1';

describe('what customers read', () => {
  it.each<[OrderNotice, string, string]>([
    [
      { kind: 'ready', identifier: 'd3aac109', paidThrough: AT },
      'Your Minecraft Starter server is ready',
      'Your server runs. Manage it on the panel: https://panel.example/server/d3aac109\n\nIt is paid until 21 November 2026, 14:05 UTC.',
    ],
    [
      { kind: 'paymentFailed', remaining: { amountMinor: 999, currency: 'eur' }, nextAttemptAt: AT },
      'The payment for your Minecraft Starter server failed',
      '9.99 EUR could not be collected.\n\nIt will be tried again on 21 November 2026, 14:05 UTC.\n\nPlease check your way to pay.',
    ],
    [
      { kind: 'suspended', reason: 'unpaid', deleteAt: AT },
      'Your Minecraft Starter server is suspended',
      'Your server has been stopped because it is not paid for. All of its files are kept.\n\nIt runs again as soon as you pay. Without a payment it will be deleted on 21 November 2026, 14:05 UTC.',
    ],
    [
      { kind: 'suspended', reason: 'dispute', deleteAt: null },
      'Your Minecraft Starter server is suspended',
      'Your server has been stopped because its payment is disputed at the bank. All of its files are kept.',
    ],
    [
      { kind: 'refunded', amount: { amountMinor: 500, currency: 'jpy' } },
      'A refund of 500 JPY',
      'We have given back 500 JPY for your Minecraft Starter server. Your bank may take some days to show it.',
    ],
    [
      { kind: 'grace', graceUntil: AT },
      'Your Minecraft Starter server is not paid for',
      'It runs on until 21 November 2026, 14:05 UTC and is suspended then, unless it is paid before.',
    ],
    [
      { kind: 'ended', reason: 'paymentFailed' },
      'Your order of a Minecraft Starter server has ended',
      'Its payment did not arrive. Nothing was charged.',
    ],
  ])('%j', (notice, subject, text) => {
    expect(messageOf(notice, ABOUT)).toStrictEqual({ subject, text: `Hello Ada,\n\n${text}\n\n${END}` });
  });

  it('counts one day as one', () => {
    const subjects = [1, 3].map((daysBefore) => messageOf({ kind: 'reminder', daysBefore, paidThrough: AT }, ABOUT).subject);
    expect(subjects).toStrictEqual([
      'Your Minecraft Starter server is paid for 1 more day',
      'Your Minecraft Starter server is paid for 3 more days',
    ]);
  });

  it('says at the old address that it is theirs no more, and not which one is', () => {
    const { subject, text } = emailChangedMessage({ name: 'Ada', at: AT, accountUrl: 'https://shop.example/account' });
    expect(subject).toBe('Your e-mail address was changed');
    expect(text).toBe(
      [
        'Hello Ada,',
        'The e-mail address of your account was changed on 21 November 2026, 14:05 UTC. You log in with the new one from now on, and nothing more is sent to this one.',
        'If that was not you, somebody knows your password: write to our support at once.',
        'Your account: https://shop.example/account',
      ].join('\n\n'),
    );
  });
});
