/** Leads from a matter to the page on which something can be done about it. */
import { Link } from 'wouter';
import type { MatterView } from './queries.js';
import { Short } from './short.js';

const PAGES: Readonly<Record<string, string>> = {
  unmatchedMoney: '/ops/money',
  capacity: '/ops/nodes',
  reader: '/ops/projections',
  webhook: '/ops/webhooks',
  panelAccount: '/ops/customers?status=conflict',
};

const hrefOf = ({ orderId, kind }: MatterView): string | undefined => (orderId === null ? PAGES[kind] : `/ops/orders/${orderId}`);

export function About({ matter }: { matter: MatterView }) {
  const href = hrefOf(matter);
  const name = <Short id={matter.orderId ?? matter.subjectId} />;
  return href === undefined ? name : <Link href={href}>{name}</Link>;
}
