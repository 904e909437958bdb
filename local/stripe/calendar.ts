/** Stripe's calendar: months end on their last day when they are too short, and never drift from the anchor. Unix seconds, UTC. */
import type { Period } from './billing-records.js';
import type { Interval } from './records.js';

export interface Cycle {
  readonly interval: Interval;
  readonly interval_count: number;
}

export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 24 * HOUR_SECONDS;
const STEPS_MAX = 10_000;

/** A month later is the same day of the month, or its last day when the month is too short. */
function addPeriods(from: number, interval: Interval, count: number): number {
  if (interval === 'day' || interval === 'week') return from + count * (interval === 'day' ? 1 : 7) * DAY_SECONDS;
  const start = new Date(from * 1000);
  const target = new Date(start);
  target.setUTCDate(1);
  target.setUTCMonth(start.getUTCMonth() + (interval === 'month' ? count : 12 * count));
  const daysOfMonth = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(start.getUTCDate(), daysOfMonth));
  return Math.floor(target.getTime() / 1000);
}

/** The period that begins at `start` in a rhythm that began at `anchor`. */
export function periodFrom(anchor: number, start: number, { interval, interval_count: count }: Cycle): Period {
  for (let step = 1; step <= STEPS_MAX; step++) {
    const end = addPeriods(anchor, interval, step * count);
    if (end > start) return { start, end };
  }
  throw new Error(`no period after ${start} within ${STEPS_MAX} steps from ${anchor}`);
}

/** How much of a period is left at a moment, from 1 to 0. */
export const shareLeft = ({ start, end }: Period, at: number): number => Math.min(1, Math.max(0, (end - at) / (end - start)));
