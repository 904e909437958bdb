/** Lists that come page by page; further pages are asked for by hand. */
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { pollEvery } from './live.js';

/** Lists that are longer are not read again by themselves: they say that something changed. */
export const LIVE_PAGES_MAX = 3;
const RESTING_MS = 15_000;

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** @param everyMs how long what is shown may be old */
export const paged = <T>(
  queryKey: readonly unknown[],
  ask: (cursor: { cursor?: string }) => Promise<{ data: PageOf<T> }>,
  everyMs: (rows: readonly T[]) => number = () => RESTING_MS,
) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: async ({ pageParam }): Promise<PageOf<T>> => (await ask(pageParam === undefined ? {} : { cursor: pageParam })).data,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }: PageOf<T>) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // A long list that was read again by the way would ask for all its pages.
    staleTime: Infinity,
    refetchInterval: ({ state: { data } }) => {
      const pages = data?.pages ?? [];
      return pages.length > LIVE_PAGES_MAX ? false : pollEvery(everyMs(pages.flatMap(({ items }) => items)));
    },
  });
