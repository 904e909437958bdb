/** What a real account sets on its dashboard: how unpaid invoices are retried, how long a delayed payment takes, what tax is asked. */
import { DAY_SECONDS } from './calendar.js';
import type { Store } from './store.js';

export interface Policy {
  /** Days after the first failed attempt at which an invoice is tried again. */
  readonly retryDays: readonly number[];
  /** What becomes of the subscription when the last retry has failed. */
  readonly afterRetries: 'cancel' | 'unpaid' | 'past_due';
  /** How long a delayed payment method takes to settle or to fail. */
  readonly delayedDays: number;
  /** How long a refund that is born pending takes, and one that fails after having succeeded. */
  readonly refundDays: number;
  /** Percent that automatic tax asks. */
  readonly taxPercent: number;
}

/** Eight retries within two weeks: what Stripe recommends for Smart Retries. */
const RETRIES = 8;
const RETRY_WINDOW_DAYS = 14;

const DEFAULTS: Policy = {
  retryDays: Array.from({ length: RETRIES }, (_, index) => ((index + 1) * RETRY_WINDOW_DAYS) / RETRIES),
  afterRetries: 'cancel',
  delayedDays: 3,
  refundDays: 1,
  taxPercent: 19,
};

export const policyOf = (store: Store): Policy => ({ ...DEFAULTS, ...(store.read('setting', 'policy') as Partial<Policy> | undefined) });

/** When the attempt after the `count`-th is due if that one failed now, unix seconds; null when there is none left. */
export function nextAttemptAt({ retryDays }: Policy, now: number, count: number): number | null {
  const [days, before = 0] = [retryDays[count - 1], retryDays[count - 2]];
  return days === undefined ? null : Math.floor(now + (days - before) * DAY_SECONDS);
}
