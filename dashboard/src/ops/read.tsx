/** What is shown while something is read, when that fails, and when it is old: the same on every operators' page. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading, ProblemNote, Stale } from '../parts/status.js';

interface ReadProps<T> {
  readonly read: UseQueryResult<T>;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

export function Read<T>({ read, rows = 3, children }: ReadProps<T>) {
  const { data, error, refetch } = read;
  if (data === undefined) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={rows} height={28} />;
  return (
    <>
      <Stale read={read} />
      {children(data)}
    </>
  );
}
