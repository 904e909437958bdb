/** One order, for operators: what it is and why, how it came to be so, what was at any point of it, and what can be done. */
import { useQuery } from '@tanstack/react-query';
import { problemOf } from '../../api/problem.js';
import { ops } from '../../messages/ops.js';
import { opsOrder } from '../../messages/ops-order.js';
import { toneOf } from '../../pages/order-words.js';
import { NotFound, Page } from '../../parts/page.js';
import { Loading, Pill, ProblemNote, Stale } from '../../parts/status.js';
import { opsOrderQuery, type OrderView } from '../queries.js';
import { Actions } from './actions.js';
import { Attention } from './attention.js';
import { Facts } from './facts.js';
import { Inspector } from './inspector.js';
import { replayQuery, type ReplayView } from './order-queries.js';
import css from './order.module.css';
import { ServerNowCard } from './server-now.js';
import { Timeline } from './timeline.js';
import { TravelBar } from './travel-bar.js';
import { usePoint } from './use-point.js';

const BACK = { href: '/ops/orders', label: opsOrder.back };
const GONE = new Set(['NOT_FOUND', 'BAD_REQUEST', 'VALIDATION_FAILED']);
const SERVED = new Set(['ready', 'grace', 'suspended']);
const SHORT = 8;

function History({ replay }: { replay: ReplayView }) {
  const travel = usePoint(replay);
  return (
    <section className={css['history']} aria-label={opsOrder.travel.title}>
      <TravelBar replay={replay} travel={travel} />
      <div className={css['halves']}>
        <Timeline replay={replay} travel={travel} />
        <Inspector replay={replay} travel={travel} />
      </div>
    </section>
  );
}

function Body({ order, replay }: { order: OrderView; replay: ReplayView }) {
  return (
    <>
      <Attention replay={replay} />
      <div className={css['top']}>
        <div className={css['column']}>
          <Facts order={order} replay={replay} />
          {SERVED.has(order.status) && <ServerNowCard orderId={order.orderId} />}
        </div>
        <Actions orderId={order.orderId} />
      </div>
      <History replay={replay} />
    </>
  );
}

function Lead({ order, replay }: { order: OrderView; replay: ReplayView }) {
  const { tone, moving } = toneOf(order.status);
  return (
    <span className={css['lead']}>
      <Pill tone={tone} moving={moving}>
        {ops.statuses[order.status]}
      </Pill>
      <span data-why>{replay.next.why}</span>
    </span>
  );
}

export default function OpsOrderPage({ orderId }: { orderId: string }) {
  const read = useQuery(opsOrderQuery(orderId));
  const told = useQuery(replayQuery(orderId));
  const { data: order } = read;
  const { data: replay } = told;
  const error = read.error ?? told.error;
  if (!(order && replay) && error && GONE.has(problemOf(error).code)) return <NotFound />;
  if (!order || !replay)
    return (
      <Page title={opsOrder.untitled} back={BACK}>
        {error ? (
          <ProblemNote
            error={error}
            onRetry={() => {
              void read.refetch();
              void told.refetch();
            }}
          />
        ) : (
          <Loading rows={4} height={120} />
        )}
      </Page>
    );
  return (
    <Page title={opsOrder.title(orderId.slice(0, SHORT))} lead={<Lead order={order} replay={replay} />} back={BACK}>
      <Stale read={told} />
      <Body order={order} replay={replay} />
    </Page>
  );
}
