/** Lists a page at a time, newest first unless asked otherwise: a cursor names the last row seen, so rows that come in meanwhile move nothing. */
import type { DataSource, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { refuse } from '../refusal.js';

export type Sort = 'newest' | 'oldest';

export interface PageWish {
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  readonly limit: number;
  /** Newest first unless it says otherwise. */
  readonly sort?: Sort;
}

/** First and last day in UTC, `YYYY-MM-DD`, of the time by which a list is in order. */
export interface DaysWish {
  readonly from?: string;
  readonly to?: string;
}

export interface Page<T> {
  readonly items: T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

const encoded = (place: readonly string[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const isPlace = (value: unknown, parts: number): value is string[] =>
  Array.isArray(value) && value.length === parts && value.every((part) => typeof part === 'string' && !part.includes('\0'));

/** @param parts of how many values a place of this list is made. @throws Refusal CURSOR_INVALID */
export const placeOf = (cursor: string | undefined, parts: number): string[] | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (isPlace(place, parts)) return place;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw refuse('CURSOR_INVALID', 422, 'The cursor is none of this list.');
};

/** @param rows one more than the limit, if there are so many */
export const pageOf = <T>(rows: readonly T[], limit: number, place: (row: T) => readonly string[]): Page<T> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encoded(place(last)) : null };
};

export interface NewestFirst<T> {
  readonly entity: EntityTarget<T>;
  /** The properties, texts, that say where a row stands. */
  readonly by: readonly (keyof T & string)[];
  /** Only rows with these values; what is undefined is not asked for. */
  readonly where?: { readonly [K in keyof T]?: T[K] | undefined };
}

/** Later than every time of a day, as text. */
const END_OF_DAY = 'T~';

/** A query of these rows from the cursor on, in the wish's order and of its days, for one row more than the page has. @throws Refusal CURSOR_INVALID */
export const newestFirst = <T extends ObjectLiteral>(
  database: DataSource,
  { entity, by, where = {} }: NewestFirst<T>,
  { cursor, limit, sort, from, to }: PageWish & DaysWish,
): SelectQueryBuilder<T> => {
  const oldestFirst = sort === 'oldest';
  const place = placeOf(cursor, by.length);
  const query = database.getRepository(entity).createQueryBuilder('row');
  const names = by.map((property) => `row.${property}`);
  query.where(Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined)));
  if (from !== undefined) query.andWhere(`${names[0]} >= :from`, { from });
  if (to !== undefined) query.andWhere(`${names[0]} <= :to`, { to: `${to}${END_OF_DAY}` });
  if (place) {
    const values = place.map((_value, index) => `:place${index}`);
    query.andWhere(
      `(${names.join(', ')}) ${oldestFirst ? '>' : '<'} (${values.join(', ')})`,
      Object.fromEntries(place.map((value, index) => [`place${index}`, value])),
    );
  }
  for (const name of names) query.addOrderBy(name, oldestFirst ? 'ASC' : 'DESC');
  return query.limit(limit + 1);
};

/** Where a row of the list stands, as its cursor names it. */
export const placeIn =
  <T>({ by }: Pick<NewestFirst<T>, 'by'>) =>
  (row: T): string[] =>
    by.map((property) => String(row[property]));

/** One page of rows as they are. @throws Refusal CURSOR_INVALID */
export const newestPage = async <T extends ObjectLiteral>(
  database: DataSource,
  list: NewestFirst<T>,
  wish: PageWish & DaysWish,
): Promise<Page<T>> => pageOf(await newestFirst(database, list, wish).getMany(), wish.limit, placeIn(list));

/**
 * One page of what was gathered from several places, in the order of the texts in which `place` says where each stands: the last first, or for the
 * oldest the first. @throws Refusal CURSOR_INVALID
 */
export const pageOfAll = <T>(
  all: readonly T[],
  { parts, place }: { parts: number; place: (one: T) => string[] },
  wish: PageWish,
): Page<T> => {
  const after = placeOf(wish.cursor, parts);
  const sign = wish.sort === 'oldest' ? 1 : -1;
  const placed = all.map((one) => ({ one, at: place(one) })).toSorted((left, right) => sign * compared(left.at, right.at));
  const rest = placed.filter(({ at }) => after === undefined || sign * compared(at, after) > 0).map(({ one }) => one);
  return pageOf(rest, wish.limit, place);
};

const compared = (left: readonly string[], right: readonly string[]): number => {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 ? 0 : (left[at] ?? '') < (right[at] ?? '') ? -1 : 1;
};
