import { describe, expect, it } from '@jest/globals';
import { RateBudget } from './panel.rate-budget.js';

/** A budget on a clock that only waiting moves. */
const budgetOf = (callsMax: number, windowMs = 60_000): { budget: RateBudget; now: () => number; pass: (ms: number) => void } => {
  let nowMs = 0;
  const wait = (ms: number): Promise<void> => {
    nowMs += ms;
    return Promise.resolve();
  };
  return { budget: new RateBudget({ callsMax, windowMs, ticks: () => nowMs, wait }), now: () => nowMs, pass: (ms) => void (nowMs += ms) };
};

describe('the budget of calls', () => {
  it('lets the whole budget through at once, and the next only when the oldest is a minute old and had time to travel', async () => {
    const { budget, now, pass } = budgetOf(3);
    const grantedAt: number[] = [];
    for (let call = 0; call < 7; call += 1) {
      await budget.take();
      grantedAt.push(now());
      if (call < 3) pass(1000);
    }
    expect(grantedAt).toEqual([0, 1000, 2000, 61_500, 62_500, 63_500, 123_000]);
  });

  it('lets go as many in a shorter window when the panel has one', async () => {
    const { budget, now } = budgetOf(1, 6_000);
    for (let call = 0; call < 3; call += 1) await budget.take();
    expect(now()).toBe(15_000);
  });

  it('tells how long several calls at once would wait, and never more of them than it has', async () => {
    const { budget, pass } = budgetOf(3);
    expect(budget.waitMs(3)).toBe(0);
    await budget.take();
    pass(1000);
    await budget.take();
    expect([budget.waitMs(), budget.waitMs(2), budget.waitMs(3), budget.waitMs(9)]).toEqual([-1000, 60_500, 61_500, 61_500]);
  });

  it('keeps to the limit that it was given, not to the panel’s default', async () => {
    const { budget, now } = budgetOf(2);
    for (let call = 0; call < 5; call += 1) await budget.take();
    expect(now()).toBe(123_000);
  });

  it('stays closed for as long as the panel asked', async () => {
    const { budget, now } = budgetOf(3);
    budget.closeFor(5000);
    await budget.take();
    expect(now()).toBe(5000);
  });

  it('serves callers in the order they came', async () => {
    const { budget } = budgetOf(1);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((caller) => budget.take().then(() => order.push(caller))));
    expect(order).toEqual([1, 2, 3]);
  });
});
