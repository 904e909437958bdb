/** What follows from the catalog: stock, prices per month, what is saved. */
import type { PlanView } from '../api/queries.js';

export type TermId = 'monthly' | 'quarterly' | 'yearly';
export const TERMS: readonly TermId[] = ['monthly', 'quarterly', 'yearly'];
const MONTHS: Readonly<Record<TermId, number>> = { monthly: 1, quarterly: 3, yearly: 12 };
const PERCENT = 100;
/** Beyond this nobody needs to hurry. */
export const FEW = 5;

export interface Price {
  readonly amountMinor: number;
  readonly currency: string;
}

export const isTerm = (text: string | null): text is TermId => TERMS.some((term) => term === text);

export const priceOf = (plan: PlanView, term: TermId): Price | undefined => plan.terms.find((offered) => offered.term === term);

/** Rounded to the minor unit. */
export const perMonth = (plan: PlanView, term: TermId): Price | undefined => {
  const price = priceOf(plan, term);
  return price && { currency: price.currency, amountMinor: Math.round(price.amountMinor / MONTHS[term]) };
};

/** Of all regions. */
export const stockOf = (plan: PlanView): number => plan.regions.reduce((total, { available }) => total + available, 0);
export const stockIn = (plan: PlanView, region: string): number => plan.regions.find((stock) => stock.region === region)?.available ?? 0;

export const cheapestPerMonth = (plans: readonly PlanView[]): Price | undefined =>
  plans
    .flatMap((plan) => TERMS.flatMap((term) => perMonth(plan, term) ?? []))
    .reduce<Price | undefined>((least, price) => (least && least.amountMinor <= price.amountMinor ? least : price), undefined);

/** Against twelve or three single months; 0 when nothing is saved. */
export const savingPercent = (plan: PlanView, term: TermId): number => {
  const [single, long] = [perMonth(plan, 'monthly'), perMonth(plan, term)];
  if (!single || !long || single.amountMinor === 0) return 0;
  return Math.max(0, Math.floor(PERCENT * (1 - long.amountMinor / single.amountMinor)));
};
