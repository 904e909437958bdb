/** Everything the pages read, with how long it stays good. */
import { QueryClient, queryOptions } from '@tanstack/react-query';
import * as api from './generated/sdk.gen.js';
import type { BillingView, Me, OrderView, PlansView, ServerNow, SessionsView, Timeline } from './generated/types.gen.js';
import { problemOf } from './problem.js';
import { atLeast, pollEvery } from './live.js';
import { paged } from './paged.js';

export type { BillingView, Me, OrderView, PlansView, ServerNow, Timeline };
export type TimelineEntry = Timeline['entries'][number];
export type GameView = PlansView['games'][number];
export type SettingField = GameView['configuration'][number];
export type PlanView = PlansView['plans'][number];

const RETRIES_MAX = 2;
const PASSING = new Set(['OFFLINE', 'DATABASE_UNAVAILABLE', 'UNAVAILABLE', 'INTERNAL', 'UNKNOWN']);
const STALE_MS = 1_000;
const SECOND_MS = 1_000;
const MOVING_MS = 1_500;
const RESTING_MS = 15_000;
const CATALOG_MS = 10_000;
const USAGE_MS = 3_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      retry: (failures, error) => failures < RETRIES_MAX && PASSING.has(problemOf(error).code),
      retryDelay: SECOND_MS,
    },
    mutations: { retry: false },
  },
});

const MOVING = new Set([
  'placed',
  'held',
  'awaitingPayment',
  'paymentPending',
  'paid',
  'provisioning',
  'installing',
  'attention',
  'ending',
]);
/** Whether an order is on its way, so that its page is looked at more often. */
export const isMoving = (order: Pick<OrderView, 'status'> | undefined): boolean => order !== undefined && MOVING.has(order.status);

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: async (): Promise<PlansView> => (await api.catalogPlans({ query: atLeast() })).data,
  refetchInterval: CATALOG_MS,
});

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me> => (await api.customersMe({ query: atLeast() })).data,
  refetchInterval: ({ state }) => (state.data?.panelAccount.status === 'pending' ? MOVING_MS : false),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async (): Promise<SessionsView['items']> => (await api.accountList()).data.items,
});

const ORDERS_SHOWN = 30;
export const ordersQuery = paged<OrderView>(
  ['orders', 'list'],
  (cursor) => api.ordersList({ query: { limit: ORDERS_SHOWN, ...cursor, ...atLeast() } }),
  (orders) => (orders.some(isMoving) ? MOVING_MS : RESTING_MS),
);

export const orderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['orders', orderId],
    queryFn: async (): Promise<OrderView> => (await api.ordersOne({ path: { orderId }, query: atLeast() })).data,
    refetchInterval: ({ state }) => pollEvery(isMoving(state.data) ? MOVING_MS : RESTING_MS),
  });

export const timelineQuery = (orderId: string, moving: boolean) =>
  queryOptions({
    queryKey: ['orders', orderId, 'timeline'],
    queryFn: async (): Promise<readonly TimelineEntry[]> =>
      (await api.ordersTimeline({ path: { orderId }, query: atLeast() })).data.entries,
    refetchInterval: pollEvery(moving ? MOVING_MS : RESTING_MS),
  });

export const billingQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['orders', orderId, 'payments'],
    queryFn: async (): Promise<BillingView> => (await api.billingPayments({ path: { orderId } })).data,
    refetchInterval: pollEvery(RESTING_MS),
  });

export const serverQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['orders', orderId, 'server'],
    queryFn: async (): Promise<ServerNow> => (await api.serverNow({ path: { orderId } })).data,
    refetchInterval: USAGE_MS,
  });
