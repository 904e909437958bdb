/** One order, for operators. */
import { useQuery } from '@tanstack/react-query';
import { opsOrder } from '../../messages/ops-order.js';
import { Page } from '../../parts/page.js';
import { Loading, Pill, ProblemNote, Stale } from '../../parts/status.js';
import { opsOrderQuery } from '../queries.js';

export default function OpsOrderPage({ orderId }: { orderId: string }) {
  const read = useQuery(opsOrderQuery(orderId));
  return (
    <Page title={opsOrder.title} lead={orderId} back={{ href: '/ops/orders', label: opsOrder.back }}>
      <Stale read={read} />
      {read.isPending && <Loading />}
      {read.isError && !read.data && <ProblemNote error={read.error} onRetry={() => void read.refetch()} />}
      {read.data && <Pill tone="calm">{read.data.status}</Pill>}
    </Page>
  );
}
