import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applied } from '../../../test/support/apply-changes.js';
import { changesBetween } from './changes.js';

describe('the changes between two values', () => {
  it('are none between equal ones', () => expect(changesBetween({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toStrictEqual([]));

  it('name the place, what was there and what is', () =>
    expect(changesBetween({ status: 'placed', hold: { nodeId: '1' } }, { status: 'held', hold: { nodeId: '2' } })).toStrictEqual([
      { path: '/status', before: 'placed', after: 'held' },
      { path: '/hold/nodeId', before: '1', after: '2' },
    ]));

  it('say only "after" of what is new and only "before" of what is gone', () =>
    expect(changesBetween({ old: 1, keys: ['a'] }, { keys: ['a', 'b'] })).toStrictEqual([
      { path: '/old', before: 1 },
      { path: '/keys/1', after: 'b' },
    ]));

  it('replace a value by one of another kind as a whole', () => {
    expect(changesBetween({ a: [1] }, { a: { 0: 1 } })).toStrictEqual([{ path: '/a', before: [1], after: { 0: 1 } }]);
    expect(changesBetween(undefined, { a: 1 })).toStrictEqual([{ path: '', after: { a: 1 } }]);
  });

  it('escape names as JSON pointers do', () => expect(changesBetween({}, { 'a/b~c': 1 })).toStrictEqual([{ path: '/a~1b~0c', after: 1 }]));

  it('lead from any value to any other', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify({ value })) as unknown);
    fc.assert(fc.property(json, json, (before, after) => expect(applied(before, changesBetween(before, after))).toStrictEqual(after)));
  });
});
