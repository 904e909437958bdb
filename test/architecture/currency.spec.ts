/** The dashboard shares no code with the ledger: that both write the same amount is seen here. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digitsOf as digitsOfPage, minorOf, moneyIn } from '../../dashboard/src/parts/currency.js';
import { digitsOf, inMoney } from '../../src/ops/replay/wording.js';

const CURRENCIES = Intl.supportedValuesOf('currency').map((code) => code.toLowerCase());
const currencies = fc.constantFrom(...CURRENCIES, 'isk', 'ugx', 'mga', 'jpy', 'kwd');
/** Digits and signs alone: `€9.99` and `9.99 EUR` are the same amount. */
const numberIn = (text: string): number => Number(text.replaceAll(/[^\d.-]/g, ''));

describe('an amount of money', () => {
  it('has as many digits after the point in the dashboard as in what the ledger writes', () => {
    expect(CURRENCIES.length).toBeGreaterThan(100);
    for (const code of CURRENCIES)
      expect([code, digitsOfPage(code), digitsOfPage(code.toUpperCase())]).toStrictEqual([code, digitsOf(code), digitsOf(code)]);
  });

  it('reads the same on a page and in a message, whatever the currency', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), currencies, (amountMinor, currency) => {
        const words = inMoney({ amountMinor, currency }).slice(0, -currency.length);
        expect(numberIn(moneyIn('en', amountMinor, currency.toUpperCase()).replace(currency.toUpperCase(), ''))).toBe(Number(words));
      }),
    );
  });

  it('is asked for in the units in which it is shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), currencies, fc.constantFrom('.', ','), (amountMinor, currency, point) => {
        const typed = (amountMinor / 10 ** digitsOf(currency)).toFixed(digitsOf(currency)).replace('.', point);
        expect([typed, currency, minorOf(typed, currency)]).toStrictEqual([typed, currency, amountMinor]);
      }),
    );
  });

  it.each([
    [500, 'ISK', 'ISK 5'],
    [550, 'UGX', 'UGX 5.50'],
    [999, 'EUR', '€9.99'],
    [900, 'EUR', '€9.00'],
    [700, 'JPY', '¥700'],
    [3550, 'KWD', 'KWD 3.550'],
  ])('%d of %s is %s', (amountMinor, currency, words) =>
    expect(moneyIn('en', amountMinor, currency).replaceAll('\u00a0', ' ')).toBe(words),
  );
});
