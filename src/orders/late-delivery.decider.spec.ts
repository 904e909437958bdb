import { describe, expect, it } from '@jest/globals';
import { lateCredit, type Delivery } from './late-delivery.decider.js';

const MINUTE_MS = 60_000;
const eur = (amountMinor: number) => ({ amountMinor, currency: 'eur' });
/** Thirty days of 3,000 cents: a day is 100. */
const delivery = (over: Partial<Delivery> = {}): Delivery => ({
  ...{ payment: 'subscription', paidAt: '2026-11-01T10:00:00.000Z', readyAt: '2026-11-02T10:05:00.000Z', longestInstallMs: MINUTE_MS },
  ...{ paidThrough: '2026-12-01T10:00:00.000Z', total: eur(3_000), ...over },
});

describe('a subscriber’s server that is later than promised', () => {
  it('is owed the share of the period that passed after five minutes', () =>
    expect(lateCredit(delivery())).toStrictEqual({ lateMs: 24 * 60 * MINUTE_MS, amount: eur(100) }));
  it('or after the game’s longest install', () =>
    expect(lateCredit(delivery({ longestInstallMs: 65 * MINUTE_MS }))).toStrictEqual({ lateMs: 23 * 60 * MINUTE_MS, amount: eur(96) }));
  it('rounded up to a minor unit, also of a currency without decimals', () => {
    const yen = { amountMinor: 700, currency: 'jpy' };
    expect(lateCredit(delivery({ readyAt: '2026-11-01T10:05:00.001Z', total: yen }))).toStrictEqual({
      lateMs: 1,
      amount: { amountMinor: 1, currency: 'jpy' },
    });
  });
  it('never more than was paid, and a delay of what was free is still a delay', () => {
    expect(lateCredit(delivery({ readyAt: '2027-03-01T00:00:00.000Z' }))?.amount).toStrictEqual(eur(3_000));
    expect(lateCredit(delivery({ total: eur(0) }))).toStrictEqual({ lateMs: 24 * 60 * MINUTE_MS, amount: eur(0) });
  });
});

describe('nothing is owed', () => {
  it('within the promised time', () => expect(lateCredit(delivery({ readyAt: '2026-11-01T10:05:00.000Z' }))).toBeNull());
  it('to whoever paid once: their term begins when the server is ready', () =>
    expect(lateCredit(delivery({ payment: 'once' }))).toBeNull());
  it('where Stripe names no period', () => expect(lateCredit(delivery({ paidThrough: null }))).toBeNull());
});
