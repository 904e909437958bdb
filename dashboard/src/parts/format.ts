/** Money, times and sizes as the viewer's own language and zone write them. */
import { moneyIn } from './currency.js';

const LANGUAGE = navigator.language;
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const MS_PER_S = 1_000;
const MIB_PER_GIB = 1_024;
const BYTES_PER_MIB = 1_048_576;

/** @param amountMinor minor units of the currency, as Stripe has them */
export const money = (amountMinor: number, currency: string): string => moneyIn(LANGUAGE, amountMinor, currency);

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', DAY_S],
  ['hour', HOUR_S],
  ['minute', MINUTE_S],
  ['second', 1],
];

/** "3 minutes ago", "in 2 days". */
export const relative = (iso: string, nowMs: number): string => {
  const seconds = (Date.parse(iso) - nowMs) / MS_PER_S;
  const [unit, length] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
  return new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit);
};

export const date = (iso: string): string => new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium' }).format(new Date(iso));
export const time = (iso: string): string => new Intl.DateTimeFormat(LANGUAGE, { timeStyle: 'medium' }).format(new Date(iso));
export const dateTime = (iso: string): string =>
  new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
/** "3 Nov", of a day in UTC as YYYY-MM-DD. */
export const dayOfYear = (day: string): string =>
  new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(day));
/** To the second, with the zone's name. */
export const exact = (iso: string): string =>
  new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(iso));

export const number = (value: number, digits = 0): string =>
  new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: digits }).format(value);
export const percent = (share: number): string =>
  new Intl.NumberFormat(LANGUAGE, { style: 'percent', maximumFractionDigits: 0 }).format(share);

export const gib = (mib: number): string => number(mib / MIB_PER_GIB, 1);
/** "1.2 GB", from bytes. */
export const bytes = (count: number): string => {
  const mib = count / BYTES_PER_MIB;
  const [value, unit] = mib >= MIB_PER_GIB ? [mib / MIB_PER_GIB, 'gigabyte'] : [mib, 'megabyte'];
  return new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit, maximumFractionDigits: unit === 'gigabyte' ? 1 : 0 }).format(value);
};

const part = (value: number, unit: 'day' | 'hour' | 'minute' | 'second'): string =>
  new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit, unitDisplay: 'narrow' }).format(value);

/** "2h 5m", "40s": the two largest parts. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / MS_PER_S));
  if (seconds < MINUTE_S) return part(seconds, 'second');
  if (seconds < HOUR_S) return `${part(Math.floor(seconds / MINUTE_S), 'minute')} ${part(seconds % MINUTE_S, 'second')}`;
  if (seconds < DAY_S) return `${part(Math.floor(seconds / HOUR_S), 'hour')} ${part(Math.floor((seconds % HOUR_S) / MINUTE_S), 'minute')}`;
  return `${part(Math.floor(seconds / DAY_S), 'day')} ${part(Math.floor((seconds % DAY_S) / HOUR_S), 'hour')}`;
};
