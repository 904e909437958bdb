/** All orders: searched by whatever somebody has of one, narrowed, gone through by keyboard, taken along as a file. */
import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState, type RefObject } from 'react';
import { LIVE_PAGES_MAX } from '../../api/paged.js';
import { plansQuery } from '../../api/queries.js';
import { ops } from '../../messages/ops.js';
import { number } from '../../parts/format.js';
import { ServerIcon } from '../../parts/icons.js';
import { Page } from '../../parts/page.js';
import { Card, Empty, Loading, Note, ProblemNote, Stale } from '../../parts/status.js';
import { opsOrdersQuery, type OrdersWish } from '../queries.js';
import { EXPORT_ROWS_MAX, exportOrders } from './csv.js';
import { Filters } from './filters.js';
import css from './orders.module.css';
import { OrdersTable } from './orders-table.js';
import { useOrdersWish, type WishName } from './use-orders-wish.js';

const words = ops.orders;
/** Nobody wants what half a word finds. */
const TYPING_MS = 200;

function Export({ wish }: { wish: OrdersWish }) {
  const [rows, setRows] = useState(0);
  const { mutate, isPending, isSuccess, data = 0, error } = useMutation({ mutationFn: () => exportOrders(wish, setRows) });
  const said = data < EXPORT_ROWS_MAX ? words.exported(number(data)) : words.cut(number(data));
  return (
    <div className={css['export']}>
      <Button size="xs" variant="default" disabled={isPending} onClick={() => mutate()}>
        {isPending ? words.exporting(number(rows)) : words.export}
      </Button>
      <span role="status">{isSuccess && said}</span>
      {error && <ProblemNote error={error} />}
    </div>
  );
}

const KEYS = [
  ['/', words.keys.search],
  ['j k', words.keys.move],
  ['↵', words.keys.open],
] as const;

function Below({ count, hasMore, isLoadingMore }: { count: number; hasMore: boolean; isLoadingMore: boolean }) {
  const found = hasMore ? words.foundSoFar(number(count)) : words.found(number(count));
  return (
    <div className={css['below']}>
      <span role="status">{isLoadingMore ? words.more : found}</span>
      <span className={css['keys']} aria-hidden="true">
        {KEYS.map(([key, what]) => (
          <span key={key}>
            <kbd>{key}</kbd> {what}
          </span>
        ))}
      </span>
    </div>
  );
}

interface FoundProps {
  readonly wish: OrdersWish;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly set: (name: WishName, value: string) => void;
}

function Found({ wish, search, set }: FoundProps) {
  const [settled] = useDebouncedValue(wish, TYPING_MS);
  const read = useInfiniteQuery(opsOrdersQuery(settled));
  const { data: offer } = useQuery(plansQuery);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching, isFetchingNextPage, isStale } = read;
  const orders = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const onMore = useCallback(() => void (isFetching || fetchNextPage()), [isFetching, fetchNextPage]);
  const sort = wish.sort ?? 'newest';
  if (!data) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={12} height={36} />;
  if (orders.length === 0) {
    const { title, text } = Object.keys(settled).length === 0 ? words.empty : words.none;
    return <Empty icon={<ServerIcon />} title={title} text={text} />;
  }
  return (
    <>
      <Stale read={read} />
      {isStale && !isFetching && data.pages.length > LIVE_PAGES_MAX && (
        <Note tone="brand" role="status">
          {ops.changed}{' '}
          <Button size="compact-xs" variant="default" onClick={() => void refetch()}>
            {ops.readAgain}
          </Button>
        </Note>
      )}
      <OrdersTable
        key={JSON.stringify(settled)}
        orders={orders}
        offer={offer}
        search={search}
        sort={sort}
        hasMore={hasNextPage}
        onSort={() => set('sort', sort === 'newest' ? 'oldest' : '')}
        onMore={onMore}
      />
      <Below count={orders.length} hasMore={hasNextPage} isLoadingMore={isFetchingNextPage} />
    </>
  );
}

export default function OrdersPage() {
  const { wish, set, clear } = useOrdersWish();
  const { data: offer } = useQuery(plansQuery);
  const search = useRef<HTMLInputElement>(null);
  return (
    <Page title={words.title} aside={<Export wish={wish} />}>
      <Card className={css['card']}>
        <Filters wish={wish} offer={offer} search={search} set={set} clear={clear} />
        <Found wish={wish} search={search} set={set} />
      </Card>
    </Page>
  );
}
