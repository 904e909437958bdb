/** Seeds products and prices from the shop's catalog: one product per plan and term, with the two price ids the catalog names. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { newPrice, newProduct } from './money-objects.js';
import type { Interval, StripeObject } from './records.js';
import type { Row } from './store.js';

interface Term {
  readonly currency: string;
  readonly amountMinor: number;
  readonly oneTimePriceId: string;
  readonly recurringPriceId: string;
}
type TermName = 'monthly' | 'quarterly' | 'yearly';
interface Catalog {
  readonly games: readonly {
    readonly plans: readonly { readonly id: string; readonly name: string; readonly terms: Record<TermName, Term> }[];
  }[];
}

const PERIODS: Readonly<Record<TermName, { interval: Interval; interval_count: number }>> = {
  monthly: { interval: 'month', interval_count: 1 },
  quarterly: { interval: 'month', interval_count: 3 },
  yearly: { interval: 'year', interval_count: 1 },
};

function objectsOf(plan: Catalog['games'][number]['plans'][number], name: TermName, now: number): StripeObject[] {
  const term = plan.terms[name];
  const metadata = { plan_id: plan.id, term: name };
  const product = newProduct(now, { id: `prod_${plan.id.replaceAll('-', '_')}_${name}`, name: `${plan.name} (${name})`, metadata });
  const shared = { product: product.id, currency: term.currency, unit_amount: term.amountMinor, metadata };
  return [
    product,
    newPrice(now, { ...shared, id: term.oneTimePriceId, lookup_key: `${plan.id}:${name}:once` }),
    newPrice(now, { ...shared, id: term.recurringPriceId, lookup_key: `${plan.id}:${name}:recurring`, recurring: PERIODS[name] }),
  ];
}

/** The rows that make this Stripe agree with the catalog at `path`; what was seeded before is replaced. `now` in unix seconds. */
export function seedRows(path: string, now: number): Row[] {
  const { games } = parse(readFileSync(path, 'utf8')) as Catalog;
  const plans = games.flatMap((game) => game.plans);
  const terms = Object.keys(PERIODS) as TermName[];
  return plans
    .flatMap((plan) => terms.filter((name) => name in plan.terms).flatMap((name) => objectsOf(plan, name, now)))
    .map((object) => ({ table: 'object', key: object.id, value: object }));
}
