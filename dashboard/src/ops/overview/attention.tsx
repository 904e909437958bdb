/** What needs a human now, and what of the promise is broken. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ops } from '../../messages/ops.js';
import { number, relative } from '../../parts/format.js';
import { Card, Note, Pill } from '../../parts/status.js';
import { useNow } from '../../parts/when.js';
import { About } from '../about.js';
import { Choice } from '../lists/filters.js';
import lists from '../lists/lists.module.css';
import { Paged } from '../lists/paged.js';
import { wishOf } from '../lists/use-filter.js';
import { attentionQuery, promisesQuery, type MattersWish } from '../queries.js';
import { Short } from '../short.js';

const words = ops.overview.attention;
const SHOWN_MAX = 12;

function Promises() {
  const { data } = useQuery(promisesQuery);
  const broken = data?.items ?? [];
  if (broken.length === 0) return null;
  return (
    <Note tone="bad" title={words.promise}>
      {words.promises(number(broken.length))}{' '}
      {broken.slice(0, SHOWN_MAX).map(({ orderId }) => (
        <Link key={orderId} href={`/ops/orders/${orderId}`}>
          <Short id={orderId} />{' '}
        </Link>
      ))}
    </Note>
  );
}

export function Attention() {
  const [kind, setKind] = useState('');
  const [sort, setSort] = useState('');
  const read = useInfiniteQuery(attentionQuery(wishOf<MattersWish>({ kind, sort })));
  const nowMs = useNow();
  const { columns } = words;
  const isAtRest = kind === '' && read.data?.pages.every(({ items }) => items.length === 0);
  return (
    <Card title={words.title} className={lists['card']}>
      <Promises />
      {isAtRest ? (
        <Note tone="good">{words.none}</Note>
      ) : (
        <>
          <search className={lists['filters']}>
            <Choice label={columns.what} value={kind} of={ops.matters} onChange={setKind} />
            <Choice label={ops.sort} value={sort} of={words.sorts} any={words.urgency} onChange={setSort} />
          </search>
          <Paged
            read={read}
            caption={words.title}
            none={words.noneFits}
            keyOf={({ attentionKey }) => attentionKey}
            columns={[
              {
                name: columns.what,
                cell: (matter) => <Pill tone={matter.severity === 'critical' ? 'bad' : 'warn'}>{ops.matters[matter.kind]}</Pill>,
              },
              { name: columns.code, isExtra: true, cell: ({ code }) => <code>{code}</code> },
              { name: columns.about, cell: (matter) => <About matter={matter} /> },
              { name: columns.since, isNumber: true, cell: ({ raisedAt }) => <span title={raisedAt}>{relative(raisedAt, nowMs)}</span> },
            ]}
          />
        </>
      )}
    </Card>
  );
}
