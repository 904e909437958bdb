/** A filter that stands in the address. */
import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/** Empty where nothing is asked for. */
export const useFilter = (name: string): readonly [string, (value: string) => void] => {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string): void =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === '') after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name) ?? '', set];
};

/** Without what is empty. */
export const wishOf = <T extends object>(values: Readonly<Record<keyof T & string, string>>): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')) as T;
