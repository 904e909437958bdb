import { describe, expect, it } from '@jest/globals';
import { withPriceIds } from './price-ids.js';

const TEXT = `# prices   of price_a
games:
  - id: one
    plans:
      - terms:
          monthly: { oneTimePriceId: price_a,   recurringPriceId: "price_b" } # a note
          yearly:
            oneTimePriceId: price_c
`;

describe('new price ids', () => {
  it('replace the old ones where a price is named, and nothing else', () =>
    expect(
      withPriceIds(
        TEXT,
        new Map([
          ['price_a', 'price_1'],
          ['price_c', 'price_longer3'],
          ['price_z', 'price_9'],
        ]),
      ),
    ).toBe(TEXT.replace('Id: price_a', 'Id: price_1').replace('price_c', 'price_longer3')));
  it('replace a quoted one whole', () =>
    expect(withPriceIds(TEXT, new Map([['price_b', 'price_2']]))).toBe(TEXT.replace('"price_b"', 'price_2')));
  it('leave the text as it is when there are none', () => expect(withPriceIds(TEXT, new Map())).toBe(TEXT));
});
