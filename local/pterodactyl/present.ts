/** Items as the API shows them, with the relations that `include` asks for, two levels deep at most. */
import type { ApiKey, Panel, Resource } from './panel.js';

export interface Item {
  readonly object: string;
  readonly attributes: Readonly<Record<string, unknown>> | null;
}

export interface List {
  readonly object: 'list';
  readonly data: readonly Item[];
}

/** Who looks, and at which relations: dotted names such as `allocations.node`. */
export interface View {
  readonly panel: Panel;
  readonly key: ApiKey;
  readonly includes: readonly string[];
}

export interface Relation<Row> {
  /** The resource that the key must be allowed to read. */
  readonly resource: Resource;
  readonly load: (row: Row, view: View) => Item | List;
}

export interface Kind<Row> {
  readonly object: string;
  readonly attributes: (row: Row, panel: Panel) => Readonly<Record<string, unknown>>;
  readonly relations: () => Readonly<Record<string, Relation<Row>>>;
}

const INCLUDE_DEPTH_MAX = 2;

/** What `include=a,b.c` (or `include[]=a`) names; deeper nesting than the panel's two levels is cut. */
export const includesOf = (query: URLSearchParams): string[] =>
  [...query.getAll('include'), ...query.getAll('include[]')]
    .flatMap((text) => text.split(','))
    .filter((name) => name !== '')
    .map((name) => name.split('.').slice(0, INCLUDE_DEPTH_MAX).join('.'));

const READ = 1;
export const NULL_RESOURCE: Item = { object: 'null_resource', attributes: null };

export function present<Row>(kind: Kind<Row>, row: Row, view: View): Item {
  const attributes = kind.attributes(row, view.panel);
  const relations = kind.relations();
  const wanted = [...new Set(view.includes.map((name) => name.split('.')[0] ?? ''))].filter((name) => Object.hasOwn(relations, name));
  if (wanted.length === 0) return { object: kind.object, attributes };
  const relationships = Object.fromEntries(
    wanted.flatMap((name) => {
      const relation = relations[name];
      if (relation === undefined) return [];
      const nested = view.includes.filter((include) => include.startsWith(`${name}.`)).map((include) => include.slice(name.length + 1));
      const allowed = (view.key.abilities[relation.resource] & READ) === READ;
      return [[name, allowed ? relation.load(row, { ...view, includes: nested }) : NULL_RESOURCE]];
    }),
  );
  return { object: kind.object, attributes: { ...attributes, relationships } };
}

export const list = (data: readonly Item[]): List => ({ object: 'list', data });

/** A relation to one row that may be gone. */
export const presentOne = <Row>(kind: Kind<Row>, row: Row | undefined, view: View): Item =>
  row === undefined ? NULL_RESOURCE : present(kind, row, view);
export const presentAll = <Row>(kind: Kind<Row>, rows: readonly Row[], view: View): List =>
  list(rows.map((row) => present(kind, row, view)));
