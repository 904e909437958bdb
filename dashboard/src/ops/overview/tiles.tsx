/** The numbers that are looked at first. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ops } from '../../messages/ops.js';
import { duration, number } from '../../parts/format.js';
import { Read } from '../read.js';
import { dayBefore, healthQuery, mrrQuery, orderDaysQuery, revenueQuery } from '../queries.js';
import { DAYS, mrrTotal, placedSince, revenueSince } from './figures.js';
import css from './overview.module.css';

const words = ops.overview;
const SPANS = [
  [words.today, 0],
  [words.week, 6],
  [words.month, DAYS - 1],
] as const;

function Tile({ title, note, children }: { title: string; note?: string | undefined; children: ReactNode }) {
  return (
    <section className={css['tile']}>
      <h2>{title}</h2>
      {children}
      {note !== undefined && <p className={css['note']}>{note}</p>}
    </section>
  );
}

function Numbers({ of }: { of: readonly (readonly [string, string])[] }) {
  return (
    <dl className={css['numbers']}>
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Tiles() {
  const from = dayBefore(DAYS - 1);
  const days = useQuery(orderDaysQuery(from));
  const revenue = useQuery(revenueQuery(from));
  const mrr = useQuery(mrrQuery(dayBefore(0)));
  const health = useQuery(healthQuery(from));
  return (
    <div className={css['tiles']}>
      <Tile title={words.orders}>
        <Read read={days} rows={1}>
          {(data) => <Numbers of={SPANS.map(([name, ago]) => [name, number(placedSince(data, dayBefore(ago)))])} />}
        </Read>
      </Tile>
      <Tile title={words.revenue} note={words.revenueNote}>
        <Read read={revenue} rows={1}>
          {(data) => <Numbers of={SPANS.map(([name, ago]) => [name, revenueSince(data, dayBefore(ago))])} />}
        </Read>
      </Tile>
      <Tile title={words.mrr} note={mrr.data && words.mrrNote(number(mrr.data.reduce((total, { orders }) => total + orders, 0)))}>
        <Read read={mrr} rows={1}>
          {(data) => <p className={css['big']}>{mrrTotal(data)}</p>}
        </Read>
      </Tile>
      <Tile title={words.ready} note={words.readyNote}>
        <Read read={health} rows={1}>
          {({ durations }) => {
            const whole = durations.find(({ step }) => step === 'paidToReady');
            const shown = (ms: number | undefined): string => (ms === undefined ? '—' : duration(ms));
            return (
              <Numbers
                of={[
                  [words.median, shown(whole?.p50Ms)],
                  [words.p95, shown(whole?.p95Ms)],
                ]}
              />
            );
          }}
        </Read>
      </Tile>
    </div>
  );
}
