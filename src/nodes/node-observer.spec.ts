import { describe, expect, it } from '@jest/globals';
import { foreignUsage } from './node-observer.js';

const server = (externalId: string | null, memory: number) => ({
  externalId,
  limits: { memory, disk: memory * 10, swap: 0, io: 500, cpu: 100, threads: null },
});

describe('what is used on a node beside our holds', () => {
  const ours = server('order_o-1', 1);
  it('is nothing while every server is an order’s with room there', () =>
    expect(foreignUsage([ours], { 'o-1': {}, 'o-2': {} })).toStrictEqual({ memoryMib: 0, diskMib: 0 }));
  it.each([
    ['without a name', server(null, 2)],
    ['of somebody else', server('shop_o-1', 2)],
    ['of the same name without ours before it', server('o-1', 2)],
    ['of an order that has no room there', server('order_o-3', 2)],
    ['of an order nobody ever heard of', server('order_toString', 2)],
  ])('counts a server %s', (_what, foreign) =>
    expect(foreignUsage([ours, foreign], { 'o-1': {} })).toStrictEqual({ memoryMib: 2, diskMib: 20 }),
  );
});
