import { describe, expect, it } from '@jest/globals';
import type { EggVariable, PanelEgg } from '../pterodactyl/panel.types.js';
import { differences, eggProblems } from './catalog-checker.js';
import { Catalog, checkOf, comparedHash } from './catalog.js';

const priceOf = (term: string): object => ({
  currency: 'eur',
  amountMinor: 999,
  oneTimePriceId: `price_${term}_once`,
  recurringPriceId: `price_${term}_again`,
});
const terms = Object.fromEntries(['monthly', 'quarterly', 'yearly'].map((term) => [term, priceOf(term)]));
const size = { memoryMib: 4096, diskMib: 10240, cpuPercent: 200, swapMib: 0, io: 500, threads: null, databases: 0, backups: 1 };
const rust = {
  ...{ id: 'rust', name: 'Rust', egg: { id: 50, name: 'Rust' }, install: { usualMinutes: 5, longestMinutes: 20 } },
  ports: [{ variable: null }, { variable: 'RCON_PORT' }],
  secrets: ['RCON_PASS'],
  environment: { FRAMEWORK: 'vanilla' },
  configuration: [{ variable: 'HOSTNAME', label: 'Name', required: true }],
  plans: [{ id: 'rust-4g', name: 'Small', ...size, terms }],
};
// JSON is YAML, too.
const catalogOf = (sold: object): Catalog =>
  Catalog.parse(JSON.stringify({ regions: [{ id: 'eu-central', name: 'Frankfurt' }], games: [sold] }));
const [game] = catalogOf(rust).games;

const NAMED = ['RCON_PASS', 'FRAMEWORK', 'HOSTNAME', 'RCON_PORT'];
const variableOf = (envVariable: string, change: Partial<EggVariable> = {}): EggVariable => {
  const defaultValue = envVariable === 'HOSTNAME' || envVariable === 'RCON_PASS' ? '' : '1';
  return {
    name: envVariable,
    envVariable,
    description: '',
    defaultValue,
    userViewable: true,
    userEditable: true,
    rules: 'required|max:64',
    ...change,
  };
};
const egg = (names: readonly string[], id = 50, name = 'Rust'): PanelEgg => {
  const variables = names.map((envVariable) => variableOf(envVariable));
  return { id, uuid: `egg-${id}`, name, nestId: 1, startup: './start', dockerImages: {}, variables };
};
const problemsWith = (...eggs: readonly PanelEgg[]): unknown => game && eggProblems(game, eggs);

describe('a game and its egg', () => {
  it('agree when the panel has the egg by id and name with all the variables named', () => {
    expect(problemsWith(egg([], 49), egg([...NAMED, 'MORE']))).toStrictEqual([]);
  });
  it('do not when the panel has no such egg', () => {
    expect(problemsWith(egg(NAMED, 49))).toStrictEqual([{ code: 'EGG_MISSING', subject: '50' }]);
  });
  it('do not when the id belongs to another egg', () => {
    expect(problemsWith(egg([], 50, 'Ark'))).toStrictEqual([{ code: 'EGG_NAME_DIFFERS', subject: '50' }]);
  });
  it.each(NAMED)('do not when the egg lacks %s, whatever it is for', (missing) => {
    expect(problemsWith(egg(NAMED.filter((name) => name !== missing)))).toStrictEqual([{ code: 'EGG_VARIABLE', subject: missing }]);
  });
});

describe('a game that its egg would not take', () => {
  const withVariable = (envVariable: string, change: Partial<EggVariable>): PanelEgg => {
    const whole = egg(NAMED);
    return { ...whole, variables: [...whole.variables.filter((one) => one.envVariable !== envVariable), variableOf(envVariable, change)] };
  };
  it.each<[string, string, Partial<EggVariable>, string]>([
    ['has a variable that must be set and is not', 'MORE', { defaultValue: '' }, 'EGG_RULE'],
    ['sets one to what is not allowed', 'FRAMEWORK', { rules: 'required|in:oxide,carbon' }, 'EGG_RULE'],
    ['makes up a secret where none is allowed', 'RCON_PASS', { rules: 'required|max:4' }, 'EGG_RULE'],
    ['puts a port where none fits', 'RCON_PORT', { rules: 'required|integer|max:1024' }, 'EGG_RULE'],
    ['lets customers choose what is not theirs', 'HOSTNAME', { userEditable: false }, 'EGG_VARIABLE_CLOSED'],
  ])('%s', (...[, envVariable, change, code]) => {
    expect(problemsWith(withVariable(envVariable, change))).toStrictEqual([{ code, subject: envVariable }]);
  });
});

describe('what was found of a plan', () => {
  const [plan] = rust.plans;
  const planOf = (more: object) => ({ ...rust, plans: [{ ...plan, ...more }] });
  const monthly = (more: object) => planOf({ terms: { ...terms, monthly: { ...priceOf('monthly'), ...more } } });
  const found = catalogOf(rust).plans.map((sold) => ({ planId: sold.plan.id, compared: comparedHash(sold) }));
  const stands = (sold: object): boolean => catalogOf(sold).plans.every((now) => checkOf(now, found));

  it.each([rust, { ...rust, name: 'Rust, renamed' }, planOf({ memoryMib: 8192 })])('stands while nothing of that was edited', (sold) =>
    expect(stands(sold)).toBe(true),
  );
  it.each([
    { ...rust, egg: { id: 51, name: 'Rust' } },
    { ...rust, egg: { id: 50, name: 'Rust 2' } },
    { ...rust, secrets: ['RCON_PASS', 'MORE'] },
    monthly({ amountMinor: 1 }),
    monthly({ currency: 'usd' }),
    monthly({ oneTimePriceId: 'price_other_once' }),
    monthly({ recurringPriceId: 'price_other_again' }),
  ])('is void after an edit of what was compared: %#', (sold) => expect(stands(sold)).toBe(false));
  it('is void when it does not say what was compared', () => {
    expect(catalogOf(rust).plans.some((now) => checkOf(now, [{ planId: now.plan.id, compared: null }]))).toBe(false);
  });
});

describe('a price and its promise', () => {
  const expected = { currency: 'eur', amountMinor: 999, oneTimePriceId: 'price_once', recurringPriceId: 'price_again' };
  const monthly = { interval: 'month', count: 1 };
  const found = { active: true, currency: 'eur', amountMinor: 999, recurring: null };
  const subject = 'price_1';

  it('agree in amount, currency and interval', () => {
    expect(differences({ subject, found, expected, interval: null })).toStrictEqual([]);
    expect(differences({ subject, found: { ...found, recurring: monthly }, expected, interval: monthly })).toStrictEqual([]);
  });
  it.each([null, { ...found, active: false }])('do not when Stripe cannot sell by it: %j', (gone) => {
    expect(differences({ subject, found: gone, expected, interval: null })).toStrictEqual([{ code: 'PRICE_MISSING', subject }]);
  });
  it.each([
    { currency: 'usd' },
    { amountMinor: 998 },
    { amountMinor: null },
    { recurring: null },
    { recurring: { interval: 'year', count: 1 } },
    { recurring: { interval: 'month', count: 3 } },
  ])('do not when Stripe says %j', (other) => {
    const price = { ...found, recurring: monthly, ...other };
    expect(differences({ subject, found: price, expected, interval: monthly })).toStrictEqual([{ code: 'PRICE_DIFFERS', subject }]);
  });
  it('do not when what is paid once would be charged again and again', () => {
    const price = { ...found, recurring: monthly };
    expect(differences({ subject, found: price, expected, interval: null })).toStrictEqual([{ code: 'PRICE_DIFFERS', subject }]);
  });
});
