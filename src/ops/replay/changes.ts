/** What one step changed: the difference of two JSON values, small enough to read and exact enough to go on from. */

/** One place that changed. Only `after`: it is new; only `before`: it is gone. */
export interface Change {
  /** JSON pointer (RFC 6901), for example `/order/hold/nodeId`; empty for the whole value. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
const at = (tree: Tree, name: string): unknown => (Object.hasOwn(tree, name) ? tree[name] : undefined);
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** In the order of the fields; undefined means "not there". Elements of lists are compared place by place. */
export const changesBetween = (before: unknown, after: unknown, path = ''): Change[] => {
  if (Object.is(before, after)) return [];
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => changesBetween(at(before, name), at(after, name), `${path}/${escaped(name)}`));
};
