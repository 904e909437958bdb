/** Operations: what only operators see, loaded when one of them goes there. */
import { lazy, useEffect, useRef } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useConnected } from '../api/live.js';
import { ops } from '../messages/ops.js';
import { NotFound } from '../parts/page.js';
import css from './ops-app.module.css';
import CustomersPage from './lists/customers-page.js';
import MoneyPage from './lists/money-page.js';
import PaymentsPage from './lists/payments-page.js';
import WebhooksPage from './lists/webhooks-page.js';
import NodesPage from './nodes/nodes-page.js';
import OrdersPage from './orders/orders-page.js';
import OverviewPage from './overview/overview-page.js';
import ProjectionsPage from './projections/projections-page.js';

const OrderPage = lazy(() => import('./order/order-page.js'));

const SECTIONS = [
  ['/ops', ops.nav.overview],
  ['/ops/orders', ops.nav.orders],
  ['/ops/webhooks', ops.nav.webhooks],
  ['/ops/nodes', ops.nav.nodes],
  ['/ops/projections', ops.nav.projections],
  ['/ops/customers', ops.nav.customers],
  ['/ops/payments', ops.nav.payments],
  ['/ops/money', ops.nav.money],
] as const;

const isWithin = (path: string, href: string): boolean => (href === '/ops' ? path === href : path.startsWith(href));

function Live() {
  const isOn = useConnected();
  return (
    <p className={css['live']} data-on={isOn} role="status" title={isOn ? ops.live.why : ops.live.whyOff}>
      {isOn ? ops.live.on : ops.live.off}
    </p>
  );
}

export default function OpsApp() {
  const [path] = useLocation();
  const nav = useRef<HTMLElement>(null);
  // On a phone not all sections fit beside each other.
  useEffect(() => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }), [path]);
  return (
    <div className={css['ops']} data-wide>
      <div className={css['side']}>
        <nav ref={nav} className={css['nav']} aria-label={ops.nav.label}>
          {SECTIONS.map(([href, name]) => (
            <Link key={href} href={href} aria-current={isWithin(path, href) ? 'page' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <Live />
      </div>
      <div className={css['page']}>
        <Switch>
          <Route path="/ops" component={OverviewPage} />
          <Route path="/ops/orders" component={OrdersPage} />
          <Route path="/ops/orders/:orderId">{({ orderId }) => <OrderPage orderId={orderId} key={orderId} />}</Route>
          <Route path="/ops/webhooks" component={WebhooksPage} />
          <Route path="/ops/nodes" component={NodesPage} />
          <Route path="/ops/projections" component={ProjectionsPage} />
          <Route path="/ops/customers" component={CustomersPage} />
          <Route path="/ops/payments" component={PaymentsPage} />
          <Route path="/ops/money" component={MoneyPage} />
          <Route component={NotFound} />
        </Switch>
      </div>
    </div>
  );
}
