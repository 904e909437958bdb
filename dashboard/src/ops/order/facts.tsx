/** Who and what it is about: customer, plan, place, money, and its names elsewhere. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { plansQuery } from '../../api/queries.js';
import { opsOrder } from '../../messages/ops-order.js';
import { gameNameOf, planNameOf, regionNameOf } from '../../pages/order-words.js';
import { duration, money } from '../../parts/format.js';
import { Card } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { AtStripe, Out } from '../out.js';
import type { OrderView } from '../queries.js';
import { Id } from './id.js';
import { customerQuery, opsServerQuery, type ReplayView } from './order-queries.js';
import css from './order.module.css';

const { facts: words } = opsOrder;

interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}
/** As much of the folded money as is shown. */
interface Money {
  readonly succeeded: readonly { readonly total: Amount }[];
  readonly billing: { readonly refunds: Readonly<Record<string, { readonly amount: Amount; readonly status: string }>> };
}

const sum = (amounts: readonly Amount[]): number => amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Customer({ customerId }: { customerId: string }) {
  const { data } = useQuery(customerQuery(customerId));
  return (
    <Fact name={words.customer}>
      {data && <span className={css['line']}>{data.name}</span>}
      {data && (
        <span className={css['email']} title={data.email}>
          {data.email}
        </span>
      )}
      <span className={css['line']}>
        <Id id={customerId} what={words.customer} />
        <Link href={`/ops/orders?q=${customerId}`}>{words.orders}</Link>
      </span>
    </Fact>
  );
}

function StripeId({ name, id, path }: { name: string; id: string | null; path?: string }) {
  if (id === null) return null;
  return (
    <Fact name={name}>
      <Id id={id} what={name} />
      {path !== undefined && <AtStripe path={`${path}/${id}`} />}
    </Fact>
  );
}

function Server({ order }: { order: OrderView }) {
  const { data: server } = useQuery({ ...opsServerQuery(order.orderId), enabled: order.pteroServerId !== null });
  return (
    <Fact name={words.server}>
      {order.pteroServerId === null ? (
        words.none
      ) : (
        <>
          <Id id={`${order.pteroServerId} · ${order.pteroIdentifier ?? ''}`} what={words.server} />
          {server && <Out href={server.panelUrl}>{words.panel}</Out>}
        </>
      )}
    </Fact>
  );
}

function Paid({ order, replay }: { order: OrderView; replay: ReplayView }) {
  const { succeeded, billing } = replay.states.payment as unknown as Money;
  const refunds = Object.values(billing.refunds);
  const back = refunds.filter(({ status }) => status === 'settled').map(({ amount }) => amount);
  const pending = refunds.filter(({ status }) => status === 'pending').map(({ amount }) => amount);
  return (
    <>
      <Fact name={words.price}>
        {money(order.amountMinor, order.currency)} <span className={css['soft']}>{words.ways[order.payment]}</span>
      </Fact>
      <Fact name={words.paid}>
        <strong>{money(sum(succeeded.map(({ total }) => total)), order.currency)}</strong>
        {order.paidAt !== null && (
          <span className={css['soft']}>
            {' '}
            <When at={order.paidAt} />
          </span>
        )}
      </Fact>
      {refunds.length > 0 && (
        <Fact name={words.refunded}>
          {money(sum(back), order.currency)}
          {pending.length > 0 && <span className={css['soft']}> {words.onTheWay(money(sum(pending), order.currency))}</span>}
        </Fact>
      )}
    </>
  );
}

function Times({ order }: { order: OrderView }) {
  return (
    <>
      <Fact name={words.placed}>
        <When at={order.createdAt} />
      </Fact>
      {order.paidAt !== null && order.readyAt !== null && (
        <Fact name={words.ready}>{duration(Date.parse(order.readyAt) - Date.parse(order.paidAt))}</Fact>
      )}
      {order.paidThrough !== null && (
        <Fact name={words.paidThrough}>
          <When at={order.paidThrough} as="date" />
        </Fact>
      )}
    </>
  );
}

export function Facts({ order, replay }: { order: OrderView; replay: ReplayView }) {
  const { data: offer } = useQuery(plansQuery);
  return (
    <Card title={words.title} className={css['card']}>
      <dl className={css['facts']}>
        <Fact name={opsOrder.orderId}>
          <Id id={order.orderId} what={opsOrder.orderId} />
        </Fact>
        <Customer customerId={order.customerId} />
        <Fact name={words.plan}>
          {planNameOf(offer, order)} <span className={css['soft']}>{gameNameOf(offer, order.gameId)}</span>
        </Fact>
        <Fact name={words.term}>
          {regionNameOf(offer, order)}, {words.terms[order.term] ?? order.term}
        </Fact>
        <Paid order={order} replay={replay} />
        <Times order={order} />
        <Fact name={words.node}>{order.nodeId ?? words.none}</Fact>
        <Server order={order} />
        <StripeId name={words.payment} id={order.paymentIntent} path="payments" />
        <StripeId name={words.subscription} id={order.subscription} path="subscriptions" />
        <StripeId name={words.session} id={order.checkoutSession} />
      </dl>
    </Card>
  );
}
