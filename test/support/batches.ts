/** A projection folded in batches by the engine's own functions, with a map for a table: for the property that batches do not matter. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Fact, Recorded } from '../../src/platform/event.js';
import type { Projection } from '../../src/platform/projection.js';
import { foldOf, type Fold } from '../../src/platform/readers/projection-definition.js';
import { foldRow, sortByKey, type Standing } from '../../src/platform/readers/projection-fold.js';

type Table = ReadonlyMap<string, Standing>;

/** The table after this batch, folded as the engine folds it. */
const afterBatch = (fold: Fold, table: Table, events: readonly Recorded[]): Table => {
  const { keyed, standing, parked } = sortByKey(fold, events, new Map());
  expect(parked).toStrictEqual([]);
  const next = new Map(table);
  for (const [rowKey, own] of keyed) {
    const stands = table.get(rowKey);
    const { after, position, parked: failed } = foldRow(fold, { rowKey, events: own }, standing.includes(rowKey) ? stands : undefined);
    expect(failed).toStrictEqual([]);
    // As the guard of the upsert has it, for rows that were not looked up.
    if (position === undefined || (stands && stands.position >= position)) continue;
    if (after) next.set(rowKey, { row: after, position });
    else next.delete(rowKey);
  }
  return next;
};

/** The events at the places of a log of their own, in the order given. */
const inOrder = (events: readonly Recorded[]): Recorded[] =>
  events.map((event, index) => ({ ...event, position: { commit: BigInt(index + 1), prepare: BigInt(index + 1) } }));

/** Cuts the log after each of these places. */
const cut = (events: readonly Recorded[], places: readonly number[]): Recorded[][] => {
  const ends = [...new Set(places), events.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => events.slice(ends[index - 1] ?? 0, end));
};

/** Fails unless these events give the same rows at once, in any batches, and when any of the batches is told twice. */
export const sameRowsInAnyBatches = <Row extends object, E extends Fact>(
  projection: Projection<Row, E>,
  events: readonly Recorded[],
): void => {
  const fold = foldOf({ projection, entity: class {} });
  const log = inOrder(events);
  const atOnce = afterBatch(fold, new Map(), log);
  expect(atOnce.size).toBeGreaterThan(0);
  const places = fc.array(fc.nat({ max: log.length }), { maxLength: log.length });
  fc.assert(
    fc.property(places, fc.array(fc.boolean(), { minLength: log.length + 2, maxLength: log.length + 2 }), (ends, again) => {
      const batches = cut(log, ends).flatMap((batch, index) => (again[index] ? [batch, batch] : [batch]));
      const table = batches.reduce((rows: Table, batch) => afterBatch(fold, rows, batch), new Map());
      expect(table).toStrictEqual(atOnce);
    }),
  );
};
