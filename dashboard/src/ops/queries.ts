/** Everything the operators' pages read. What begins with `ops` is read again whatever happens; figures over many days, `opsFigures`, more seldom. */
import { queryOptions } from '@tanstack/react-query';
import * as api from '../api/generated/sdk.gen.js';
import type {
  CustomerDetail,
  CustomerView,
  InsightPaymentsData,
  InsightWebhooksData,
  MatterView,
  MrrView,
  NodeWithRoom,
  NoteView,
  NotificationsListData,
  NotificationView,
  OpsAttentionData,
  OpsCustomersListData,
  OpsOrdersData,
  OrderDayView,
  OrdersPage,
  OrderView,
  ParkedEventView,
  ParkedRequestView,
  ParkedRowView,
  PaymentView,
  ProjectionView,
  PromisesPage,
  ProvisioningHealthView,
  RevenueView,
  UnmatchedMoneyListData,
  WebhookView,
} from '../api/generated/types.gen.js';
import { atLeast, pollEvery } from '../api/live.js';
import { paged, type PageOf } from '../api/paged.js';

export type {
  CustomerView,
  MatterView,
  MrrView,
  NodeWithRoom,
  NotificationView,
  OrderDayView,
  OrderView,
  ParkedRowView,
  PaymentView,
  ProjectionView,
  RevenueView,
  WebhookView,
};
export type OrdersWish = Omit<NonNullable<OpsOrdersData['query']>, 'cursor' | 'limit' | 'atLeast'>;

const RESTING_MS = 15_000;
const READERS_MS = 5_000;
const WATCHED_MS = 1_000;
/** A list of operators'. */
const list = <T>(key: readonly unknown[], ask: (cursor: { cursor?: string }) => Promise<{ data: PageOf<T> }>) =>
  paged(['ops', ...key], ask);

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
  list<OrderView>(['orders', 'list', wish], async ({ cursor }) => ({ data: await ordersPage(wish, cursor) }));

const FIGURES_MS = 60_000;
const DAY_MS = 86_400_000;
/** Day by day, plan by plan: enough for thirty days of all that is sold. */
const FIGURE_PAGES_MAX = 30;

/** In UTC, as the API counts days. */
export const dayBefore = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

const everyPage = async <T>(ask: (cursor: string | undefined) => Promise<PageOf<T>>): Promise<T[]> => {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < FIGURE_PAGES_MAX; page += 1) {
    const { items, nextCursor } = await ask(cursor);
    all.push(...items);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return all;
};

const MATTERS_SHOWN = 12;
const NOTES_SHOWN = 5;
export const OPS_NOTES = 'opsNotes';
export type MattersWish = Pick<NonNullable<OpsAttentionData['query']>, 'kind' | 'sort'>;
export const attentionQuery = (wish: MattersWish & { orderId?: string }) =>
  list<MatterView>(['attention', wish], (cursor) =>
    api.opsAttention({ query: { ...wish, limit: MATTERS_SHOWN, ...cursor, ...atLeast() } }),
  );

export const nodesQuery = queryOptions({
  queryKey: ['ops', 'nodes'],
  queryFn: async (): Promise<NodeWithRoom[]> => (await api.opsNodes({ query: atLeast() })).data,
  refetchInterval: pollEvery(RESTING_MS),
});

export const promisesQuery = queryOptions({
  queryKey: ['ops', 'promises'],
  queryFn: async (): Promise<PromisesPage> => (await api.insightDeliveryInvariant({ query: { limit: PAGE_ROWS, ...atLeast() } })).data,
  refetchInterval: pollEvery(RESTING_MS),
});

/** Asked often: it tells how far readers are, which no event says. */
export const projectionsQuery = queryOptions({
  queryKey: ['ops', 'projections'],
  queryFn: async (): Promise<ProjectionView[]> => (await api.projectionsList()).data,
  refetchInterval: ({ state }) => pollEvery(state.data?.some(({ rebuild }) => isBuilding(rebuild)) ? WATCHED_MS : READERS_MS),
});

const BUILDING = new Set(['building', 'indexing', 'verifying']);
export const isBuilding = (rebuild: ProjectionView['rebuild']): boolean => rebuild !== null && BUILDING.has(rebuild.state);

export const orderDaysQuery = (from: string) =>
  queryOptions({
    queryKey: ['opsFigures', 'days', from],
    queryFn: async (): Promise<OrderDayView[]> => (await api.insightOrderDays({ query: { from } })).data,
    refetchInterval: FIGURES_MS,
  });

