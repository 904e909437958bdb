/** What a route is: an address, the parameters it accepts, and its work inside one unit of work. */
import type { Change } from './change.js';
import { noSuch } from './errors.js';
import type { Kind, Kinds, Metadata } from './records.js';
import type { Read, Shape } from './rules.js';

export interface Call {
  readonly change: Change;
  /** Parts of the address: `id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
  readonly baseUrl: string;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly shape: Shape;
  readonly run: (call: Call, input: never) => object;
}

/** Declares a route with its input typed by its shape. */
export const route = <S extends Shape>(address: string, shape: S, run: (call: Call, input: Read<S>) => object): Route => {
  const [method, path = ''] = address.split(' ');
  return { method: method as Route['method'], path, shape, run: run };
};

/** The object the address or a parameter names, or Stripe's 404. */
export function find<K extends Kind>(change: Change, kind: K, named: { readonly id: string; readonly param?: string }): Kinds[K] {
  const found = change.get(kind, named.id);
  if (!found) throw noSuch(kind, named.id, named.param);
  return found;
}

/** `GET /…/:id` for a kind. */
export const retrieve = (path: string, kind: Kind): Route =>
  route(`GET ${path}/:id`, {}, ({ change, params }) => find(change, kind, { id: params['id'] ?? '' }));

/** Newest first, as lists show them. */
export const newestFirst = <K extends Kind>(change: Change, kind: K): Kinds[K][] => change.list(kind).reverse();

/** New keys are added, empty values remove theirs. */
export const merged = (old: Metadata, changes: Metadata | undefined): Metadata =>
  Object.fromEntries(Object.entries({ ...old, ...changes }).filter(([, value]) => value !== ''));
