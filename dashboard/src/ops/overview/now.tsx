/** What an operator looks after: matters that wait, nodes, read models, failures, and what recurs. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { plansQuery } from '../../api/queries.js';
import { ops } from '../../messages/ops.js';
import { planNameOf, regionNameOf } from '../../pages/order-words.js';
import { duration, gib, money, number, percent, relative } from '../../parts/format.js';
import { Card, Note, Pill } from '../../parts/status.js';
import { useNow, When } from '../../parts/when.js';
import { About } from '../about.js';
import { RoomMeter } from '../node-room.js';
import {
  attentionQuery,
  dayBefore,
  healthQuery,
  mrrQuery,
  nodesQuery,
  projectionsQuery,
  promisesQuery,
  type MatterView,
  type ProjectionView,
} from '../queries.js';
import { Read } from '../read.js';
import { Short } from '../short.js';
import { Table } from '../table.js';
import { DAYS } from './figures.js';
import css from './overview.module.css';

const words = ops.overview;
const SHOWN_MAX = 12;
const MS = 1_000;

function Matters({ matters }: { matters: readonly MatterView[] }) {
  const nowMs = useNow();
  const { columns, none, title, more } = words.attention;
  if (matters.length === 0) return <Note tone="good">{none}</Note>;
  return (
    <>
      <Table
        caption={title}
        rows={matters.slice(0, SHOWN_MAX)}
        keyOf={({ attentionKey }) => attentionKey}
        columns={[
          {
            name: columns.what,
            cell: ({ kind, severity }) => <Pill tone={severity === 'critical' ? 'bad' : 'warn'}>{ops.matters[kind] ?? kind}</Pill>,
          },
          { name: columns.code, isExtra: true, cell: ({ code }) => <code>{code}</code> },
          { name: columns.about, cell: (matter) => <About matter={matter} /> },
          { name: columns.since, isNumber: true, cell: ({ raisedAt }) => <span title={raisedAt}>{relative(raisedAt, nowMs)}</span> },
        ]}
      />
      {matters.length > SHOWN_MAX && <p className={css['note']}>{more(number(matters.length - SHOWN_MAX))}</p>}
    </>
  );
}

export function Attention() {
  const matters = useQuery(attentionQuery);
  const { data: promises } = useQuery(promisesQuery);
  const broken = promises?.items.length ?? 0;
  return (
    <Card title={words.attention.title} className={css['card']}>
      {broken > 0 && (
        <Note tone="bad" title={words.attention.promise}>
          {words.attention.promises(number(broken))}{' '}
          {promises?.items.slice(0, SHOWN_MAX).map(({ orderId }) => (
            <Link key={orderId} href={`/ops/orders/${orderId}`}>
              <Short id={orderId} />{' '}
            </Link>
          ))}
        </Note>
      )}
      <Read read={matters}>{(data) => <Matters matters={data} />}</Read>
    </Card>
  );
}

export function Nodes() {
  const read = useQuery(nodesQuery);
  return (
    <Card title={words.nodes.title} className={css['card']}>
      <Read read={read}>
        {(nodes) => (
          <ul className={css['list']}>
            {nodes.length === 0 && <li>{words.nodes.none}</li>}
            {nodes.map((node) => (
              <li key={node.nodeId}>
                <div className={css['line']}>
                  <Link href="/ops/nodes">
                    {node.region} · {node.nodeId}
                  </Link>
                  <span>
                    {ops.nodes.held(percent(node.promised))} · {ops.nodes.free(gib(node.freeMemoryMib))}
                  </span>
                </div>
                <RoomMeter node={node} of="memory" label={node.nodeId} />
              </li>
            ))}
          </ul>
        )}
      </Read>
    </Card>
  );
}

const trouble = ({ parked, caughtUp, lagSeconds }: ProjectionView): string =>
  [
    ...(parked > 0 ? [words.projections.parked(number(parked))] : []),
    ...(caughtUp ? [] : [lagSeconds === null ? words.projections.behind : words.projections.lag(duration(lagSeconds * MS))]),
  ].join(' · ');

export function Projections() {
  const read = useQuery(projectionsQuery);
  return (
    <Card title={words.projections.title} className={css['card']}>
      <Read read={read}>
        {(projections) => {
          const behind = projections.filter((one) => !one.caughtUp || one.parked > 0);
          if (behind.length === 0) return <Note tone="good">{words.projections.ok}</Note>;
          return (
            <ul className={css['list']}>
              {behind.map((one) => (
                <li key={one.name} className={css['line']}>
                  <Link href="/ops/projections">{one.name}</Link>
                  <span>{trouble(one)}</span>
                </li>
              ))}
            </ul>
          );
        }}
      </Read>
    </Card>
  );
}

export function Failures() {
  const read = useQuery(healthQuery(dayBefore(DAYS - 1)));
  const { title, none, columns } = words.failures;
  return (
    <Card title={title} className={css['card']}>
      <Read read={read}>
        {({ failures }) =>
          failures.length === 0 ? (
            <p className={css['none']}>{none}</p>
          ) : (
            <Table
              caption={title}
              rows={failures.slice(0, SHOWN_MAX)}
              keyOf={({ step, code, outcome }) => `${step} ${code} ${outcome}`}
              columns={[
                { name: columns.step, cell: ({ step }) => step },
                { name: columns.code, cell: ({ code }) => <code>{code}</code> },
                { name: columns.count, isNumber: true, cell: ({ count }) => number(count) },
                { name: columns.last, isNumber: true, isExtra: true, cell: ({ lastAt }) => <When at={lastAt} /> },
              ]}
            />
          )
        }
      </Read>
    </Card>
  );
}

export function Recurring() {
  const read = useQuery(mrrQuery(dayBefore(0)));
  const { data: offer } = useQuery(plansQuery);
  const { title, none, columns } = words.plans;
  return (
    <Card title={title} className={css['card']}>
      <Read read={read}>
        {(groups) =>
          groups.length === 0 ? (
            <p className={css['none']}>{none}</p>
          ) : (
            <Table
              caption={title}
              rows={groups.toSorted((one, other) => Number(other.monthlyMinor) - Number(one.monthlyMinor)).slice(0, SHOWN_MAX)}
              keyOf={({ planId, region, currency }) => `${planId} ${region} ${currency}`}
              columns={[
                { name: columns.plan, cell: (group) => planNameOf(offer, group) },
                { name: columns.region, isExtra: true, cell: (group) => regionNameOf(offer, group) },
                { name: columns.orders, isNumber: true, cell: ({ orders }) => number(orders) },
                { name: columns.monthly, isNumber: true, cell: ({ monthlyMinor, currency }) => money(Number(monthlyMinor), currency) },
              ]}
            />
          )
        }
      </Read>
    </Card>
  );
}
