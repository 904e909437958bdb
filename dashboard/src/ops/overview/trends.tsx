/** How orders, money and waiting went over the days. */
import { useQuery } from '@tanstack/react-query';
import { ops } from '../../messages/ops.js';
import { dayOfYear, duration, money, number, percent } from '../../parts/format.js';
import { Card } from '../../parts/status.js';
import { Bars, Lines } from '../charts.js';
import { dayBefore, orderDaysQuery, revenueQuery, type OrderDayView, type RevenueView } from '../queries.js';
import { Read } from '../read.js';
import { DAYS, lastDays, mainCurrency, revenueOn } from './figures.js';
import css from './overview.module.css';

const words = ops.overview;

function OrdersADay({ days }: { days: readonly OrderDayView[] }) {
  const points = lastDays().map((key) => {
    const { placed = 0, ready = 0 } = days.find(({ day }) => day === key) ?? {};
    return { key, label: words.days.of(dayOfYear(key), number(placed), number(ready)), values: [placed, ready] };
  });
  return (
    <Bars
      title={words.days.title}
      legend={[words.days.placed, words.days.ready]}
      points={points}
      top={number(Math.max(...points.map(({ values: [placed = 0] }) => placed)))}
    />
  );
}

function RevenueADay({ groups }: { groups: readonly RevenueView[] }) {
  const currency = mainCurrency(groups) ?? 'eur';
  const points = lastDays().map((key) => {
    const amountMinor = revenueOn(groups, key, currency);
    return { key, label: words.money.of(dayOfYear(key), money(amountMinor, currency)), values: [undefined, amountMinor] };
  });
  const top = Math.max(...points.map(({ values: [, amountMinor = 0] }) => amountMinor));
  return <Bars title={words.money.title} points={points} top={money(top, currency)} />;
}

function TimeToReady({ days }: { days: readonly OrderDayView[] }) {
  const points = lastDays().map((key) => {
    const { readyP50Ms: p50 = null, readyP95Ms: p95 = null } = days.find(({ day }) => day === key) ?? {};
    const shown = (ms: number | null): string => (ms === null ? '—' : duration(ms));
    return { key, label: words.times.of(dayOfYear(key), shown(p50), shown(p95)), values: [p95 ?? undefined, p50 ?? undefined] };
  });
  const top = Math.max(0, ...points.map(({ values: [p95 = 0] }) => p95));
  if (top === 0) return <p className={css['none']}>{words.times.none}</p>;
  return <Lines title={words.times.title} legend={[words.p95, words.median]} points={points} top={duration(top)} />;
}

function Funnel({ days }: { days: readonly OrderDayView[] }) {
  const { placed, paid, ready } = words.funnel;
  const sum = (of: 'placed' | 'paid' | 'ready'): number => days.reduce((total, day) => total + day[of], 0);
  const all = sum('placed');
  const steps = [
    [placed, all],
    [paid, sum('paid')],
    [ready, sum('ready')],
  ] as const;
  return (
    <ol className={css['funnel']}>
      {steps.map(([name, count]) => (
        <li key={name}>
          <span>{name}</span>
          <span className={css['bar']}>
            <span style={{ width: `${all === 0 ? 0 : (count / all) * 100}%` }} />
          </span>
          <span className={css['count']}>{number(count)}</span>
          <span className={css['share']}>{all === 0 ? '' : percent(count / all)}</span>
        </li>
      ))}
    </ol>
  );
}

export function Trends() {
  const from = dayBefore(DAYS - 1);
  const days = useQuery(orderDaysQuery(from));
  const revenue = useQuery(revenueQuery(from));
  return (
    <>
      <Card title={words.days.title} className={css['card']}>
        <Read read={days}>{(data) => <OrdersADay days={data} />}</Read>
      </Card>
      <Card title={words.money.title} className={css['card']}>
        <Read read={revenue}>{(data) => <RevenueADay groups={data} />}</Read>
      </Card>
      <Card title={words.funnel.title} className={css['card']}>
        <Read read={days}>{(data) => <Funnel days={data} />}</Read>
        <p className={css['note']}>{words.funnel.note}</p>
      </Card>
      <Card title={words.times.title} className={css['card']}>
        <Read read={days}>{(data) => <TimeToReady days={data} />}</Read>
      </Card>
    </>
  );
}
