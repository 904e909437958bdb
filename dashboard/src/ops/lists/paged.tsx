/** A list that comes page by page, with what is shown while there is nothing of it. */
import { Button } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { LIVE_PAGES_MAX } from '../../api/paged.js';
import { ops } from '../../messages/ops.js';
import { Loading, Note, ProblemNote, Stale } from '../../parts/status.js';
import { Table, type Column } from '../table.js';
import css from './lists.module.css';

interface PagedProps<T> {
  readonly read: UseInfiniteQueryResult<InfiniteData<{ readonly items: readonly T[] }>>;
  readonly caption: string;
  readonly none: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
}

export function Paged<T>({ read, caption, none, columns, keyOf }: PagedProps<T>) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching, isStale } = read;
  if (!data) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={6} height={32} />;
  const rows = data.pages.flatMap(({ items }) => items);
  const isBehind = isStale && !isFetching && data.pages.length > LIVE_PAGES_MAX;
  return (
    <>
      <Stale read={read} />
      {isBehind && (
        <Note tone="brand" role="status">
          {ops.changed}{' '}
          <Button size="compact-xs" variant="default" onClick={() => void refetch()}>
            {ops.readAgain}
          </Button>
        </Note>
      )}
      {rows.length === 0 ? <p className={css['none']}>{none}</p> : <Table caption={caption} rows={rows} columns={columns} keyOf={keyOf} />}
      {hasNextPage && (
        <Button className={css['more'] ?? ''} size="xs" variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
          {ops.more}
        </Button>
      )}
    </>
  );
}
