/** A customer's servers, and the orders that have none any more. */
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ordersQuery, plansQuery, type OrderView, type PlansView } from '../api/queries.js';
import { order as orderWords } from '../messages/order.js';
import { server } from '../messages/server.js';
import { NextIcon, ServerIcon } from '../parts/icons.js';
import { Page } from '../parts/page.js';
import { Card, Empty, Loading, Pill, ProblemNote, Stale } from '../parts/status.js';
import { When } from '../parts/when.js';
import { GameArt } from './game-art.js';
import { gameNameOf, planNameOf, regionNameOf, toneOf } from './order-words.js';
import css from './servers.module.css';

const { list } = server;
const WITH_SERVER = new Set(['ready', 'grace', 'suspended']);

const hrefOf = ({ orderId, status }: OrderView): string => (WITH_SERVER.has(status) ? `/servers/${orderId}` : `/orders/${orderId}`);

function Row({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const { tone, moving } = toneOf(order.status);
  return (
    <li className={css['row']}>
      <GameArt gameId={order.gameId} name={gameNameOf(offer, order.gameId)} size="small" />
      <div className={css['text']}>
        <Link href={hrefOf(order)} className={css['link'] ?? ''}>
          {planNameOf(offer, order)}
        </Link>
        <span className={css['more']}>
          {regionNameOf(offer, order)} · <When at={order.paidThrough ?? order.createdAt} as="date" />
        </span>
      </div>
      <Pill tone={tone} moving={moving}>
        {orderWords.statuses[order.status] ?? order.status}
      </Pill>
      <NextIcon size={18} />
    </li>
  );
}

function Rows({ title, orders, offer }: { title?: string; orders: readonly OrderView[]; offer: PlansView | undefined }) {
  if (orders.length === 0) return null;
  return (
    <Card {...(title === undefined ? {} : { title })}>
      <ul className={css['rows']}>
        {orders.map((order) => (
          <Row key={order.orderId} order={order} offer={offer} />
        ))}
      </ul>
    </Card>
  );
}

function Lists() {
  const read = useInfiniteQuery(ordersQuery);
  const { data: offer } = useQuery(plansQuery);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = read;
  if (!data) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={3} height={76} />;
  const orders = data.pages.flatMap(({ items }) => items);
  const { title, text, action } = list.empty;
  if (orders.length === 0)
    return (
      <Empty
        icon={<ServerIcon />}
        title={title}
        text={text}
        action={
          <Button component={Link} href="/">
            {action}
          </Button>
        }
      />
    );
  return (
    <>
      <Stale read={read} />
      <Rows orders={orders.filter(({ status }) => status !== 'ended')} offer={offer} />
      <Rows title={list.past} orders={orders.filter(({ status }) => status === 'ended')} offer={offer} />
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {list.more}
        </Button>
      )}
    </>
  );
}

export function ServersPage() {
  return (
    <Page title={list.title}>
      <Lists />
    </Page>
  );
}
