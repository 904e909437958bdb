/** Orders, however many: only the rows in view are drawn, and further pages are asked for as one scrolls. */
import { UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useEffect, type RefObject } from 'react';
import { Link } from 'wouter';
import type { PlansView } from '../../api/queries.js';
import { ops } from '../../messages/ops.js';
import { planNameOf, regionNameOf, toneOf } from '../../pages/order-words.js';
import { money } from '../../parts/format.js';
import { Pill } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import type { OrderView } from '../queries.js';
import { Short } from '../short.js';
import css from './orders.module.css';
import { useRowKeys } from './use-row-keys.js';
import { useRowsInView } from '../use-rows-in-view.js';

const { columns, ...words } = ops.orders;
const ROW_PX = 40;
const PHONE_ROW_PX = 68;
const PHONE = '(max-width: 46rem)';

function Row({ order, row, offer }: { order: OrderView; row: number; offer: PlansView | undefined }) {
  const { tone, moving } = toneOf(order.status);
  return (
    <div className={css['row']} role="row" aria-rowindex={row + 2} data-row={row}>
      <span role="cell" className={css['id']}>
        <Link href={`/ops/orders/${order.orderId}`}>
          <Short id={order.orderId} />
        </Link>
      </span>
      <span role="cell" className={css['status']}>
        <Pill tone={tone} moving={moving}>
          {ops.statuses[order.status]}
        </Pill>
      </span>
      <span role="cell" className={css['plan']}>
        {planNameOf(offer, order)}
      </span>
      <span role="cell" className={css['region']}>
        {regionNameOf(offer, order)}
      </span>
      <span role="cell" className={css['server']}>
        {order.failingCode ?? order.pteroIdentifier ?? words.noServer}
      </span>
      <span role="cell" className={css['amount']}>
        {money(order.amountMinor, order.currency)}
      </span>
      <span role="cell" className={css['placed']}>
        <When at={order.createdAt} />
      </span>
    </div>
  );
}

function Heads({ sort, onSort }: { sort: 'newest' | 'oldest'; onSort: () => void }) {
  const { placed, ...others } = columns;
  return (
    <div role="rowgroup" className={css['heads']}>
      <div role="row" className={css['row']} aria-rowindex={1}>
        {Object.entries(others).map(([column, name]) => (
          <span key={column} role="columnheader" className={css[column]}>
            {name}
          </span>
        ))}
        <span role="columnheader" className={css['placed']} aria-sort={sort === 'oldest' ? 'ascending' : 'descending'}>
          <UnstyledButton className={css['sort'] ?? ''} onClick={onSort} title={words[sort]}>
            {placed} <span aria-hidden="true">{sort === 'oldest' ? '↑' : '↓'}</span>
          </UnstyledButton>
        </span>
      </div>
    </div>
  );
}

interface OrdersTableProps {
  readonly orders: readonly OrderView[];
  readonly offer: PlansView | undefined;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly sort: 'newest' | 'oldest';
  readonly hasMore: boolean;
  readonly onSort: () => void;
  /** Asks for the next page, unless that is under way. */
  readonly onMore: () => void;
}

export function OrdersTable({ orders, offer, search, sort, hasMore, onSort, onMore }: OrdersTableProps) {
  const rowPx = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false }) ? PHONE_ROW_PX : ROW_PX;
  const { box, first, end, show } = useRowsInView(orders.length, rowPx);
  useRowKeys({ box, search, count: orders.length, show });
  const isAtEnd = end >= orders.length;
  useEffect(() => {
    if (isAtEnd && hasMore) onMore();
  }, [isAtEnd, hasMore, onMore, orders.length]);
  return (
    <div ref={box} className={css['box']} role="table" aria-label={words.table} aria-rowcount={hasMore ? -1 : orders.length + 1}>
      <Heads sort={sort} onSort={onSort} />
      <div role="rowgroup" className={css['rows']} style={{ height: orders.length * rowPx, paddingTop: first * rowPx }}>
        {orders.slice(first, end).map((order, index) => (
          <Row key={order.orderId} order={order} row={first + index} offer={offer} />
        ))}
      </div>
    </div>
  );
}
