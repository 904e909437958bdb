/** Links to somebody else's pages. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { plansQuery } from '../api/queries.js';
import { common } from '../messages/common.js';
import { ops } from '../messages/ops.js';
import { LinkOutIcon } from '../parts/icons.js';
import css from './out.module.css';

export function Out({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className={css['out']}>
      {children} <LinkOutIcon size={13} />
      <span className={css['hidden']}>{common.opensNewTab}</span>
    </a>
  );
}

/** To Stripe's own page of one of its objects; nothing where a stand-in has no such pages. @param path for example `payments/pi_…` */
export function AtStripe({ path }: { path: string }) {
  const { data: offer } = useQuery(plansQuery);
  const stripe = offer?.stripeDashboard ?? null;
  return stripe === null ? null : <Out href={`${stripe}/${path}`}>{ops.atStripe}</Out>;
}
