import { describe, expect, it } from '@jest/globals';
import { inMoney } from './wording.js';

describe('money in words', () => {
  it.each([
    [999, 'eur', '9.99 EUR'],
    [-5, 'usd', '-0.05 USD'],
    [700, 'jpy', '700 JPY'],
    [3550, 'kwd', '3.550 KWD'],
    // ISO 4217 gives these no digits, Stripe two.
    [500, 'isk', '5.00 ISK'],
    [500, 'ugx', '5.00 UGX'],
    [12, '', '12 minor units'],
  ])('%d of %s has the digits of Stripe’s own lists', (amountMinor, currency, words) =>
    expect(inMoney({ amountMinor, currency })).toBe(words),
  );
});