export const revenueQuery = (from: string) =>
  queryOptions({
    queryKey: ['opsFigures', 'revenue', from],
    queryFn: (): Promise<RevenueView[]> =>
      everyPage(
        async (cursor) =>
          (await api.insightRevenue({ query: { from, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) } })).data,
      ),
    refetchInterval: FIGURES_MS,
  });

/** Of today alone. */
export const mrrQuery = (day: string) =>
  queryOptions({
    queryKey: ['opsFigures', 'mrr', day],
    queryFn: (): Promise<MrrView[]> =>
      everyPage(
        async (cursor) =>
          (await api.insightMrr({ query: { from: day, to: day, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) } })).data,
      ),
    refetchInterval: FIGURES_MS,
  });

export const healthQuery = (from: string) =>
  queryOptions({
    queryKey: ['opsFigures', 'health', from],
    queryFn: async (): Promise<ProvisioningHealthView> => (await api.insightProvisioningHealth({ query: { from } })).data,
    refetchInterval: FIGURES_MS,
  });

export const parkedQuery = queryOptions({
  queryKey: ['ops', 'parked'],
  queryFn: async (): Promise<ParkedRowView[]> => (await api.parkedList()).data,
  refetchInterval: pollEvery(READERS_MS),
});

export const parkedEventsQuery = (projection: string, rowKey: string) =>
  queryOptions({
    queryKey: ['ops', 'parked', projection, rowKey],
    queryFn: async (): Promise<ParkedEventView[]> => (await api.parkedShow({ query: { projection, rowKey } })).data,
  });

const DECISIONS_MAX = 20;
export const decisionsQuery = queryOptions({
  queryKey: ['ops', 'parked', 'decisions'],
  queryFn: async (): Promise<ParkedRequestView[]> => (await api.parkedRequests({ query: { limit: DECISIONS_MAX } })).data,
});

export type WebhooksWish = Pick<NonNullable<InsightWebhooksData['query']>, 'outcome' | 'type' | 'stripeId' | 'sort'>;
export const webhooksQuery = (wish: WebhooksWish) =>
  list<WebhookView>(['webhooks', wish], (cursor) => api.insightWebhooks({ query: { ...wish, ...cursor, ...atLeast() } }));

export type PaymentsWish = Pick<
  NonNullable<InsightPaymentsData['query']>,
  'kind' | 'status' | 'currency' | 'orderId' | 'from' | 'to' | 'sort'
>;
export const paymentsQuery = (wish: PaymentsWish) =>
  list<PaymentView>(['payments', wish], (cursor) => api.insightPayments({ query: { ...wish, ...cursor, ...atLeast() } }));

export type CustomersWish = Pick<NonNullable<OpsCustomersListData['query']>, 'status' | 'email' | 'sort'>;
export const customersQuery = (wish: CustomersWish) =>
  list<CustomerView>(['customers', 'list', wish], (cursor) => api.opsCustomersList({ query: { ...wish, ...cursor, ...atLeast() } }));

export const customerQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['ops', 'customers', customerId],
    queryFn: async (): Promise<CustomerDetail> => (await api.opsCustomersOne({ path: { customerId } })).data,
  });

export type MoneyWish = Pick<NonNullable<UnmatchedMoneyListData['query']>, 'status' | 'from' | 'to' | 'sort'>;
export const moneyQuery = (wish: MoneyWish) =>
  list<PaymentView>(['money', wish], (cursor) => api.unmatchedMoneyList({ query: { ...wish, ...cursor, ...atLeast() } }));

export type NotificationsWish = Pick<NonNullable<NotificationsListData['query']>, 'status' | 'kind' | 'sort'>;
export const notificationsQuery = (wish: NotificationsWish) =>
  list<NotificationView>(['notifications', wish], (cursor) => api.notificationsList({ query: { ...wish, ...cursor, ...atLeast() } }));

/** No event tells of what was done to a read model: its notes are read again after an act, not whenever something happens. */
const rootOfNotes = (subjectId: string): string => (subjectId.startsWith('projection-') ? OPS_NOTES : 'ops');

/** @param subjectId an order's or customer's id, `node-<number>` or `projection-<name>` */
export const notesQuery = (subjectId: string) =>
  paged<NoteView>([rootOfNotes(subjectId), 'notes', subjectId], (cursor) =>
    api.notesList({ query: { subjectId, limit: NOTES_SHOWN, ...cursor } }),
  );
