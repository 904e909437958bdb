/** Everything the operators' pages read. What begins with `ops` is read again whatever happens; figures over many days, `opsFigures`, more seldom. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { LIVE_PAGES_MAX } from '../api/follow.js';
import * as api from '../api/generated/sdk.gen.js';
import type { OpsOrdersData, OrdersPage, OrderView } from '../api/generated/types.gen.js';
import { atLeast, pollEvery } from '../api/live.js';

export type { OrderView };
export type OrdersWish = Omit<NonNullable<OpsOrdersData['query']>, 'cursor' | 'limit' | 'atLeast'>;

const RESTING_MS = 15_000;
/** The most that the API gives at once. */
export const PAGE_ROWS = 100;

export const opsOrderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['ops', 'orders', orderId],
    queryFn: async (): Promise<OrderView> => (await api.opsOrder({ path: { orderId }, query: atLeast() })).data,
    refetchInterval: pollEvery(RESTING_MS),
  });

export const ordersPage = async (wish: OrdersWish, cursor: string | undefined): Promise<OrdersPage> =>
  (await api.opsOrders({ query: { ...wish, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }), ...atLeast() } })).data;

export const opsOrdersQuery = (wish: OrdersWish) =>
  infiniteQueryOptions({
    queryKey: ['ops', 'orders', 'list', wish],
    queryFn: ({ pageParam }) => ordersPage(wish, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }: OrdersPage) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // A long list that was read again by the way would ask for all its pages.
    staleTime: Infinity,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > LIVE_PAGES_MAX ? false : pollEvery(RESTING_MS)),
  });
