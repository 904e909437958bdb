/** One server: where it is, what it does and uses, its power and its console. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { command } from '../api/actions.js';
import { problemOf } from '../api/problem.js';
import { orderQuery, plansQuery, serverQuery, type OrderView, type ServerNow } from '../api/queries.js';
import { common } from '../messages/common.js';
import { server as words } from '../messages/server.js';
import { duration, time } from '../parts/format.js';
import { LinkOutIcon, ServerIcon } from '../parts/icons.js';
import { NotFound, Page } from '../parts/page.js';
import { Card, CopyValue, Empty, Loading, Note, Pill, ProblemNote, type Tone } from '../parts/status.js';
import { planNameOf } from './order-words.js';
import { Console } from './server-console.js';
import { PanelPasswordButton } from './panel-password.js';
import { Power } from './server-power.js';
import { Usage } from './server-usage.js';
import css from './server.module.css';

const { page, states } = words;
const BACK = { href: '/servers', label: words.list.title };
const TONES: Readonly<Record<string, Tone>> = { running: 'good', offline: 'calm', starting: 'brand', stopping: 'warn' };
const SERVED = new Set(['ready', 'grace', 'suspended']);

function State({ now }: { now: ServerNow | undefined }) {
  const live = now?.live;
  if (!live) return null;
  const isMoving = live.state === 'starting' || live.state === 'stopping';
  return (
    <span className={css['state']}>
      <Pill tone={TONES[live.state] ?? 'calm'} moving={isMoving}>
        {states[live.state] ?? words.unknownState}
      </Pill>
      {live.state === 'running' && <span>{words.up(duration(live.uptimeMs))}</span>}
    </span>
  );
}

function Reach({ now }: { now: ServerNow }) {
  return (
    <Card title={page.server}>
      <div className={css['reach']}>
        <Address now={now} />
        <Button
          component="a"
          href={now.panelUrl}
          target="_blank"
          rel="noreferrer"
          variant="default"
          rightSection={<LinkOutIcon size={16} />}
        >
          {page.panel} <span className={css['hidden']}>{common.opensNewTab}</span>
        </Button>
        <PanelPasswordButton variant="subtle" />
      </div>
    </Card>
  );
}

function Address({ now: { address } }: { now: ServerNow }) {
  return (
    <div className={css['address']}>
      <span>{page.address}</span>
      {address ? <CopyValue value={address} what={page.address} /> : <em>{page.addressWaiting}</em>}
    </div>
  );
}

function OwnConsole({ orderId, isRunning }: { orderId: string; isRunning: boolean }) {
  const source = useMemo(() => ({ path: `/api/v1/orders/${orderId}/server/console/stream` }), [orderId]);
  return <Console title={words.console.title} source={source} send={(line) => command(orderId, line)} isRunning={isRunning} />;
}

function Live({ order }: { order: OrderView }) {
  const { data: now, error, refetch } = useQuery(serverQuery(order.orderId));
  if (!now) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={3} height={120} />;
  return (
    <>
      {error && <ProblemNote error={error} />}
      {now.live?.stale && (
        <Note tone="warn" role="status">
          <p>{page.stale(time(now.live.observedAt))}</p>
        </Note>
      )}
      <div className={css['layout']}>
        <div className={css['column']}>
          <OwnConsole orderId={order.orderId} isRunning={now.live !== null && now.live.state !== 'offline'} />
        </div>
        <div className={css['column']}>
          <Power orderId={order.orderId} live={now.live} />
          {now.live && <Usage live={now.live} />}
          <Reach now={now} />
        </div>
      </div>
    </>
  );
}

function NoServer({ order }: { order: OrderView }) {
  const { title, text, action } = order.status === 'ended' || order.status === 'ending' ? page.gone : page.notYet;
  return (
    <Empty
      icon={<ServerIcon />}
      title={title}
      text={text}
      action={
        <Button component={Link} href={`/orders/${order.orderId}`}>
          {action}
        </Button>
      }
    />
  );
}

export default function ServerPage({ orderId }: { orderId: string }) {
  const { data: order, error, refetch } = useQuery(orderQuery(orderId));
  const { data: offer } = useQuery(plansQuery);
  const isServed = order !== undefined && SERVED.has(order.status);
  const { data: now } = useQuery({ ...serverQuery(orderId), enabled: isServed });
  if (!order && error && problemOf(error).code !== 'OFFLINE') return <NotFound />;
  if (!order)
    return (
      <Page title={page.server} back={BACK}>
        {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={3} height={120} />}
      </Page>
    );
  return (
    <Page
      title={planNameOf(offer, order)}
      lead={<State now={now} />}
      back={BACK}
      aside={
        <Button component={Link} href={`/orders/${orderId}`} variant="default">
          {page.order}
        </Button>
      }
    >
      {isServed ? <Live order={order} /> : <NoServer order={order} />}
    </Page>
  );
}
