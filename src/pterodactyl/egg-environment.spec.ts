import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildEnvironment, checkAgainstRules, generateSecret } from './egg-environment.js';
import type { EggVariable } from './panel.types.js';

const variable = (envVariable: string, defaultValue: string, rules: string): EggVariable => ({
  name: envVariable,
  description: '',
  envVariable,
  defaultValue,
  userViewable: true,
  userEditable: true,
  rules,
});

const rust = [
  variable('HOSTNAME', 'A Rust Server', 'required|string|max:60'),
  { ...variable('QUERY_PORT', '27017', 'required|integer'), userEditable: false },
  variable('RCON_PASS', '', 'required|regex:/^[\\w.-]*$/|max:64'),
  variable('MAX_PLAYERS', '40', 'required|integer'),
  variable('MAP_URL', '', 'nullable|url'),
];

describe('the environment of a new server', () => {
  it('sends every default as text, under the plan, the ports, the customer and the secrets', () => {
    const built = buildEnvironment({
      variables: rust,
      plan: { MAX_PLAYERS: '100', HOSTNAME: 'From the plan' },
      ports: { QUERY_PORT: 25601 },
      customer: { HOSTNAME: 'Mine' },
      secrets: { RCON_PASS: 'abcdefgh' },
    });
    expect(built).toEqual({
      ok: true,
      environment: { HOSTNAME: 'Mine', QUERY_PORT: '25601', RCON_PASS: 'abcdefgh', MAX_PLAYERS: '100', MAP_URL: '' },
    });
  });

  it('names every problem at once', () => {
    const built = buildEnvironment({
      variables: rust,
      plan: { MAX_PLAYERS: 'many', TYPO: '1' },
      customer: { QUERY_PORT: '1', MAP_URL: 'not a url' },
    });
    expect(built).toEqual({
      ok: false,
      problems: [
        { variable: 'TYPO', rule: 'unknownVariable' },
        { variable: 'QUERY_PORT', rule: 'notEditable' },
        { variable: 'RCON_PASS', rule: 'required' },
        { variable: 'MAX_PLAYERS', rule: 'integer' },
        { variable: 'MAP_URL', rule: 'url' },
      ],
    });
  });
});

describe("an egg's rules", () => {
  const cases: [rules: string, value: string, broken: string | undefined][] = [
    ['required|string|max:5', 'abcde', undefined],
    ['required|string|max:5', 'abcdef', 'max'],
    ['required|string', '  ', 'required'],
    ['nullable|string|max:5', '', undefined],
    ['nullable|url', '', undefined],
    ['nullable|url', 'https://example.test/map', undefined],
    ['url', 'example.test', 'url'],
    ['numeric', '', 'numeric'],
    ['numeric', '1.5', undefined],
    ['numeric', 'x', 'numeric'],
    ['string|max:5', '', 'string'],
    ['max:5', '', undefined],
    ['min:1', '', 'min'],
    ['between:0,5', '', undefined],
    ['between:1,5', '', 'between'],
    ['in:a,b', '', 'in'],
    ['required|integer|between:1,32', '32', undefined],
    ['required|integer|between:1,32', '33', 'between'],
    ['required|integer', '1.5', 'integer'],
    ['required|string|between:3,12', '1', 'between'],
    ['required|numeric|min:10', '9', 'min'],
    ['required|string|min:2', '9', 'min'],
    ['required|boolean|in:0,1', '1', undefined],
    ['required|boolean|in:0,1', 'true', 'boolean'],
    ['required|in:vanilla,oxide', 'carbon', 'in'],
    ['required|regex:/^([\\w\\d._-]+)(\\.jar)$/', 'server.jar', undefined],
    ['required|regex:/^([\\w\\d._-]+)(\\.jar)$/', 'server.zip', 'regex'],
    ['required|regex:/^(a|b)$/i|max:1', 'B', undefined],
    ['required|regex:/^(a|b)$/|max:1', 'c', 'regex'],
    ['alpha_dash|between:1,100', 'game_save-1', undefined],
    ['alpha_dash', 'game save', 'alpha_dash'],
    ['alpha_num', 'a-b', 'alpha_num'],
    ['required|size:3', 'abcd', 'size'],
    ['required|rule_of_tomorrow:1', 'x', undefined],
  ];
  it.each(cases)('%s: "%s" breaks %s', (rules, value, broken) => {
    expect(checkAgainstRules({ rules }, value)).toBe(broken);
  });
});

describe('a generated secret', () => {
  const bytes = fc.uint8Array({ minLength: 24, maxLength: 24 });

  it('meets the rules that eggs put on their passwords', () => {
    const rules = fc.constantFrom(
      'required|regex:/^[\\w.-]*$/|max:64',
      'required|alpha_dash|between:1,30',
      'required|alpha_dash|between:1,100',
      'alpha_num|max:10',
    );
    fc.assert(
      fc.property(rules, bytes, (rule, random) => {
        const secret = generateSecret(rule, random);
        expect(checkAgainstRules({ rules: rule }, secret ?? '')).toBeUndefined();
        expect(secret?.length).toBe(rule.includes('max:10') ? 10 : 24);
      }),
    );
  });

  it('differs when the random bytes differ', () => {
    expect(generateSecret('required', new Uint8Array(24).fill(1))).not.toBe(generateSecret('required', new Uint8Array(24).fill(2)));
  });

  it('is not made where the rules leave no room for one', () => {
    expect(generateSecret('required|max:4', new Uint8Array(24))).toBeUndefined();
    expect(generateSecret('required|integer', new Uint8Array(24))).toBeUndefined();
  });

  it('wants enough random bytes', () => {
    expect(() => generateSecret('required', new Uint8Array(3))).toThrow(RangeError);
  });
});
