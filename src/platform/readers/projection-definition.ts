/** A read model as the engine takes it: its fold, its table, and what of the log it understands. */
import type { EntityTarget } from 'typeorm';
import type { Recorded } from '../event.js';
import { answerOf, knowsVersionOf, type Projection, type UntypedAnswer } from '../projection.js';
import type { ReaderKey } from './checkpoints.js';

export interface ProjectionDefinition {
  /** Any row, any events: the engine only ever gives a fold what that fold returned. */
  readonly projection: Projection<never, never>;
  readonly entity: EntityTarget<object>;
  /** Highest known version of an event's data by its type; absent means 1. A later one is parked. */
  readonly schemaVersions?: Readonly<Record<string, number>>;
}

export type Row = Readonly<Record<string, unknown>>;

/** The same projection with its types forgotten, as the engine calls it. */
export interface Fold {
  readonly key: ReaderKey;
  /** Undefined if the event is ignored or unknown. */
  readonly answer: (event: Recorded) => UntypedAnswer | undefined;
  readonly knows: (event: Recorded) => boolean;
  /** Why a folded row cannot stand under its key; undefined if it can. What it has of the row before, which could, is not judged again. */
  readonly problemOf?: (rowKey: string, row: Row, before?: Row) => string | undefined;
}

export const foldOf = ({ projection, schemaVersions }: ProjectionDefinition): Fold => {
  const { name, version, on } = projection as unknown as Projection;
  const answers = new Map(Object.keys(on).map((type) => [type, answerOf(projection, type)]));
  return {
    key: { reader: name, version },
    answer: ({ type }) => answers.get(type),
    knows: (event) => knowsVersionOf(event, schemaVersions),
  };
};
