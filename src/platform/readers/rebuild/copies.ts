/** Beside the table that is read, a projection may have others of the same name and version: one being built, the one from before the last swap, and one that is only compared. */
import type { DataSource } from 'typeorm';
import type { ReaderKey } from '../checkpoints.js';
import { foldOf, type Fold, type ProjectionDefinition } from '../projection-definition.js';
import { ProjectionTable } from '../projection-table.js';

export type Copy = 'shadow' | 'old' | 'scratch';

/** Nobody reads there; what verifications build has nothing to do with what may be swapped in. */
const SCRATCH_SCHEMA = 'read_scratch';

/** A table that is kept up to date, and how. */
export interface Kept {
  /** Its key is the one of its own checkpoint, lease and parked events. */
  readonly fold: Fold;
  readonly table: ProjectionTable;
}

/** One projection with the tables it may have. */
export interface Subject extends Readonly<Record<Copy | 'live', Kept>> {
  readonly key: ReaderKey;
}

/** The name under which the engine knows a copy: `order-list@shadow`. */
export const copyKey = ({ reader, version }: ReaderKey, copy: Copy): ReaderKey => ({ reader: `${reader}@${copy}`, version });

/** @throws if the entity does not fit its projection */
export function subjectOf(database: DataSource, definition: ProjectionDefinition): Subject {
  const fold = foldOf(definition);
  const kept = (copy?: Copy): Kept => {
    const table = new ProjectionTable(
      database,
      definition.entity,
      fold.key,
      copy === 'scratch' ? { schema: SCRATCH_SCHEMA } : copy && { suffix: `_${copy}` },
    );
    const key = copy ? copyKey(fold.key, copy) : fold.key;
    return { table, fold: { ...fold, key, problemOf: (...judged) => table.problemOf(...judged) } };
  };
  return { key: fold.key, live: kept(), shadow: kept('shadow'), old: kept('old'), scratch: kept('scratch') };
}
