import { describe, expect, it } from '@jest/globals';
import { arrayOf } from './array-literal.js';

describe('an array in PostgreSQL’s notation', () => {
  it.each([
    ['nothing at all', [], '{}'],
    ['null beside the word', [null, 'NULL', ''], '{null,"NULL",""}'],
    ['quotes and backslashes', ['say "hi"', 'a\\b'], '{"say \\"hi\\"","a\\\\b"}'],
    ['commas and braces', ['{a,b}'], '{"{a,b}"}'],
    ['control characters as they are', ['line\nbreak\ttab\u0001"'], '{"line\nbreak\ttab\u0001\\""}'],
    ['characters beyond the basic plane as they are', ['🎮 "é"'], '{"🎮 \\"é\\""}'],
    ['JSON', ['{"a":"b\\n"}'], '{"{\\"a\\":\\"b\\\\n\\"}"}'],
  ])('has %s', (_what, values, text) => expect(arrayOf(values)).toBe(text));
});
