/** Rows of read models that wait for an event that could not be folded, and what operators decided about such. */
import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ops } from '../../messages/ops.js';
import { number } from '../../parts/format.js';
import { Card, Note, Pill } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { discardParked, retryParked } from '../actions.js';
import type { Deed } from '../deed.js';
import { decisionsQuery, parkedEventsQuery, parkedQuery, type ParkedRowView } from '../queries.js';
import { Read } from '../read.js';
import { Short } from '../short.js';
import { Table } from '../table.js';
import css from './projections.module.css';

const words = ops.projections.parked;

const retryOf = ({ projection, rowKey }: ParkedRowView): Deed => ({
  ...words.retry(projection),
  carryOut: () => retryParked(projection, rowKey),
});
const retryAllOf = (projection: string): Deed => ({ ...words.retryAll(projection), carryOut: () => retryParked(projection) });
const discardOf = ({ projection, rowKey, eventId, eventType }: ParkedRowView): Deed => ({
  ...words.discard(eventType),
  isDangerous: true,
  fields: [{ name: 'reason', label: ops.reason, hint: ops.reasonKept }],
  carryOut: ({ reason = '' }) => discardParked({ projection, rowKey, eventId, reason }),
});

function Events({ row }: { row: ParkedRowView }) {
  const read = useQuery(parkedEventsQuery(row.projection, row.rowKey));
  return (
    <Read read={read}>
      {(events) => (
        <pre className={css['json']} tabIndex={0}>
          {JSON.stringify(events, null, 2)}
        </pre>
      )}
    </Read>
  );
}

function ParkedRow({ row, ask }: { row: ParkedRowView; ask: (deed: Deed) => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={css['item']}>
      <div className={css['head']}>
        <h3>
          {row.projection} · <Short id={row.rowKey} />
        </h3>
        <Pill tone="warn">{words.waiting(number(row.events))}</Pill>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? words.hide : words.show}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => ask(retryOf(row))}>
            {words.retryIt}
          </Button>
          <Button size="compact-sm" variant="default" color="red" onClick={() => ask(discardOf(row))}>
            {words.discardIt}
          </Button>
        </Group>
      </div>
      <p className={css['why']}>
        <code>{row.eventType}</code> · <When at={row.parkedAt} /> · {row.error}
      </p>
      {isOpen && <Events row={row} />}
    </li>
  );
}

function Decisions() {
  const read = useQuery(decisionsQuery);
  const { columns, title } = words.decisions;
  if (read.data?.length === 0) return null;
  return (
    <Card title={title} className={css['card']}>
      <Read read={read}>
        {(decisions) => (
          <Table
            caption={title}
            rows={decisions}
            keyOf={({ id }) => id}
            columns={[
              { name: columns.what, cell: ({ action }) => words.actions[action] },
              { name: columns.projection, cell: ({ projection }) => projection },
              { name: columns.row, isExtra: true, cell: ({ rowKey }) => (rowKey === null ? words.everyRow : <Short id={rowKey} />) },
              { name: columns.reason, isExtra: true, cell: ({ reason }) => reason ?? '—' },
              { name: columns.outcome, cell: ({ outcome }) => outcome ?? words.pending },
              { name: columns.when, isNumber: true, cell: ({ requestedAt }) => <When at={requestedAt} /> },
            ]}
          />
        )}
      </Read>
    </Card>
  );
}

export function Parked({ ask }: { ask: (deed: Deed) => void }) {
  const read = useQuery(parkedQuery);
  const names = [...new Set(read.data?.map(({ projection }) => projection))];
  return (
    <>
      <Card title={words.title} className={css['card']}>
        <Read read={read} rows={1}>
          {(rows) =>
            rows.length === 0 ? (
              <Note tone="good">{words.none}</Note>
            ) : (
              <>
                <Group gap="xs" mb="md">
                  {names.map((name) => (
                    <Button key={name} size="compact-sm" variant="light" onClick={() => ask(retryAllOf(name))}>
                      {words.retryAllOf(name)}
                    </Button>
                  ))}
                </Group>
                <ul className={css['list']}>
                  {rows.map((row) => (
                    <ParkedRow key={`${row.projection} ${row.rowKey}`} row={row} ask={ask} />
                  ))}
                </ul>
              </>
            )
          }
        </Read>
      </Card>
      <Decisions />
    </>
  );
}
