/** What the page of one order reads, and what can be done from it. */
import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { newKey } from '../../api/actions.js';
import { oneOrder } from '../../api/follow.js';
import * as api from '../../api/generated/sdk.gen.js';
import type { CustomerDetail, OrderActionView, ReplayView, ServerNow } from '../../api/generated/types.gen.js';
import { pollEvery } from '../../api/live.js';
import type { ConsoleSource } from '../../pages/use-console.js';

export type { CustomerDetail, OrderActionView, ReplayView, ServerNow };

const RESTING_MS = 15_000;
const SERVER_MS = 5_000;

/** After an act: the order itself, and the lists it stands in. */
export const readAgain = (client: QueryClient, orderId: string): Promise<unknown> =>
  Promise.all([oneOrder(orderId), 'ops'].map((what) => client.invalidateQueries({ queryKey: [what] })));

/** Folded from the log itself, so that it is never behind. One answer holds every step. */
export const replayQuery = (orderId: string) =>
  queryOptions({
    queryKey: [oneOrder(orderId), 'replay'],
    queryFn: async (): Promise<ReplayView> => (await api.replayReplay({ path: { orderId } })).data,
    refetchInterval: pollEvery(RESTING_MS),
  });

/** Whose turn it was at a time between two events depends on that time, so that is asked. */
export const replayAtQuery = (orderId: string, at: string | null) =>
  queryOptions({
    queryKey: ['replayAt', orderId, at],
    queryFn: async (): Promise<ReplayView> => (await api.replayReplay({ path: { orderId }, query: at === null ? {} : { at } })).data,
    enabled: at !== null,
    staleTime: Infinity,
  });

export const actionsQuery = (orderId: string) =>
  queryOptions({
    queryKey: [oneOrder(orderId), 'actions'],
    queryFn: async (): Promise<OrderActionView[]> => (await api.replayActions({ path: { orderId } })).data,
    refetchInterval: pollEvery(RESTING_MS),
  });

export const customerQuery = (customerId: string | undefined) =>
  queryOptions({
    queryKey: ['opsFigures', 'customer', customerId],
    queryFn: async (): Promise<CustomerDetail> => (await api.opsCustomersOne({ path: { customerId: customerId ?? '' } })).data,
    enabled: customerId !== undefined,
  });

export const opsServerQuery = (orderId: string) =>
  queryOptions({
    queryKey: [oneOrder(orderId), 'server'],
    queryFn: async (): Promise<ServerNow> => (await api.opsServerNow({ path: { orderId } })).data,
    refetchInterval: SERVER_MS,
  });

export interface Act {
  readonly orderId: string;
  readonly action: OrderActionView['action'];
  readonly reason: string;
  /** A payment's id, a node's number, `otherPorts`, or a kind of difference. */
  readonly choice: string | undefined;
  readonly amountMinor: number | undefined;
  readonly acceptDataLoss: boolean;
}

type Send = (act: Act, options: { path: { orderId: string }; headers: { 'Idempotency-Key': string } }) => Promise<unknown>;

const moveTo = (choice: string | undefined): { otherPorts?: true; nodeId?: string } => {
  if (choice === undefined) return {};
  return choice === 'otherPorts' ? { otherPorts: true } : { nodeId: choice };
};

const SEND: Readonly<Record<Act['action'], Send>> = {
  retry: ({ reason }, options) => api.moveRetry({ ...options, body: { reason } }),
  move: ({ reason, choice, acceptDataLoss }, options) => api.moveMove({ ...options, body: { reason, acceptDataLoss, ...moveTo(choice) } }),
  reinstall: ({ reason, acceptDataLoss }, options) => api.moveReinstall({ ...options, body: { reason, acceptDataLoss } }),
  repair: ({ reason, choice }, options) => api.repairRepair({ ...options, body: { reason, kind: choice as 'limits' } }),
  suspend: ({ reason }, options) => api.serviceSuspend({ ...options, body: { reason } }),
  resume: ({ reason }, options) => api.serviceResume({ ...options, body: { reason } }),
  refund: ({ reason, choice, amountMinor }, options) =>
    api.serviceRefund({
      ...options,
      body: { reason, ...(choice === undefined ? {} : { paymentId: choice }), ...(amountMinor === undefined ? {} : { amountMinor }) },
    }),
  end: ({ reason }, options) => api.serviceEnd({ ...options, body: { reason } }),
};

/** @param key the same for a repeat of the same wish, which then changes nothing twice */
export const perform = async (act: Act, key: string): Promise<void> => {
  await SEND[act.action](act, { path: { orderId: act.orderId }, headers: { 'Idempotency-Key': key } });
};

export type Signal = 'start' | 'stop' | 'restart' | 'kill';

export const opsPower = async (orderId: string, { signal, reason }: { signal: Signal; reason: string }, key: string): Promise<void> => {
  await api.opsServerPower({ path: { orderId }, body: { signal, reason }, headers: { 'Idempotency-Key': key } });
};

/** The console as it goes on. One look has one key, so that it is on record once, however often it is cut off. */
export const opsConsole = (orderId: string, reason: string): ConsoleSource => ({
  path: `/api/v1/ops/orders/${orderId}/server/console/stream`,
  ask: { reason, key: newKey() },
});

export const opsCommand = async (orderId: string, body: { command: string; reason: string }): Promise<void> => {
  await api.opsServerCommand({ path: { orderId }, body, headers: { 'Idempotency-Key': newKey() } });
};
