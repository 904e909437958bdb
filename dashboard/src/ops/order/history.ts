/** An order's history, moved through without asking again: what a replay tells, folded forward by the changes of its steps. Pure. */
import type { ChangeView, NextView, ReplayView, RowChangeView, RowView, StepView } from '../../api/generated/types.gen.js';

type Tree = Record<string, unknown>;
export type Change = Pick<ChangeView, 'path'> & { readonly before?: unknown; readonly after?: unknown };
export type States = ReplayView['states'];

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
export const partsOf = (path: string): string[] => path.split('/').slice(1).map(unescaped);

const set = (value: unknown, parts: readonly string[], after: unknown): unknown => {
  const [first, ...rest] = parts;
  if (first === undefined) return after;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Tree) }) as Tree;
  const inner = set(Object.hasOwn(copy, first) ? copy[first] : undefined, rest, after);
  if (inner === undefined && Array.isArray(copy)) copy.splice(Number(first), 1);
  else if (inner === undefined) delete copy[first];
  // An assignment to `__proto__` would make no property.
  else Object.defineProperty(copy, first, { value: inner, enumerable: true, writable: true, configurable: true });
  return copy;
};

/** Places that are gone are taken away from the last on, so that the elements of a list keep their places until then. */
export const applied = (value: unknown, changes: readonly Change[]): unknown => {
  const gone = changes.filter(({ after }) => after === undefined).toReversed();
  const there = changes.filter(({ after }) => after !== undefined);
  return [...there, ...gone].reduce((current, { path, after }) => set(current, partsOf(path), after), value);
};

/** The states after each step; the first before any. */
export const statesOf = ({ before, steps }: ReplayView): readonly States[] => {
  const all: States[] = [before];
  for (const { changes } of steps) all.push(applied(all.at(-1), changes) as States);
  return all;
};

const placeOf = ({ projection, rowKey }: RowChangeView): string => JSON.stringify([projection, rowKey]);

/** The rows of the read models after so many steps. */
export const rowsAfter = ({ steps, rows }: ReplayView, count: number): RowView[] => {
  const versions = new Map(rows.map(({ projection, version }) => [projection, version]));
  const found = new Map<string, RowView>();
  const take = (changed: RowChangeView): void => {
    const { projection, rowKey, changes } = changed;
    const row = applied(found.get(placeOf(changed))?.row, changes) as Tree | undefined;
    if (row === undefined) found.delete(placeOf(changed));
    else found.set(placeOf(changed), { projection, rowKey, row, version: versions.get(projection) ?? 1 });
  };
  for (const step of steps.slice(0, count)) [...step.meanwhile, ...step.rows].forEach(take);
  return [...found.values()];
};

/** Text before the first dash of a stream's name. */
export const kindOf = ({ event: { stream } }: StepView): string => stream.slice(0, stream.indexOf('-'));

/** How a step is named in addresses, as the API takes it. */
export const atOf = ({ event: { stream, revision } }: StepView, orderId: string): string =>
  `${stream.endsWith(`-${orderId}`) ? stream.slice(0, -orderId.length - 1) : stream}@${revision}`;

const REVISION = /^(?:([A-Za-z]+(?:-[^@\s]+)?)@)?(\d{1,9})$/;
const POSITION = /^position:(\d{1,19})$/;
const OWN = new Set(['order', 'payment', 'provisioning']);
export const isTime = (at: string | null): at is string => at !== null && /^\d{4}-\d\d-\d\dT/.test(at) && !Number.isNaN(Date.parse(at));

/** How many steps belong to the point that an address names, as the API counts them; undefined when it names none. */
export const countAt = ({ orderId, steps }: ReplayView, at: string): number | undefined => {
  const [, name = 'order', revision] = REVISION.exec(at) ?? [];
  if (revision !== undefined) {
    const stream = OWN.has(name) ? `${name}-${orderId}` : name;
    return steps.find(({ event }) => event.stream === stream && event.revision === Number(revision))?.number;
  }
  const [, position] = POSITION.exec(at) ?? [];
  if (position !== undefined) return steps.findLastIndex(({ event }) => BigInt(event.position) <= BigInt(position)) + 1;
  if (!isTime(at)) return undefined;
  const time = new Date(at).toISOString();
  return steps.findLastIndex(({ event }) => event.occurredAt <= time) + 1;
};

/** Numbers of the steps that this one caused. */
export const effectsOf = ({ steps }: ReplayView, number: number): number[] =>
  steps.filter(({ causedBy }) => causedBy === number).map((step) => step.number);

export interface Point {
  /** How many steps are folded. */
  readonly count: number;
  /** Whether it is the present, and moves on with it. */
  readonly isNow: boolean;
  /** The last step up to there; undefined before the first. */
  readonly step: StepView | undefined;
  readonly states: States;
  readonly next: NextView | undefined;
}

export interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** Every value of a tree with its place; what is empty is a value, too. */
export const leavesOf = (value: unknown, path = ''): Leaf[] => {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`));
};

/** As people read it: text without quotes, everything else as JSON. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
