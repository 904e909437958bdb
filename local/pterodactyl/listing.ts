/** Lists as the API gives them: filtered, sorted, cut into pages. */
import { panelError } from './errors.js';
import { includesOf, list, present } from './present.js';
import type { Item, Kind, List, View } from './present.js';
import type { Call } from './route.js';

const PER_PAGE = 50;

/** What a filter asks of a row, given the filter's text. */
export type Filter<Row> = (row: Row, text: string) => boolean;

/** The panel's plain filter: any of the comma-separated texts is contained, letters' case aside. Equality is the reader's business. */
export const contains =
  <Row>(read: (row: Row) => string | null): Filter<Row> =>
  (row, text) => {
    const value = read(row)?.toLowerCase();
    return value !== undefined && text.split(',').some((part) => value.includes(part.toLowerCase()));
  };

export interface Listing<Row> {
  readonly kind: Kind<Row>;
  readonly filters: Readonly<Record<string, Filter<Row>>>;
  readonly sorts: Readonly<Record<string, (row: Row) => string | number>>;
}

const filtersIn = (query: URLSearchParams): [name: string, text: string][] =>
  [...query].flatMap(([key, text]) => {
    const name = /^filter\[([^\]]*)\]$/.exec(key)?.[1];
    return name === undefined ? [] : [[name, text]];
  });

function filtered<Row>(rows: readonly Row[], filters: Listing<Row>['filters'], query: URLSearchParams): Row[] {
  const wanted = filtersIn(query);
  const unknown = wanted.map(([name]) => name).filter((name) => !Object.hasOwn(filters, name));
  if (unknown.length > 0) {
    const allowed = Object.keys(filters).join(', ');
    throw panelError(
      400,
      'InvalidFilterQuery',
      `Requested filter(s) \`${unknown.join(', ')}\` are not allowed. Allowed filter(s) are \`${allowed}\`.`,
    );
  }
  return rows.filter((row) => wanted.every(([name, text]) => text === '' || filters[name]?.(row, text)));
}

function sorted<Row>(rows: Row[], sorts: Listing<Row>['sorts'], query: URLSearchParams): Row[] {
  const sort = query.get('sort');
  if (sort === null || sort === '') return rows;
  const down = sort.startsWith('-');
  const read = sorts[down ? sort.slice(1) : sort];
  if (read === undefined) {
    const allowed = Object.keys(sorts).join(', ');
    throw panelError(400, 'InvalidSortQuery', `Requested sort(s) \`${sort}\` is not allowed. Allowed sort(s) are \`${allowed}\`.`);
  }
  const direction = down ? -1 : 1;
  return rows.sort((a, b) => direction * (read(a) < read(b) ? -1 : read(a) > read(b) ? 1 : 0));
}

/** The page the query asks for. The links forget everything but the page, as the panel's do. */
export function paginate(items: readonly Item[], call: Pick<Call, 'query' | 'address'>): List & { readonly meta: unknown } {
  const perPage = positive(call.query.get('per_page'), PER_PAGE);
  const page = positive(call.query.get('page'), 1);
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  const data = items.slice((page - 1) * perPage, page * perPage);
  const links = {
    ...(page > 1 ? { previous: `${call.address}?page=${page - 1}` } : {}),
    ...(page < pages ? { next: `${call.address}?page=${page + 1}` } : {}),
  };
  const pagination = { total: items.length, count: data.length, per_page: perPage, current_page: page, total_pages: pages, links };
  return { ...list(data), meta: { pagination } };
}

const positive = (text: string | null, otherwise: number): number => {
  if (text === null) return otherwise;
  if (!/^-?\d+$/.test(text))
    throw panelError(500, 'TypeError', 'An unexpected error was encountered while processing this request, please try again.');
  return Number(text) >= 1 ? Number(text) : otherwise;
};

export const viewOf = (call: Call): View => ({ panel: call.panel, key: call.key, includes: includesOf(call.query) });

export function answerList<Row>(call: Call, rows: readonly Row[], listing: Listing<Row>): List {
  const chosen = sorted(filtered(rows, listing.filters, call.query), listing.sorts, call.query);
  const view = viewOf(call);
  return paginate(
    chosen.map((row) => present(listing.kind, row, view)),
    call,
  );
}

export const answerItem = <Row>(call: Call, kind: Kind<Row>, row: Row): Item => present(kind, row, viewOf(call));
