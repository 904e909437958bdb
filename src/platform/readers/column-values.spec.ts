import { describe, expect, it } from '@jest/globals';
import { columnProblem } from './column-values.js';

const problem = (type: string, value: unknown, nullable = false): string | undefined =>
  columnProblem({ name: 'the_value', property: 'value', type, nullable }, { value });

describe('a column', () => {
  it.each([
    ['text', ['', '🎮', 'a\\u0000']],
    ['smallint', [-32_768, 32_767, '-1']],
    ['integer', [-2_147_483_648, 2_147_483_647, -0]],
    ['bigint', ['9223372036854775807', '-9223372036854775808', 7]],
    ['numeric', ['12345678901234567890.5', 0.1, 1e300]],
    ['boolean', [true, false]],
    ['double precision', [Number.MAX_VALUE, -1.5, 5e-324]],
    ['jsonb', [{ 'a\\u0000': ['🎮', '\\ud800', 'C:\\users'] }, 'text', 0]],
  ])('of type %s takes what fits', (type, values) => {
    expect(values.map((value) => problem(type, value))).toEqual(values.map(() => undefined));
  });

  it.each([
    ['text', ['a\u0000', 'half \ud83c'], 'value has characters that PostgreSQL cannot store for text'],
    ['smallint', [-32_769, 32_768], 'value is out of range for smallint'],
    ['integer', [-2_147_483_649, 3_000_000_000], 'value is out of range for integer'],
    ['integer', [1.5, 1e21, NaN, '', 'one', true], 'value is not an integer for integer'],
    ['bigint', ['9223372036854775808'], 'value is out of range for bigint'],
    ['numeric', [Infinity, '1,5'], 'value is not a number for numeric'],
    ['boolean', [1, 'yes'], 'value is neither true nor false for boolean'],
    ['double precision', ['1e400', NaN], 'value is not a number it can hold for double precision'],
    ['jsonb', [['\u0000'], { 'half \udc00': 1 }, '\\\u0000'], 'value has characters that PostgreSQL cannot store for jsonb'],
    ['jsonb', [() => 0], 'value has no JSON: it is a function'],
    ['text', [null, undefined], 'value is missing'],
  ])('of type %s refuses what does not: %j', (type, values, why) => {
    expect(values.map((value) => problem(type, value))).toEqual(values.map(() => why));
  });

  it('may be empty if it is nullable, and says why a value has no JSON', () => {
    expect(problem('integer', null, true)).toBeUndefined();
    expect(problem('jsonb', 10n)).toMatch(/^value has no JSON: .*BigInt/);
  });
});
