/** Which address shows which page. */
import { lazy, Suspense, type ReactNode } from 'react';
import { Route, Switch } from 'wouter';
import { useSession } from './api/session.js';
import { account } from './messages/account.js';
import { AccountPage } from './pages/account.js';
import { CatalogPage } from './pages/catalog.js';
import { ConfigurePage } from './pages/configure.js';
import { FaqPage, SupportPage } from './pages/help.js';
import { EntryPage } from './pages/entry.js';
import { OrderPage } from './pages/order.js';
import { ServersPage } from './pages/servers.js';
import { Guarded, NotFound } from './parts/page.js';
import { Shell } from './parts/shell.js';
import { Loading } from './parts/status.js';

const ServerPage = lazy(() => import('./pages/server.js'));
const OpsApp = lazy(() => import('./ops/ops-app.js'));

/** Whoever is not logged in logs in here and stays on the page. */
function Private({ children }: { children: ReactNode }) {
  const session = useSession();
  if (session.status === 'starting') return <Loading />;
  if (session.status === 'in') return children;
  return <EntryPage kind="logIn" why={whyOf(session.expired)} />;
}

/** For everybody else these pages do not exist. */
function OperatorsOnly({ children }: { children: ReactNode }) {
  const session = useSession();
  return session.status === 'in' && session.role === 'operator' ? children : <NotFound />;
}

const whyOf = (expired: boolean): string => {
  if (expired) return account.expired;
  if (!location.pathname.startsWith('/orders/')) return account.needed;
  return new URLSearchParams(location.search).has('session_id') ? account.returned : account.left;
};

export function App() {
  return (
    <Shell>
      <Guarded>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={CatalogPage} />
            <Route path="/games/:gameId">{({ gameId }) => <ConfigurePage gameId={gameId} key={gameId} />}</Route>
            <Route path="/login">
              <EntryPage kind="logIn" />
            </Route>
            <Route path="/signup">
              <EntryPage kind="signUp" />
            </Route>
            <Route path="/help" component={FaqPage} />
            <Route path="/support" component={SupportPage} />
            <Route path="/orders/:orderId">
              {({ orderId }) => (
                <Private>
                  <OrderPage orderId={orderId} key={orderId} />
                </Private>
              )}
            </Route>
            <Route path="/servers">
              <Private>
                <ServersPage />
              </Private>
            </Route>
            <Route path="/servers/:orderId">
              {({ orderId }) => (
                <Private>
                  <ServerPage orderId={orderId} key={orderId} />
                </Private>
              )}
            </Route>
            <Route path="/account">
              <Private>
                <AccountPage />
              </Private>
            </Route>
            <Route path="/ops/*?">
              <Private>
                <OperatorsOnly>
                  <OpsApp />
                </OperatorsOnly>
              </Private>
            </Route>
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </Guarded>
    </Shell>
  );
}
