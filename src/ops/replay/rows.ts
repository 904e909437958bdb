/** Every read model's rows about one order, folded by the projections themselves as the engine folds them: a row that fails stands still. */
import type { Recorded } from '../../platform/event.js';
import { answerOf, knowsVersionOf, type Projection, type UntypedAnswer } from '../../platform/projection.js';
import { changesBetween, type Change } from './changes.js';

/** What of a read model is needed to fold it. */
export interface ReadModel {
  readonly projection: Projection<never, never>;
  readonly schemaVersions?: Readonly<Record<string, number>>;
}

export interface RowAt {
  readonly projection: string;
  readonly version: number;
  readonly rowKey: string;
  readonly row: Readonly<Record<string, unknown>>;
}

export interface RowChange {
  readonly projection: string;
  readonly rowKey: string;
  readonly changes: readonly Change[];
}

interface Standing {
  readonly model: ReadModel;
  readonly rowKey: string;
  row: RowAt['row'] | undefined;
  /** Why the row was left as it is. */
  parked: string | null;
}

interface Folded {
  readonly standing: Standing;
  readonly before: RowAt['row'] | undefined;
}

const nameOf = ({ projection }: ReadModel): { name: string; version: number } => projection;

export class Rows {
  private readonly standing = new Map<string, Standing>();
  /** Rows that others have changed since they were last asked about, as they were before. */
  private readonly touched = new Map<Standing, RowAt['row'] | undefined>();

  constructor(private readonly models: readonly ReadModel[]) {}

  /** Folds one of the order's own events into every read model. */
  fold(event: Recorded): RowChange[] {
    return this.foldAll(event, true).flatMap(({ standing, before }) => changeOf(standing, before));
  }

  /** Folds an event of somebody else. With `bringsIn` false it changes rows that are there, but brings none in. */
  passOver(event: Recorded, { bringsIn }: { bringsIn: boolean }): void {
    for (const { standing, before } of this.foldAll(event, bringsIn)) if (!this.touched.has(standing)) this.touched.set(standing, before);
  }

  /** What others have changed since this was last asked: of however many events, the sum. */
  meanwhile(): RowChange[] {
    const changes = [...this.touched].flatMap(([standing, before]) => changeOf(standing, before));
    this.touched.clear();
    return changes;
  }

  /** The rows as they stand, by read model and key. */
  all(): RowAt[] {
    return [...this.standing.values()].flatMap(({ model, rowKey, row }) => {
      const { name, version } = nameOf(model);
      return row ? [{ projection: name, version, rowKey, row }] : [];
    });
  }

  /** Rows that stand still because an event could not be folded into them. */
  parked(): { projection: string; rowKey: string; why: string }[] {
    return [...this.standing.values()].flatMap(({ model, rowKey, parked }) =>
      parked === null ? [] : [{ projection: nameOf(model).name, rowKey, why: parked }],
    );
  }

  private foldAll(event: Recorded, bringsIn: boolean): Folded[] {
    return this.models.flatMap((model) => {
      const answer = answerOf(model.projection, event.type);
      return answer ? this.foldInto(model, { event, answer, bringsIn }) : [];
    });
  }

  private foldInto(model: ReadModel, work: { event: Recorded; answer: UntypedAnswer; bringsIn: boolean }): Folded[] {
    const { event, answer } = work;
    const { rowKey, error } = keyOf(event, answer);
    const standing = this.standingAt(model, rowKey, work.bringsIn);
    if (!standing || standing.parked !== null) return [];
    const before = standing.row;
    try {
      if (error) throw error;
      if (!knowsVersionOf(event, model.schemaVersions)) throw new Error(`the version of ${event.type} is not known`);
      standing.row = answer.evolve(before, event);
    } catch (problem) {
      standing.parked = problem instanceof Error ? problem.message : String(problem);
    }
    return [{ standing, before }];
  }

  private standingAt(model: ReadModel, rowKey: string, bringsIn: boolean): Standing | undefined {
    const place = JSON.stringify([nameOf(model).name, rowKey]);
    const known = this.standing.get(place);
    if (known || !bringsIn) return known;
    const standing = { model, rowKey, row: undefined, parked: null };
    this.standing.set(place, standing);
    return standing;
  }
}

const changeOf = ({ model, rowKey, row }: Standing, before: RowAt['row'] | undefined): RowChange[] => {
  const changes = changesBetween(before, row);
  return changes.length === 0 ? [] : [{ projection: nameOf(model).name, rowKey, changes }];
};

/** An event whose row cannot even be named stands under its stream, and its row stands still. */
const keyOf = (event: Recorded, answer: UntypedAnswer): { rowKey: string; error?: Error } => {
  try {
    return { rowKey: answer.keyOf(event) };
  } catch (error) {
    return { rowKey: `stream:${event.stream}`, error: error instanceof Error ? error : new Error(String(error)) };
  }
};
