/** What Stripe sent, and what became of it. */
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ops } from '../../messages/ops.js';
import { Page } from '../../parts/page.js';
import { Card, Pill, type Tone } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { webhooksQuery, type WebhooksWish, type WebhookView } from '../queries.js';
import { Short } from '../short.js';
import { Choice, Order, Search } from './filters.js';
import css from './lists.module.css';
import { Paged } from './paged.js';
import { useFilter, wishOf } from './use-filter.js';

const words = ops.webhooks;
const TYPING_MS = 250;

const TONES: Readonly<Record<WebhookView['outcome'], Tone>> = {
  translated: 'good',
  nothingNew: 'calm',
  ignored: 'calm',
  foreign: 'calm',
  waiting: 'brand',
  setAside: 'bad',
  unmatched: 'warn',
  quarantined: 'bad',
};

export default function WebhooksPage() {
  const [outcome, setOutcome] = useFilter('outcome');
  const [stripeId, setStripeId] = useFilter('stripeId');
  const [type, setType] = useFilter('type');
  const [sort, setSort] = useFilter('sort');
  const [wish] = useDebouncedValue(wishOf<WebhooksWish>({ outcome, type: type.trim(), stripeId: stripeId.trim(), sort }), TYPING_MS);
  const read = useInfiniteQuery(webhooksQuery(wish));
  const { columns } = words;
  return (
    <Page title={words.title} lead={words.lead}>
      <Card className={css['card']}>
        <search className={css['filters']}>
          <Search label={words.search} hint={words.searchHint} value={stripeId} onChange={setStripeId} />
          <Search label={columns.type} hint={words.typeHint} value={type} onChange={setType} />
          <Choice label={columns.outcome} value={outcome} of={words.outcomes} onChange={setOutcome} />
          <Order value={sort} onChange={setSort} />
        </search>
        <Paged
          read={read}
          caption={words.title}
          none={words.none}
          keyOf={({ stripeEventId }) => stripeEventId}
          columns={[
            {
              name: columns.type,
              cell: ({ type: event, stripeEventId, via, receivedAt }) => (
                <>
                  {event}
                  <small className={css['small']}>
                    <Short id={stripeEventId} /> {via === 'sweep' && words.swept}
                    <span className={css['phone']}>
                      <When at={receivedAt} />
                    </span>
                  </small>
                </>
              ),
            },
            { name: columns.outcome, cell: (row) => <Pill tone={TONES[row.outcome]}>{words.outcomes[row.outcome]}</Pill> },
            {
              name: columns.became,
              isExtra: true,
              cell: ({ became, quarantine }) => quarantine ?? became.map(({ type }) => type).join(', '),
            },
            { name: columns.object, isExtra: true, cell: ({ objectId }) => <Short id={objectId} /> },
            {
              name: columns.order,
              isExtra: true,
              cell: ({ orderId }) =>
                orderId === null ? (
                  '—'
                ) : (
                  <Link href={`/ops/orders/${orderId}`}>
                    <Short id={orderId} />
                  </Link>
                ),
            },
            { name: columns.received, isNumber: true, isExtra: true, cell: ({ receivedAt }) => <When at={receivedAt} /> },
          ]}
        />
      </Card>
    </Page>
  );
}
