/** What was paid, what is open, what went back. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { billingPortal } from '../api/actions.js';
import { billingQuery, type BillingView, type OrderView } from '../api/queries.js';
import { order as words } from '../messages/order.js';
import { money as amount } from '../parts/format.js';
import { Card, Loading, Pill, ProblemNote } from '../parts/status.js';
import { When } from '../parts/when.js';
import css from './order.module.css';
import { GoButton } from './order-situation.js';

const { money } = words;

interface Row {
  readonly key: string;
  readonly what: string;
  readonly more: ReactNode;
  readonly amount: string | null;
}

const rowsOf = ({ payments, invoices, refunds, credits }: BillingView): Row[] => [
  ...payments.map((paid) => ({
    key: paid.paymentId,
    what: money.kinds[paid.kind] ?? paid.kind,
    more: <When at={paid.at} />,
    amount: amount(paid.amountMinor, paid.currency),
  })),
  ...invoices
    .filter(({ status }) => status !== 'paid')
    .map((invoice) => ({
      key: invoice.invoiceId,
      what: money.invoice,
      more: (
        <>
          <Pill tone="warn">{money.invoiceStates[invoice.status]}</Pill>
          {invoice.nextAttemptAt !== null && (
            <>
              {money.nextTry} <When at={invoice.nextAttemptAt} />
            </>
          )}
        </>
      ),
      amount: null,
    })),
  ...refunds.map((refund) => ({
    key: refund.refundId,
    what: money.refund,
    more: money.refundStates[refund.status],
    amount: amount(-refund.amountMinor, refund.currency),
  })),
  ...credits.map((credit) => ({
    key: credit.at,
    what: money.credit,
    more: <When at={credit.at} />,
    amount: amount(credit.amountMinor, credit.currency),
  })),
];

function Rows({ rows }: { rows: readonly Row[] }) {
  if (rows.length === 0) return <p className={css['soft']}>{money.none}</p>;
  return (
    <ul className={css['money']}>
      {rows.map(({ key, what, more, amount: sum }) => (
        <li key={key}>
          <span>
            <strong>{what}</strong>
            <span className={css['more']}>{more}</span>
          </span>
          <span className={css['sum']}>{sum}</span>
        </li>
      ))}
    </ul>
  );
}

export function OrderMoney({ order }: { order: OrderView }) {
  const { data, error, refetch } = useQuery(billingQuery(order.orderId));
  if (!data)
    return (
      <Card title={money.title}>
        {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={1} height={48} />}
      </Card>
    );
  return (
    <Card title={money.title}>
      <Rows rows={rowsOf(data)} />
      {data.payments.length > 0 && (
        <GoButton variant="default" find={async () => (await billingPortal(order.orderId)).url}>
          {money.portal}
        </GoButton>
      )}
    </Card>
  );
}
