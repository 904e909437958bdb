import { describe, expect, it } from '@jest/globals';
import { covered, MUST, uncovered } from './contract-items.js';

describe('the items of the contract', () => {
  it('that must hold all have a case', () => {
    expect(uncovered()).toEqual([]);
  });

  it('that titles of cases name exist; an item left out of the list is one that is good to have', () => {
    const optional = ['4.4', '6.1/7', '6.1/9', '6.1/12'];
    expect(covered().filter((item) => !(item in MUST) && !optional.includes(item))).toEqual([]);
  });
});
