/** What is searched for, as it stands in the address: it survives a reload and can be passed on. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useSetFilter } from '../lists/use-filter.js';
import type { OrdersWish } from '../queries.js';

const NAMES = [
  'q',
  'status',
  'gameId',
  'planId',
  'region',
  'nodeId',
  'customerId',
  'from',
  'to',
  'sort',
] as const satisfies readonly (keyof OrdersWish)[];
export type WishName = (typeof NAMES)[number];

interface Wished {
  readonly wish: OrdersWish;
  /** Empty takes a filter away. */
  readonly set: (name: WishName, value: string) => void;
  readonly clear: () => void;
}

export const useOrdersWish = (): Wished => {
  const [params, setParams] = useSearchParams();
  const text = params.toString();
  const wish = useMemo(() => {
    const given = new URLSearchParams(text);
    // The API says which values it does not know.
    return Object.fromEntries(NAMES.flatMap((name) => (given.get(name) ? [[name, given.get(name)]] : [])));
  }, [text]);
  const set: Wished['set'] = useSetFilter();
  const clear = useCallback((): void => setParams({}, { replace: true }), [setParams]);
  return { wish, set, clear };
};
