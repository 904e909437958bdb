/** Form decoding as Stripe does it: `a[b]=c` nests, `a[0][b]=c` and `a[]=c` are lists, an empty value means unset. */
import { invalidRequest } from './errors.js';

export type Param = string | Param[] | { [name: string]: Param };
export type Params = { [name: string]: Param };

const DEPTH_MAX = 6;
const NAME = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

/** The path of a form name: `a[0][b]` is `['a', '0', 'b']`. Refuses what is not a name. */
function pathOf(name: string): string[] {
  const found = NAME.exec(name);
  if (!found) throw invalidRequest({ message: `Invalid parameter name: ${name}`, param: name });
  const inner = [...(found[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((part) => part[1] ?? '');
  if (inner.length >= DEPTH_MAX) throw invalidRequest({ message: `Parameter nested too deeply: ${name}`, param: name });
  return [found[1] ?? '', ...inner];
}

type Tree = Map<string, Tree | string>;

function place(tree: Tree, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path;
  const key = head === '' ? String(tree.size) : head;
  if (rest.length === 0) {
    tree.set(key, value);
    return;
  }
  const inner = tree.get(key);
  const next = inner instanceof Map ? inner : new Map<string, Tree | string>();
  tree.set(key, next);
  place(next, rest, value);
}

function settle(tree: Tree, name: string): Param {
  const keys = [...tree.keys()];
  const values = [...tree].map(([key, value]): [string, Param] => [
    key,
    typeof value === 'string' ? value : settle(value, `${name}[${key}]`),
  ]);
  if (!keys.every((key) => /^\d+$/.test(key))) return Object.fromEntries(values);
  if (!keys.every((key, index) => Number(key) === index)) throw invalidRequest({ message: 'Invalid array', param: name });
  return values.map(([, value]) => value);
}

/** Decodes a body or a query string. Throws a 400 on a name that cannot be read or a list with gaps. */
export function decodeForm(text: string): Params {
  const root: Tree = new Map();
  for (const [name, value] of new URLSearchParams(text)) place(root, pathOf(name), value);
  return Object.fromEntries(
    [...root].map(([name, value]): [string, Param] => [name, typeof value === 'string' ? value : settle(value, name)]),
  );
}
