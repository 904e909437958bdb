/** What an operator looks after: nodes, read models, failures, and what recurs. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { plansQuery } from '../../api/queries.js';
import { ops } from '../../messages/ops.js';
import { planNameOf, regionNameOf } from '../../pages/order-words.js';
import { duration, gib, money, number, percent } from '../../parts/format.js';
import { Card, Note } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { RoomMeter } from '../node-room.js';
import { dayBefore, healthQuery, mrrQuery, nodesQuery, projectionsQuery, type ProjectionView } from '../queries.js';
import { Read } from '../read.js';
import { Table } from '../table.js';
import { DAYS } from './figures.js';
import css from './overview.module.css';

const words = ops.overview;
const SHOWN_MAX = 12;
const MS = 1_000;

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
