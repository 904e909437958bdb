/** A read model as the engine takes it: its fold, its table, and what of the log it understands. */
import type { EntityTarget } from 'typeorm';
import type { Fact, Recorded } from '../event.js';
import type { Projection } from '../projection.js';
import type { ReaderKey } from './checkpoints.js';

export interface ProjectionDefinition {
  /** Any row, any events: the engine only ever gives a fold what that fold returned. */
  readonly projection: Projection<never, never>;
  readonly entity: EntityTarget<object>;
  /** Highest known version of an event's data by its type; absent means 1. A later one is parked. */
  readonly schemaVersions?: Readonly<Record<string, number>>;
}

export type Row = Readonly<Record<string, unknown>>;

type Evolve = (row: Row | undefined, event: Recorded) => Row | undefined;

/** The same projection with its types forgotten, as the engine calls it. */
export interface Fold {
  readonly key: ReaderKey;
  /** Undefined if the event is ignored or unknown. */
  readonly answer: (event: Recorded) => { readonly keyOf: (event: Recorded) => string; readonly evolve: Evolve } | undefined;
  readonly knows: (event: Recorded) => boolean;
  /** Why a folded row cannot stand under its key; undefined if it can. */
  readonly problemOf?: (rowKey: string, row: Row) => string | undefined;
}

export const foldOf = ({ projection, schemaVersions = {} }: ProjectionDefinition): Fold => {
  const { name, version, key, on } = projection as unknown as Projection<Record<string, unknown>, Fact>;
  return {
    key: { reader: name, version },
    answer: ({ type }) => {
      const answer = Object.hasOwn(on, type) ? on[type] : undefined;
      if (answer === undefined || answer === 'ignored') return undefined;
      return typeof answer === 'function' ? { keyOf: key, evolve: answer } : { keyOf: answer.key, evolve: answer.evolve };
    },
    knows: ({ type, metadata }) => {
      const stated: unknown = (metadata as { schemaVersion?: unknown } | undefined)?.schemaVersion;
      return typeof stated === 'number' && stated <= (schemaVersions[type] ?? 1);
    },
  };
};
