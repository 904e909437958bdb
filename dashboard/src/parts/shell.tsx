/** What stands around every page. */
import { ActionIcon, Button, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { logOut } from '../api/actions.js';
import { useFollowing } from '../api/follow.js';
import { useBehind } from '../api/live.js';
import { plansQuery } from '../api/queries.js';
import { useSession } from '../api/session.js';
import { common } from '../messages/common.js';
import { MoonIcon, ServerIcon, SunIcon, UserIcon } from './icons.js';
import css from './shell.module.css';

const { nav, menu, theme, footer } = common;

function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const isDark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark';
  const label = isDark ? theme.toLight : theme.toDark;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(isDark ? 'light' : 'dark')}>
        {isDark ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Tooltip>
  );
}

function Who() {
  const session = useSession();
  const [path, go] = useLocation();
  if (session.status === 'starting') return null;
  if (session.status === 'out')
    return (
      <>
        <Link className={css['quiet'] ?? ''} href={`/login?next=${encodeURIComponent(path)}`}>
          {menu.logIn}
        </Link>
        <Button component={Link} href="/signup" size="sm">
          {menu.signUp}
        </Button>
      </>
    );
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="light" size="lg" radius="xl" aria-label={menu.accountOf}>
          <UserIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => go('/account')}>{menu.account}</Menu.Item>
        <Menu.Item
          onClick={() => {
            go('/');
            void logOut();
          }}
        >
          {menu.logOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function NavLink({ href, matches, children }: { href: string; matches: RegExp; children: ReactNode }) {
  const [path] = useLocation();
  return (
    <Link href={href} aria-current={matches.test(path) ? 'page' : undefined}>
      {children}
    </Link>
  );
}

/** A new page begins at its top, and a screen reader begins to read there; the first page is left to the browser. */
const useFreshStart = () => {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
};

/** Old data says so. */
function Behind() {
  const isBehind = useBehind();
  return <div role="status">{isBehind && <p className={css['test']}>{common.behind}</p>}</div>;
}

export function Shell({ children }: { children: ReactNode }) {
  const session = useSession();
  useFollowing(session.status === 'in' ? session.customerId : undefined);
  const main = useFreshStart();
  const { data } = useQuery(plansQuery);
  return (
    <div className={css['shell']}>
      <a className={css['skip']} href="#content">
        {common.skip}
      </a>
      <header className={css['header']}>
        <Behind />
        {data?.payments === 'test' && <p className={css['test']}>{common.testMode}</p>}
        <div className={css['bar']}>
          <Link className={css['logo'] ?? ''} href="/" aria-label={common.product}>
            <span className={css['mark']}>
              <ServerIcon />
            </span>
            <span className={css['name']}>{common.product}</span>
          </Link>
          <nav className={css['nav']} aria-label={nav.label}>
            <NavLink href="/" matches={/^\/($|games)/}>
              {nav.games}
            </NavLink>
            {session.status === 'in' && (
              <NavLink href="/servers" matches={/^\/(servers|orders)/}>
                {nav.servers}
              </NavLink>
            )}
            <NavLink href="/help" matches={/^\/(help|support)/}>
              {nav.help}
            </NavLink>
            {session.status === 'in' && session.role === 'operator' && (
              <NavLink href="/ops" matches={/^\/ops/}>
                {nav.operations}
              </NavLink>
            )}
          </nav>
          <div className={css['side']}>
            <ThemeSwitch />
            <Who />
          </div>
        </div>
      </header>
      <main id="content" className={css['main']} ref={main} tabIndex={-1}>
        {children}
      </main>
      <footer className={css['footer']}>
        <div className={css['bar']}>
          <p>{footer.note}</p>
          <Link href="/help">{footer.faq}</Link>
          <Link href="/support">{footer.support}</Link>
        </div>
      </footer>
    </div>
  );
}
