import { describe, expect, it } from '@jest/globals';
import { matterPage, type Matter, type MattersWish } from './attention.query.js';

const matter = (name: string, raisedAt: string, more: Partial<Matter> = {}): Matter => ({
  ...{ attentionKey: name, kind: 'refund', severity: 'warning', subjectId: name, orderId: null, code: 'CODE', details: {}, raisedAt },
  ...more,
});
const open = [
  matter('old', '2026-11-01T00:00:00.000Z', { orderId: 'order-1' }),
  matter('worst', '2026-11-02T00:00:00.000Z', { severity: 'critical', kind: 'drift' }),
  matter('new', '2026-11-03T00:00:00.000Z'),
];
const shown = (wish: Partial<MattersWish>): string[] =>
  matterPage(open, { limit: 10, sort: 'urgency', ...wish }).items.map(({ attentionKey }) => attentionKey);

describe('what needs a human', () => {
  it('shows what is critical first, or goes by age', () => {
    expect(shown({})).toStrictEqual(['worst', 'new', 'old']);
    expect(shown({ sort: 'newest' })).toStrictEqual(['new', 'worst', 'old']);
    expect(shown({ sort: 'oldest' })).toStrictEqual(['old', 'worst', 'new']);
  });

  it('is narrowed by kind, severity and order, and turned over', () => {
    expect(shown({ kind: 'drift' })).toStrictEqual(['worst']);
    expect(shown({ severity: 'warning' })).toStrictEqual(['new', 'old']);
    expect(shown({ orderId: 'order-1' })).toStrictEqual(['old']);
    const { nextCursor } = matterPage(open, { limit: 1, sort: 'urgency' });
    expect(shown({ cursor: nextCursor ?? '' })).toStrictEqual(['new', 'old']);
  });
});
