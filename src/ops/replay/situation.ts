/** What the sentences about an order are made from. */
import type { LedgerEvent } from '../../ledger.events.js';
import type { Recorded } from '../../platform/event.js';
import type { OrderStates } from './states.js';

export interface Situation {
  readonly states: OrderStates;
  /** The order's own events that were folded, oldest first. */
  readonly past: readonly Recorded[];
  /** ISO-8601. */
  readonly now: string;
}

export type EventOf<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;
/** The newest recorded fact of this type. */
export const lastOf = <T extends LedgerEvent['type']>({ past }: Situation, type: T): EventOf<T> | undefined =>
  past.findLast((event): event is EventOf<T> => event.type === type);
