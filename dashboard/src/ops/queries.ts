/** Everything the operators' pages read. All keys begin with `ops`: whatever happens, they are read again. */
import { queryOptions } from '@tanstack/react-query';
import * as api from '../api/generated/sdk.gen.js';
import type { OrderView } from '../api/generated/types.gen.js';
import { atLeast, pollEvery } from '../api/live.js';

const RESTING_MS = 15_000;

export const opsOrderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['ops', 'orders', orderId],
    queryFn: async (): Promise<OrderView> => (await api.opsOrder({ path: { orderId }, query: atLeast() })).data,
    refetchInterval: pollEvery(RESTING_MS),
  });
