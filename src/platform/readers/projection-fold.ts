/** One batch folded in memory, row by row. Pure: the same events give the same rows however they are split into batches. */
import type { Recorded } from '../event.js';
import { UNSTORABLE } from './column-values.js';
import { messageOf } from './errors.js';
import type { Fold, Row } from './projection-definition.js';
import { storable } from './stored-event.js';

/** A row as it stands, and the commit position of the event that made it so. */
export interface Standing {
  readonly row: Row;
  readonly position: bigint;
}

/** An event that could not be folded into its row, or that came after one. */
export interface Parked {
  readonly rowKey: string;
  readonly event: Recorded;
  readonly error: string;
}

/** The events of one row key in log order. */
export interface KeyedEvents {
  readonly rowKey: string;
  readonly events: readonly Recorded[];
}

export interface Sorted {
  readonly keyed: ReadonlyMap<string, Recorded[]>;
  /** Those of these keys that may have a row already. */
  readonly standing: readonly string[];
  readonly parked: readonly Parked[];
}

/** What became of one row: its last state (undefined: removed) with the position of the last event folded, if any was. */
export interface FoldedRow {
  readonly rowKey: string;
  readonly after: Row | undefined;
  /** Undefined: no event changed anything. */
  readonly position: bigint | undefined;
  readonly parked: readonly Parked[];
}

/** Where an event goes whose row cannot even be named. */
const nameless = (event: Recorded): string => storable(`stream:${event.stream}`).slice(0, KEY_LENGTH_MAX);

/** An index of PostgreSQL takes some 2,700 bytes, and a character up to three. */
const KEY_LENGTH_MAX = 600;

/** Puts events to their row keys; whatever belongs to a parked key, or has none that can be told, is parked. `alreadyParked` is left as it is. */
export function sortByKey(fold: Fold, events: readonly Recorded[], alreadyParked: ReadonlyMap<string, number>): Sorted {
  const keyed = new Map<string, Recorded[]>();
  const standing: string[] = [];
  const parkedNow = new Set<string>();
  const parked: Parked[] = [];
  const park = (rowKey: string, event: Recorded, error: string): void => {
    parkedNow.add(rowKey);
    parked.push({ rowKey, event, error });
  };
  for (const event of events) {
    const answer = fold.answer(event);
    if (!answer) continue;
    const rowKey = keyOrError(answer.keyOf, event);
    if (rowKey instanceof Error) park(nameless(event), event, messageOf(rowKey));
    else if (alreadyParked.has(rowKey) || parkedNow.has(rowKey)) park(rowKey, event, 'an earlier event of this row is parked');
    else if (keyed.has(rowKey)) keyed.get(rowKey)?.push(event);
    else {
      keyed.set(rowKey, [event]);
      if (!answer.first) standing.push(rowKey);
    }
  }
  return { keyed, standing, parked };
}

/** The row an event belongs to, or why it cannot be named. */
export const keyOrError = (keyOf: (event: Recorded) => string, event: Recorded): string | Error => {
  try {
    const key: unknown = keyOf(event);
    if (typeof key !== 'string') return new Error(`the row key is ${typeof key}`);
    if (key.length > KEY_LENGTH_MAX) return new Error(`the row key has more than ${KEY_LENGTH_MAX} characters`);
    return UNSTORABLE.test(key) ? new Error('the row key has characters that PostgreSQL cannot store') : key;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};

const evolved = (fold: Fold, row: Row | undefined, { rowKey, event }: { rowKey: string; event: Recorded }): Row | undefined => {
  // Judged here and not where keys are sorted, so that of two events of a row the first is the one that is blamed, in whatever batch.
  if (!fold.knows(event)) throw new Error(`unknown schema version ${String(event.metadata?.schemaVersion)} of ${event.type}`);
  const next = fold.answer(event)?.evolve(row, event);
  const problem = next && next !== row ? fold.problemOf?.(rowKey, next, row) : undefined;
  if (problem) throw new Error(problem);
  return next;
};

/** Folds events into one row, up to the first that fails; that one and the rest are parked. Events the row already contains are passed over. */
export function foldRow(fold: Fold, { rowKey, events }: KeyedEvents, before: Standing | undefined): FoldedRow {
  let row = before?.row;
  let position: bigint | undefined;
  for (const [index, event] of events.entries()) {
    if (before && event.position.commit <= before.position) continue;
    try {
      const next = evolved(fold, row, { rowKey, event });
      // The position is that of the last change, so it does not depend on how events were batched.
      if (next !== row) position = event.position.commit;
      row = next;
    } catch (error) {
      return { rowKey, after: row, position, parked: parkFrom({ rowKey, events: events.slice(index) }, messageOf(error)) };
    }
  }
  return { rowKey, after: row, position, parked: [] };
}

/** Parks all these events of one row: the first for the reason given, the others for being later. */
export const parkFrom = ({ rowKey, events }: KeyedEvents, error: string): Parked[] =>
  events.map((event, index) => ({ rowKey, event, error: index === 0 ? error : 'an earlier event of this row is parked' }));
