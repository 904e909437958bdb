import { describe, expect, it } from '@jest/globals';
import { fieldShape, type FieldShape } from './egg-field.js';

const text: FieldShape = { type: 'text', required: false, min: null, max: null, options: [], pattern: null };

describe("an egg's variable as a form shows it", () => {
  const cases: [rules: string, shape: Partial<FieldShape>][] = [
    ['nullable|string', {}],
    ['required|string|max:20', { required: true, max: 20 }],
    ['required|string|between:3,12', { required: true, min: 3, max: 12 }],
    ['nullable|string|size:4', { min: 4, max: 4 }],
    ['required|integer', { type: 'integer', required: true }],
    ['nullable|integer|between:1,64', { type: 'integer', min: 1, max: 64 }],
    ['required|numeric|min:10', { type: 'number', required: true, min: 10 }],
    ['required|in:vanilla,oxide,carbon', { type: 'choice', required: true, options: ['vanilla', 'oxide', 'carbon'] }],
    ['nullable|in:a,b', { type: 'choice', options: ['a', 'b'] }],
    ['required|boolean', { type: 'switch', required: true, options: ['1', '0'] }],
    ['required|numeric|in:0,1', { type: 'switch', required: true, options: ['1', '0'] }],
    ['required|string|in:false,true', { type: 'switch', required: true, options: ['true', 'false'] }],
    ['nullable|alpha_dash', { pattern: { rule: 'alpha_dash', source: '^[\\p{L}\\p{M}\\p{N}_-]+$', flags: 'u' } }],
    ['required|regex:/^(a|b)$/i|max:1', { required: true, max: 1, pattern: { rule: 'regex', source: '^(a|b)$', flags: 'i' } }],
    ['nullable|regex:/(?<broken/', {}],
    ['required|rule_of_tomorrow:1', { required: true }],
  ];
  it.each(cases)('%s', (rules, shape) => {
    expect(fieldShape(rules)).toStrictEqual({ ...text, ...shape });
  });
});
