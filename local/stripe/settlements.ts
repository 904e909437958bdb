/** What is on its way and comes to something later: delayed payments, refunds, disputes under review. */
import type { Change } from './change.js';
import type { Settlement } from './records.js';

const idOf = (subject: string): string => `settlement:${subject}`;

/** Plans the decision; a later plan for the same subject replaces it. `at` in unix seconds. */
export function decideLater(change: Change, facts: Pick<Settlement, 'of' | 'subject' | 'succeeds'> & { at: number }): void {
  change.put<Settlement>({ ...facts, at: Math.floor(facts.at), id: idOf(facts.subject), object: 'settlement', created: change.now });
}

/** Somebody decided: the plan is void. */
export function isDecided(change: Change, subject: string): void {
  const settlement = change.get('settlement', idOf(subject));
  if (settlement) change.put<Settlement>({ ...settlement, at: null });
}
