/** Money that names no order: it is given to the order it was meant for, or back. */
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ops } from '../../messages/ops.js';
import { money } from '../../parts/format.js';
import { Page } from '../../parts/page.js';
import { Card, CopyValue, Pill } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { assignMoney, refundMoney } from '../actions.js';
import { DeedDialog, type Deed } from '../deed.js';
import { moneyQuery, type MoneyWish, type PaymentView } from '../queries.js';
import { Short } from '../short.js';
import { Choice, Days, Order } from './filters.js';
import css from './lists.module.css';
import { Paged } from './paged.js';
import { useFilter, wishOf } from './use-filter.js';

const words = ops.money;
const REASON = { name: 'reason', label: ops.reasonCode, hint: ops.reasonCodeHint };

const amountOf = ({ amountMinor, currency }: PaymentView): string =>
  amountMinor === null || currency === null ? '—' : money(Number(amountMinor), currency);

const assignOf = (row: PaymentView): Deed => ({
  ...words.assign(amountOf(row)),
  fields: [{ name: 'orderId', label: words.orderId, hint: words.orderIdHint }, REASON],
  carryOut: ({ orderId = '', reason = '' }) => assignMoney(row.objectId, { orderId: orderId.trim(), reason }),
});
const refundOf = (row: PaymentView): Deed => ({
  ...words.refund(amountOf(row)),
  isDangerous: true,
  fields: [REASON],
  carryOut: ({ reason = '' }) => refundMoney(row.objectId, reason),
});

function Acts({ row, ask }: { row: PaymentView; ask: (deed: Deed) => void }) {
  if (row.status !== 'unmatched')
    return row.orderId === null ? null : (
      <Link href={`/ops/orders/${row.orderId}`}>
        <Short id={row.orderId} />
      </Link>
    );
  return (
    <span className={css['acts']}>
      <Button size="compact-sm" variant="default" onClick={() => ask(assignOf(row))}>
        {words.assignIt}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => ask(refundOf(row))}>
        {words.refundIt}
      </Button>
    </span>
  );
}

export default function MoneyPage() {
  const [status, setStatus] = useFilter('status');
  const [from, setFrom] = useFilter('from');
  const [to, setTo] = useFilter('to');
  const [sort, setSort] = useFilter('sort');
  const read = useInfiniteQuery(moneyQuery(wishOf<MoneyWish>({ status, from, to, sort })));
  const [deed, setDeed] = useState<Deed>();
  const { columns } = words;
  const isNarrowed = `${status}${from}${to}` !== '';
  return (
    <Page title={words.title} lead={words.lead}>
      <Card className={css['card']}>
        <search className={css['filters']}>
          <Choice label={columns.status} value={status} of={words.statuses} onChange={setStatus} />
          <Days from={from} to={to} setFrom={setFrom} setTo={setTo} />
          <Order value={sort} onChange={setSort} />
        </search>
        <Paged
          read={read}
          caption={words.title}
          none={isNarrowed ? words.noneFits : words.none}
          keyOf={({ paymentKey }) => paymentKey}
          columns={[
            { name: columns.amount, cell: amountOf },
            {
              name: columns.status,
              cell: ({ status }) => <Pill tone={status === 'unmatched' ? 'bad' : 'calm'}>{words.statuses[status] ?? status}</Pill>,
            },
            { name: columns.object, isExtra: true, cell: ({ objectId }) => <CopyValue value={objectId} what={columns.object} /> },
            { name: columns.why, isExtra: true, cell: ({ reason }) => reason ?? '—' },
            { name: columns.since, isExtra: true, isNumber: true, cell: ({ occurredAt }) => <When at={occurredAt} /> },
            { name: columns.acts, isNumber: true, cell: (row) => <Acts row={row} ask={setDeed} /> },
          ]}
        />
      </Card>
      <DeedDialog deed={deed} onClose={() => setDeed(undefined)} />
    </Page>
  );
}
