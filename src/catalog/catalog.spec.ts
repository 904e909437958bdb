import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Catalog, CatalogError, priceIdOf } from './catalog.js';

const text = readFileSync('catalog.yaml', 'utf8');
const EGGS = { minecraft: 39, rust: 50, palworld: 15, 'among-us': 34, terraria: 16, ark: 14, factorio: 21, mindustry: 29, rimworld: 26 };

describe('the catalog', () => {
  const catalog = Catalog.parse(text);
  it('sells eleven games with the eggs of the business, at least two plans each', () => {
    const eggs = Object.fromEntries(catalog.games.map((game) => [game.id, game.egg.id]));
    expect(eggs).toStrictEqual({ ...EGGS, 'vintage-story': 32, teeworlds: 33 });
    for (const game of catalog.games) expect(game.plans.length).toBeGreaterThanOrEqual(2);
  });
  it('charges a recurring price by subscription and a one-time price otherwise', () => {
    const price = { currency: 'eur', amountMinor: 1, oneTimePriceId: 'price_a', recurringPriceId: 'price_b' };
    expect([priceIdOf(price, 'once'), priceIdOf(price, 'subscription')]).toStrictEqual(['price_a', 'price_b']);
  });
});

describe('a wrong catalog', () => {
  const problemsOf = (changed: string): readonly string[] => {
    try {
      Catalog.parse(changed);
    } catch (error) {
      if (error instanceof CatalogError) return error.problems;
      throw error;
    }
    return [];
  };
  const lineOf = (needle: string): number => text.slice(0, text.indexOf(needle)).split('\n').length;

  it('is refused with line and field of each mistake', () => {
    const problems = problemsOf(text.replace('id: 39', 'id: many').replace('amountMinor: 999,', 'amountMinor: -1,'));
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(new RegExp(`^catalog\\.yaml:${lineOf('id: 39')} games\\.0\\.egg\\.id must`));
    expect(problems[2]).toMatch(
      new RegExp(`^catalog\\.yaml:${lineOf('amountMinor: 999')} games\\.0\\.plans\\.0\\.terms\\.monthly\\.amountMinor must`),
    );
  });
  it('is refused when a price id stands for two things', () => {
    const problems = problemsOf(text.replace('price_minecraft_4g_quarterly_once', 'price_minecraft_4g_monthly_once'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('is used twice: price_minecraft_4g_monthly_once');
  });
  it('is refused when it is not YAML', () => {
    expect(problemsOf('games: [')[0]).toMatch(/^catalog\.yaml:1 /);
  });
});
