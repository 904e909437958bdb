/** What customers were told, and another try for what could not be told. */
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ops } from '../../messages/ops.js';
import { Card, Pill, type Tone } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { retryNotification } from '../actions.js';
import type { Deed } from '../deed.js';
import { notificationsQuery, type NotificationsWish, type NotificationView } from '../queries.js';
import { Short } from '../short.js';
import { Choice, Order } from './filters.js';
import css from './lists.module.css';
import { Paged } from './paged.js';
import { useFilter, wishOf } from './use-filter.js';

const words = ops.notifications;
const TONES: Readonly<Record<NotificationView['status'], Tone>> = {
  due: 'brand',
  sending: 'brand',
  sent: 'good',
  dropped: 'calm',
  failed: 'bad',
};

const retryOf = ({ notificationId }: NotificationView): Deed => ({ ...words.retry, carryOut: () => retryNotification(notificationId) });

export function Messages({ ask }: { ask: (deed: Deed) => void }) {
  const [status, setStatus] = useFilter('message');
  const [kind, setKind] = useFilter('kind');
  const [sort, setSort] = useFilter('messages');
  const read = useInfiniteQuery(notificationsQuery(wishOf<NotificationsWish>({ status, kind, sort })));
  const { columns } = words;
  return (
    <Card className={css['card']} title={words.title}>
      <search className={css['filters']}>
        <Choice label={columns.kind} value={kind} of={words.kinds} onChange={setKind} />
        <Choice label={columns.status} value={status} of={words.statuses} onChange={setStatus} />
        <Order value={sort} onChange={setSort} />
      </search>
      <Paged
        read={read}
        caption={words.title}
        none={words.none}
        keyOf={({ notificationId }) => notificationId}
        columns={[
          { name: columns.kind, cell: ({ kind: told }) => words.kinds[told] },
          {
            name: columns.status,
            cell: ({ status: now, code }) => (
              <>
                <Pill tone={TONES[now]}>{words.statuses[now]}</Pill> {code !== null && <code>{code}</code>}
              </>
            ),
          },
          {
            name: columns.order,
            isExtra: true,
            cell: ({ orderId }) =>
              orderId !== null && (
                <Link href={`/ops/orders/${orderId}`}>
                  <Short id={orderId} />
                </Link>
              ),
          },
          { name: columns.attempts, isNumber: true, isExtra: true, cell: ({ attempts }) => attempts },
          { name: columns.when, isNumber: true, cell: ({ settledAt, intendedAt }) => <When at={settledAt ?? intendedAt} /> },
          {
            name: columns.acts,
            isNumber: true,
            cell: (row) =>
              row.status === 'failed' && (
                <Button size="compact-sm" variant="default" onClick={() => ask(retryOf(row))}>
                  {words.retryIt}
                </Button>
              ),
          },
        ]}
      />
    </Card>
  );
}
