/** How long a term lasts. Pure. */
import type { Term } from './order.events.js';

const MONTHS: Readonly<Record<Term, number>> = { monthly: 1, quarterly: 3, yearly: 12 };

/** The same day and time that many calendar months later in UTC, or the last day of a month that is too short (31 January + 1 month = 28 or 29 February). */
export const endOfTerm = (fromIso: string, term: Term): string => {
  const from = new Date(fromIso);
  const end = new Date(from);
  end.setUTCDate(1);
  end.setUTCMonth(from.getUTCMonth() + MONTHS[term]);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return end.toISOString();
};
