/** A read model as a pure fold over one row key. The engine persists it; the same fold serves live run, rebuild, test and time travel. */
import type { Fact, Recorded } from './event.js';

/** The word with which a projection says that an event is none of its business. */
export const ignored = 'ignored' as const;

type Evolve<Row, E extends Fact> = (row: Row | undefined, event: Recorded<E>) => Row | undefined;

interface KeyedAnswer<Row, E extends Fact> {
  readonly key: (event: Recorded<E>) => string;
  readonly evolve: Evolve<Row, E>;
  /** No other event of this row can come before this one, so none is looked up for it. */
  readonly first?: boolean;
}

/** Either a fold on the projection's usual key, or a fold with a key of its own, or `ignored`. Returning undefined from a fold removes the row (or leaves it absent). */
export type Answer<Row, E extends Fact> = Evolve<Row, E> | KeyedAnswer<Row, E> | typeof ignored;

export interface Projection<Row extends object = object, E extends Fact = Fact> {
  /** Kebab-case; also its table's name in snake case with the version: `order-list` version 1 is `read.order_list_v1`. */
  readonly name: string;
  /** Raised whenever the fold or the row's shape changes; table and checkpoint are per (name, version). */
  readonly version: number;
  readonly key: (event: Recorded<E>) => string;
  readonly on: { readonly [T in E['type']]: Answer<Row, Extract<E, { type: T }>> };
}

/** Declares a projection; the compiler checks that every event of the ledger is answered. */
export const projection = <Row extends object, E extends Fact>(definition: Projection<Row, E>): Projection<Row, E> => definition;

/** The table of this version, with its schema, for queries. */
export const tableNameOf = ({ name, version }: Pick<Projection, 'name' | 'version'>): string =>
  `read.${name.replaceAll('-', '_')}_v${version}`;

/** Says `ignored` for several events at once. */
export const ignoring = <T extends string>(...types: readonly T[]): Readonly<Record<T, typeof ignored>> =>
  Object.fromEntries(types.map((type) => [type, ignored])) as Record<T, typeof ignored>;

type Row = Readonly<Record<string, unknown>>;

/** How a projection answers events of one type, its types forgotten, as whoever folds any projection calls it. */
export interface UntypedAnswer {
  readonly keyOf: (event: Recorded) => string;
  readonly evolve: (row: Row | undefined, event: Recorded) => Row | undefined;
  /** The event is the first of its row. */
  readonly first?: boolean;
}

/** Undefined if the projection ignores events of this type or does not know it. */
export const answerOf = (projection: Projection<never, never>, type: string): UntypedAnswer | undefined => {
  const { key, on } = projection as unknown as Projection<Record<string, unknown>, Fact>;
  const answer = Object.hasOwn(on, type) ? on[type] : undefined;
  if (answer === undefined || answer === ignored) return undefined;
  if (typeof answer === 'function') return { keyOf: key, evolve: answer };
  return { keyOf: answer.key, evolve: answer.evolve, first: answer.first ?? false };
};

/** Whether an event's data has a shape that is known: version 1, unless a higher one is given for its type. */
export const knowsVersionOf = (event: Recorded, schemaVersions: Readonly<Record<string, number>> = {}): boolean => {
  const stated: unknown = (event.metadata as { schemaVersion?: unknown } | undefined)?.schemaVersion;
  return typeof stated === 'number' && stated <= (schemaVersions[event.type] ?? 1);
};
