/** Goes on from a value by the changes of a step, as a screen with a slider does it. */
import type { Change } from '../../src/ops/replay/changes.js';

type Tree = Record<string, unknown>;

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

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
  return [...there, ...gone].reduce((current, { path, after }) => set(current, path.split('/').slice(1).map(unescaped), after), value);
};
