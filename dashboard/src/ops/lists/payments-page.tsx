/** Every movement of money: what came, what went back, what a dispute took, and what is under way. */
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ops } from '../../messages/ops.js';
import { money } from '../../parts/format.js';
import { Page } from '../../parts/page.js';
import { Card, Note, Pill, type Tone } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { AtStripe } from '../out.js';
import { paymentsQuery, type PaymentsWish, type PaymentView } from '../queries.js';
import { Short } from '../short.js';
import { Choice, Days, Order, Search } from './filters.js';
import css from './lists.module.css';
import { Paged } from './paged.js';
import { useFilter, wishOf } from './use-filter.js';

const words = ops.payments;
const TYPING_MS = 250;
const WHOLE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const TONES: Readonly<Record<string, Tone>> = {
  succeeded: 'good',
  pending: 'brand',
  failed: 'bad',
  notAccepted: 'bad',
  unmatched: 'bad',
};

const amountOf = ({ amountMinor, currency }: PaymentView): string =>
  amountMinor === null || currency === null ? '—' : money(Number(amountMinor), currency);

const pathOf = ({ paymentIntent, invoice }: PaymentView): string | null => {
  if (paymentIntent !== null) return `payments/${paymentIntent}`;
  return invoice === null ? null : `invoices/${invoice}`;
};

function What({ row }: { row: PaymentView }) {
  return (
    <>
      {row.purpose === null ? words.kinds[row.kind] : (words.purposes[row.purpose] ?? row.purpose)}
      <small className={css['small']}>
        <Short id={row.objectId} />
        <span className={css['phone']}>
          <When at={row.occurredAt} />
        </span>
      </small>
    </>
  );
}

function OrderOf({ row }: { row: PaymentView }) {
  const path = pathOf(row);
  return (
    <>
      {row.orderId === null ? (
        '—'
      ) : (
        <Link href={`/ops/orders/${row.orderId}`}>
          <Short id={row.orderId} />
        </Link>
      )}{' '}
      {path !== null && <AtStripe path={path} />}
    </>
  );
}

export default function PaymentsPage() {
  const [kind, setKind] = useFilter('kind');
  const [status, setStatus] = useFilter('status');
  const [currency, setCurrency] = useFilter('currency');
  const [orderId, setOrderId] = useFilter('orderId');
  const [from, setFrom] = useFilter('from');
  const [to, setTo] = useFilter('to');
  const [sort, setSort] = useFilter('sort');
  const [wish] = useDebouncedValue(
    wishOf<PaymentsWish>({ kind, status, currency: currency.trim().toLowerCase(), orderId: orderId.trim(), from, to, sort }),
    TYPING_MS,
  );
  const isWhole = wish.orderId === undefined || WHOLE_ID.test(wish.orderId);
  const read = useInfiniteQuery({ ...paymentsQuery(wish), enabled: isWhole });
  const { columns } = words;
  return (
    <Page title={words.title} lead={words.lead}>
      <Card className={css['card']}>
        <search className={css['filters']}>
          <Search label={words.search} hint={words.searchHint} value={orderId} onChange={setOrderId} />
          <Choice label={columns.what} value={kind} of={words.kinds} onChange={setKind} />
          <Choice label={columns.status} value={status} of={words.statuses} onChange={setStatus} />
          <Search label={words.currency} hint={words.currencyHint} value={currency} onChange={setCurrency} />
          <Days from={from} to={to} setFrom={setFrom} setTo={setTo} />
          <Order value={sort} onChange={setSort} />
        </search>
        {!isWhole && <Note tone="warn">{words.wholeId}</Note>}
        {isWhole && (
          <Paged
            read={read}
            caption={words.title}
            none={words.none}
            keyOf={({ paymentKey }) => paymentKey}
            columns={[
              { name: columns.what, cell: (row) => <What row={row} /> },
              { name: columns.amount, isNumber: true, cell: amountOf },
              {
                name: columns.status,
                cell: ({ status }) => <Pill tone={TONES[status] ?? 'calm'}>{words.statuses[status] ?? status}</Pill>,
              },
              { name: columns.why, isExtra: true, cell: ({ reason }) => reason ?? '—' },
              { name: columns.order, isExtra: true, cell: (row) => <OrderOf row={row} /> },
              { name: columns.when, isNumber: true, isExtra: true, cell: ({ occurredAt }) => <When at={occurredAt} /> },
            ]}
          />
        )}
      </Card>
    </Page>
  );
}
