/** An order: before it is ready, the truth about how far it is; from then on its service and its money. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { isMoving, meQuery, orderQuery, plansQuery, timelineQuery, type OrderView, type PlansView } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';
import { order as words } from '../messages/order.js';
import { server } from '../messages/server.js';
import { money } from '../parts/format.js';
import { NotFound, Page } from '../parts/page.js';
import { Card, CopyValue, Facts, Loading, Pill, ProblemNote, Stale } from '../parts/status.js';
import { When } from '../parts/when.js';
import { problemOf } from '../api/problem.js';
import css from './order.module.css';
import { Manage } from './order-manage.js';
import { OrderMoney } from './order-money.js';
import { NextSteps, Situation } from './order-situation.js';
import { Progress } from './order-progress.js';
import { planNameOf, regionNameOf, toneOf } from './order-words.js';

const BACK = { href: '/servers', label: server.list.title };
const IN_SERVICE = new Set(['ready', 'grace', 'suspended']);
const UNPAID = new Set(['placed', 'held', 'awaitingPayment', 'paymentPending']);
const GONE = new Set(['NOT_FOUND', 'BAD_REQUEST', 'VALIDATION_FAILED']);

function Details({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const { details } = words;
  return (
    <Card title={details.title}>
      <Facts
        of={[
          [details.number, <CopyValue key="id" value={order.orderId} what={details.number} />],
          [details.plan, planNameOf(offer, order)],
          [details.region, regionNameOf(offer, order)],
          [details.term, catalog.configure.terms[order.term] ?? order.term],
          [details.way, details.ways[order.payment] ?? order.payment],
          [details.amount, money(order.amountMinor, order.currency)],
          [details.ordered, <When key="at" at={order.createdAt} />],
          order.endsAt !== null && [details.cancelsAt, <When key="ends" at={order.endsAt} as="date" />],
          order.paidThrough !== null && [details.paidThrough, <When key="through" at={order.paidThrough} as="date" />],
        ]}
      />
      <p className={css['support']}>
        <Link href={`/support?order=${order.orderId}`}>{words.support}</Link>
      </p>
    </Card>
  );
}

function Purchase({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const { data: timeline = [] } = useQuery(timelineQuery(order.orderId, isMoving(order)));
  const { data: me } = useQuery(meQuery);
  const game = offer?.games.find(({ id }) => id === order.gameId);
  return <Progress facts={{ order, timeline, isLinked: me?.panelAccount.status === 'linked' }} game={game} />;
}

function Body({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const isServed = IN_SERVICE.has(order.status);
  return (
    <div className={css['layout']}>
      <div className={css['column']}>
        <Situation order={order} offer={offer} />
        {!isServed && <Purchase order={order} offer={offer} />}
        {isServed && <NextSteps />}
        {!UNPAID.has(order.status) && <OrderMoney order={order} />}
      </div>
      <div className={css['column']}>
        <Details order={order} offer={offer} />
        {isServed && <Manage order={order} offer={offer} />}
      </div>
    </div>
  );
}

export function OrderPage({ orderId }: { orderId: string }) {
  const read = useQuery(orderQuery(orderId));
  const { data: offer } = useQuery(plansQuery);
  const { data: order, error, refetch } = read;
  if (!order && error && GONE.has(problemOf(error).code)) return <NotFound />;
  if (!order)
    return (
      <Page title={words.details.title} back={BACK}>
        {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={3} height={160} />}
      </Page>
    );
  const { tone, moving } = toneOf(order.status);
  return (
    <Page
      title={planNameOf(offer, order)}
      lead={
        <Pill tone={tone} moving={moving}>
          {words.statuses[order.status] ?? order.status}
        </Pill>
      }
      back={BACK}
      aside={
        IN_SERVICE.has(order.status) ? (
          <Button component={Link} href={`/servers/${order.orderId}`}>
            {words.toServer}
          </Button>
        ) : undefined
      }
    >
      <Stale read={read} />
      <Body order={order} offer={offer} />
    </Page>
  );
}
