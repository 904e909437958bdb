/** Sums of what the API tells by day, plan and region. Money is never added up across currencies. */
import { money } from '../../parts/format.js';
import { dayBefore, type MrrView, type OrderDayView, type RevenueView } from '../queries.js';

export const DAYS = 30;
/** Today and the days before it, the oldest first. */
export const lastDays = (count: number = DAYS): string[] => Array.from({ length: count }, (_none, index) => dayBefore(count - 1 - index));

export const placedSince = (days: readonly OrderDayView[], first: string): number =>
  days.filter(({ day }) => day >= first).reduce((total, { placed }) => total + placed, 0);

const byCurrency = (amounts: readonly (readonly [string, string])[]): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const [currency, amountMinor] of amounts) sums.set(currency, (sums.get(currency) ?? 0) + Number(amountMinor));
  return sums;
};

/** "€12.00 · $3.00"; of nothing a dash. */
const written = (sums: ReadonlyMap<string, number>): string =>
  sums.size === 0 ? '—' : [...sums].map(([currency, amountMinor]) => money(amountMinor, currency)).join(' · ');

export const revenueSince = (groups: readonly RevenueView[], first: string): string =>
  written(byCurrency(groups.filter(({ day }) => day >= first).map(({ currency, netMinor }) => [currency, netMinor])));

export const mrrTotal = (groups: readonly MrrView[]): string =>
  written(byCurrency(groups.map(({ currency, monthlyMinor }) => [currency, monthlyMinor])));

/** The currency in which most was taken; charts show one. */
export const mainCurrency = (groups: readonly RevenueView[]): string | undefined =>
  [...byCurrency(groups.map(({ currency, netMinor }) => [currency, netMinor]))].sort(([, one], [, other]) => other - one)[0]?.[0];

export const revenueOn = (groups: readonly RevenueView[], day: string, currency: string): number =>
  groups.filter((group) => group.day === day && group.currency === currency).reduce((total, { netMinor }) => total + Number(netMinor), 0);
