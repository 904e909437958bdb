/** What a subscriber is owed whose server came later than promised: Stripe's period ran meanwhile. Pure. */
import type { Money, PaymentWay } from './order.events.js';

/** A server is promised this soon after the payment, or within the game's longest install. */
const PROMISED_MS = 5 * 60_000;

export interface Delivery {
  readonly payment: PaymentWay;
  /** By Stripe's clock: from here on the customer waits, however late we heard of it. ISO-8601, like all times here. */
  readonly paidAt: string;
  readonly readyAt: string;
  /** End of the first period; null where Stripe names none. */
  readonly paidThrough: string | null;
  /** For that period, after tax and coupons. */
  readonly total: Money;
  readonly longestInstallMs: number;
}

export interface LateCredit {
  /** From the promised time to ready. */
  readonly lateMs: number;
  readonly amount: Money;
}

/** The share of the first period that passed after the promised time, rounded up to a minor unit; null when nothing is owed. Who paid once is not: their term begins at ready. */
export const lateCredit = ({ payment, paidAt, readyAt, paidThrough, total, longestInstallMs }: Delivery): LateCredit | null => {
  const lateMs = Date.parse(readyAt) - Date.parse(paidAt) - Math.max(PROMISED_MS, longestInstallMs);
  if (payment === 'once' || paidThrough === null || lateMs <= 0) return null;
  const periodMs = Date.parse(paidThrough) - Date.parse(paidAt);
  const owed = periodMs > 0 ? Math.ceil((total.amountMinor * lateMs) / periodMs) : total.amountMinor;
  return { lateMs, amount: { amountMinor: Math.min(owed, total.amountMinor), currency: total.currency } };
};
