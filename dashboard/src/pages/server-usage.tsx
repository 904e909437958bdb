/** What a server uses of what it may use, and how that went in the last minutes. */
import { Progress } from '@mantine/core';
import { useState } from 'react';
import type { ServerNow } from '../api/queries.js';
import { server } from '../messages/server.js';
import { bytes, percent } from '../parts/format.js';
import { Card } from '../parts/status.js';
import css from './server.module.css';

const { usage: words } = server;
type Live = NonNullable<ServerNow['live']>;

const PERCENT = 100;
const SAMPLES_MAX = 60;
const WIDTH = 240;
const HEIGHT = 44;

/** The last readings, oldest first, as shares of the limit. */
const useHistory = (at: string, share: number): readonly number[] => {
  const [history, setHistory] = useState<{ readonly at: string; readonly shares: readonly number[] }>({ at, shares: [share] });
  // A reading that is new belongs to the same drawing, so it is added at once and not after it.
  if (history.at !== at) setHistory({ at, shares: [...history.shares, share].slice(-SAMPLES_MAX) });
  return history.shares;
};

function Spark({ shares }: { shares: readonly number[] }) {
  if (shares.length < 2) return <svg className={css['spark']} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const step = WIDTH / (SAMPLES_MAX - 1);
  const left = WIDTH - step * (shares.length - 1);
  const points = shares.map(
    (share, index) => `${(left + index * step).toFixed(1)},${(HEIGHT - Math.min(1, share) * (HEIGHT - 3) - 1.5).toFixed(1)}`,
  );
  return (
    <svg className={css['spark']} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function Meter({ name, share, text, at }: { name: string; share: number; text: string; at: string }) {
  const history = useHistory(at, share);
  return (
    <div className={css['meter']}>
      <div className={css['meterHead']}>
        <span>{name}</span>
        <strong>{text}</strong>
      </div>
      <Spark shares={history} />
      <Progress
        value={Math.min(PERCENT, share * PERCENT)}
        size="sm"
        radius="xl"
        color={share > 0.95 ? 'red' : 'indigo'}
        aria-label={`${name}: ${text}`}
      />
    </div>
  );
}

/** A limit of 0 means none. */
const shareOf = (used: number, limit: number): number => (limit > 0 ? used / limit : 0);

export function Usage({ live }: { live: Live }) {
  const { observedAt: at } = live;
  const sized = (used: number, limit: number): string => words.of(bytes(used), limit > 0 ? bytes(limit) : words.unlimited);
  return (
    <Card title={words.title}>
      <div className={css['meters']}>
        <Meter
          name={words.cpu}
          at={at}
          share={shareOf(live.cpuPercent, live.cpuLimitPercent)}
          text={words.of(
            percent(live.cpuPercent / PERCENT),
            live.cpuLimitPercent > 0 ? percent(live.cpuLimitPercent / PERCENT) : words.unlimited,
          )}
        />
        <Meter
          name={words.memory}
          at={at}
          share={shareOf(live.memoryBytes, live.memoryLimitBytes)}
          text={sized(live.memoryBytes, live.memoryLimitBytes)}
        />
        <Meter
          name={words.disk}
          at={at}
          share={shareOf(live.diskBytes, live.diskLimitBytes)}
          text={sized(live.diskBytes, live.diskLimitBytes)}
        />
      </div>
    </Card>
  );
}
