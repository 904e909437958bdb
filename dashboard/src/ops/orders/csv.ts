/** Orders as a file for a spreadsheet. */
import { ordersPage, type OrdersWish, type OrderView } from '../queries.js';

const COLUMNS = [
  'orderId',
  'status',
  'customerId',
  'gameId',
  'planId',
  'region',
  'term',
  'payment',
  'amountMinor',
  'currency',
  'createdAt',
  'paidAt',
  'readyAt',
  'paidThrough',
  'nodeId',
  'pteroServerId',
  'pteroIdentifier',
  'checkoutSession',
  'paymentIntent',
  'subscription',
  'failingStep',
  'failingCode',
] as const satisfies readonly (keyof OrderView)[];

/** More would take minutes, and more requests than a minute allows. */
export const EXPORT_ROWS_MAX = 10_000;

/** What a spreadsheet would take for a formula is made text. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const cellOf = (value: string | number | null): string => {
  if (typeof value === 'string') return quoted(harmless(value));
  return value === null ? '' : String(value);
};

/** As RFC 4180 has it; times in UTC, amounts in minor units. */
const csvOf = (orders: readonly OrderView[]): string =>
  [COLUMNS.join(','), ...orders.map((order) => COLUMNS.map((column) => cellOf(order[column])).join(',')), ''].join('\r\n');

/** All that is found, page by page. @param onProgress rows so far */
const collect = async (wish: OrdersWish, onProgress: (rows: number) => void): Promise<OrderView[]> => {
  const orders: OrderView[] = [];
  let cursor: string | undefined;
  do {
    const page = await ordersPage(wish, cursor);
    orders.push(...page.items);
    onProgress(orders.length);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && orders.length < EXPORT_ROWS_MAX);
  return orders;
};

/** Hands the file to the browser. Answers how many orders are in it. */
export const exportOrders = async (wish: OrdersWish, onProgress: (rows: number) => void): Promise<number> => {
  const orders = await collect(wish, onProgress);
  const address = URL.createObjectURL(new Blob([csvOf(orders)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `orders-${new Date().toISOString().slice(0, 10)}.csv`;
  link.click();
  URL.revokeObjectURL(address);
  return orders.length;
};
