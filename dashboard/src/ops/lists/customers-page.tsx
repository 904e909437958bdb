/** Customers: found by e-mail, with their panel account, and the way out where that is in conflict. */
import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ops } from '../../messages/ops.js';
import { Page } from '../../parts/page.js';
import { Card, Facts, Pill, type Tone } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { assignPanelAccount, resetPanelPasswordOf } from '../actions.js';
import { DeedDialog, REASON, type Deed } from '../deed.js';
import { customerQuery, customersQuery, type CustomersWish, type CustomerView } from '../queries.js';
import { Read } from '../read.js';
import { Short } from '../short.js';
import { Choice, Order, Search } from './filters.js';
import css from './lists.module.css';
import { Messages } from './messages.js';
import { Paged } from './paged.js';
import { useFilter, wishOf } from './use-filter.js';

const words = ops.customers;
const TYPING_MS = 300;
const TONES: Readonly<Record<CustomerView['status'], Tone>> = { linked: 'good', pending: 'brand', conflict: 'bad' };

const linkOf = ({ customerId }: CustomerView): Deed => ({
  ...words.link,
  fields: [{ name: 'panelUserId', label: words.panelUserId, hint: words.panelUserIdHint, kind: 'number' }, REASON],
  carryOut: ({ panelUserId, reason = '' }) => assignPanelAccount(customerId, { panelUserId: Number(panelUserId), reason }),
});
const resetOf = ({ customerId }: CustomerView): Deed => ({
  ...words.reset,
  fields: [REASON],
  carryOut: ({ reason = '' }) => resetPanelPasswordOf(customerId, reason),
});

/** Name and address are shown for the one who is looked at, and not listed. */
function Person({ customerId, ask }: { customerId: string; ask: (deed: Deed) => void }) {
  const read = useQuery(customerQuery(customerId));
  const { facts } = words;
  return (
    <Card className={css['card']} title={words.one}>
      <Read read={read} rows={2}>
        {(person) => (
          <>
            <Facts
              of={[
                [facts.name, person.name],
                [facts.email, person.email],
                [facts.id, person.customerId],
                [facts.panel, person.panelUserId ?? '—'],
                person.how !== null && [facts.how, person.how],
                person.reason !== null && [facts.reason, person.reason],
              ]}
            />
            <span className={css['acts']}>
              <Button component={Link} href={`/ops/orders?customerId=${customerId}`} size="compact-sm" variant="default">
                {words.orders}
              </Button>
              {person.status === 'conflict' && (
                <Button size="compact-sm" onClick={() => ask(linkOf(person))}>
                  {words.linkIt}
                </Button>
              )}
              {person.status === 'linked' && (
                <Button size="compact-sm" variant="default" onClick={() => ask(resetOf(person))}>
                  {words.resetIt}
                </Button>
              )}
            </span>
          </>
        )}
      </Read>
    </Card>
  );
}

export default function CustomersPage() {
  const [email, setEmail] = useFilter('email');
  const [status, setStatus] = useFilter('status');
  const [sort, setSort] = useFilter('sort');
  const [shown, setShown] = useFilter('customer');
  const [deed, setDeed] = useState<Deed>();
  const [wish] = useDebouncedValue(wishOf<CustomersWish>({ email: email.trim(), status, sort }), TYPING_MS);
  const read = useInfiniteQuery(customersQuery(wish));
  const { columns } = words;
  return (
    <Page title={words.title} lead={words.lead}>
      {shown !== '' && <Person key={shown} customerId={shown} ask={setDeed} />}
      <Card className={css['card']}>
        <search className={css['filters']}>
          <Search label={words.search} hint={words.searchHint} value={email} onChange={setEmail} />
          <Choice label={columns.panel} value={status} of={words.statuses} onChange={setStatus} />
          <Order value={sort} onChange={setSort} />
        </search>
        <Paged
          read={read}
          caption={words.title}
          none={words.none}
          keyOf={({ customerId }) => customerId}
          columns={[
            { name: columns.customer, cell: ({ customerId }) => <Short id={customerId} /> },
            { name: columns.panel, cell: (row) => <Pill tone={TONES[row.status]}>{words.statuses[row.status]}</Pill> },
            { name: columns.account, isNumber: true, isExtra: true, cell: ({ panelUserId }) => panelUserId ?? '—' },
            { name: columns.since, isNumber: true, isExtra: true, cell: ({ registeredAt }) => <When at={registeredAt} /> },
            {
              name: columns.acts,
              isNumber: true,
              cell: ({ customerId }) => (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={words.showOf(customerId)}
                  onClick={() => {
                    setShown(customerId);
                    window.scrollTo(0, 0);
                  }}
                >
                  {words.show}
                </Button>
              ),
            },
          ]}
        />
      </Card>
      <Messages ask={setDeed} />
      <DeedDialog deed={deed} onClose={() => setDeed(undefined)} />
    </Page>
  );
}
