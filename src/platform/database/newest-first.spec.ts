import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pageOfAll, type Page, type PageWish } from './newest-first.js';

interface Thing {
  readonly at: string;
  readonly id: string;
}
const order = { parts: 2, place: ({ at, id }: Thing): string[] => [at, id] };
const things = fc.uniqueArray(fc.record({ at: fc.constantFrom('1', '2', '3'), id: fc.string() }), { selector: ({ id }) => id });

const everyPage = (all: readonly Thing[], wish: PageWish): Thing[] => {
  const { items, nextCursor }: Page<Thing> = pageOfAll(all, order, wish);
  return nextCursor === null ? items : [...items, ...everyPage(all, { ...wish, cursor: nextCursor })];
};

describe('a list that is gathered from several places', () => {
  it('shows each thing once over its pages, however long they are, from either end', () => {
    fc.assert(
      fc.property(things, fc.integer({ min: 1, max: 5 }), (all, limit) => {
        const newest = everyPage(all, { limit });
        const ascending = (left: Thing, right: Thing): number => (left.at + left.id < right.at + right.id ? -1 : 1);
        expect(newest).toStrictEqual(all.toSorted(ascending).toReversed());
        expect(everyPage(all, { limit, sort: 'oldest' })).toStrictEqual(newest.toReversed());
      }),
    );
  });

  it('refuses the cursor of another list', () => {
    for (const cursor of ['x', '', Buffer.from('["1"]').toString('base64url')])
      expect(() => pageOfAll([], order, { limit: 1, cursor })).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });
});
