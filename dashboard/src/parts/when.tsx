/** A point in time in the viewer's zone; the exact instant shows on hover. */
import { useEffect, useState } from 'react';
import { date, dateTime, exact, time } from './format.js';

const TICK_MS = 1_000;

/** The time now, every second. */
export const useNow = (everyMs = TICK_MS): number => {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
};

const WAYS = { date, time, dateTime };

export function When({ at, as = 'dateTime' }: { at: string; as?: keyof typeof WAYS }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {WAYS[as](at)}
    </time>
  );
}
