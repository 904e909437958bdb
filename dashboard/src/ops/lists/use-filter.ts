/** Filters that stand in the address: they survive a reload and can be passed on. */
import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/** Empty takes a filter away. */
export const useSetFilter = (): ((name: string, value: string) => void) => {
  const [, setParams] = useSearchParams();
  return useCallback(
    (name, value) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === '') after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
};

/** One of them; empty where nothing is asked for. */
export const useFilter = (name: string): readonly [string, (value: string) => void] => {
  const [params] = useSearchParams();
  const setFilter = useSetFilter();
  const set = useCallback((value: string): void => setFilter(name, value), [name, setFilter]);
  return [params.get(name) ?? '', set];
};

/** Without what is empty. */
export const wishOf = <T extends object>(values: Readonly<Record<keyof T & string, string>>): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')) as T;
