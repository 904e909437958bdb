/** Which point of the history is looked at: kept in the page's address, so that it can be sent to somebody, and moved through without asking. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { atOf, countAt, isTime, statesOf, type Point } from './history.js';
import { replayAtQuery, type ReplayView } from './order-queries.js';

/** Browsers refuse an address that changes with every pixel of a drag. */
const SETTLE_MS = 250;

const atInAddress = (): string | null => new URLSearchParams(location.search).get('at');

const writeAt = (at: string | null): void => {
  const query = new URLSearchParams(location.search);
  if (at === null) query.delete('at');
  else query.set('at', at);
  const text = query.toString();
  history.replaceState(history.state, '', `${location.pathname}${text === '' ? '' : `?${text}`}`);
};

export interface Travel {
  readonly point: Point;
  /** The address names a point that this order does not have. */
  readonly isUnknown: boolean;
  /** @param count steps to fold; more than there are: now, and on with it */
  readonly goTo: (count: number) => void;
  readonly goToTime: (iso: string) => void;
  readonly goToNow: () => void;
}

export const usePoint = (replay: ReplayView): Travel => {
  const [at, setAt] = useState(atInAddress);
  useEffect(() => {
    const timer = setTimeout(() => writeAt(at), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [at]);
  const { data: then } = useQuery(replayAtQuery(replay.orderId, isTime(at) ? at : null));
  const states = useMemo(() => statesOf(replay), [replay]);
  const { steps, next } = replay;
  const found = at === null ? undefined : countAt(replay, at);
  const isNow = found === undefined;
  const count = found ?? steps.length;
  const step = steps[count - 1];
  const last = isTime(at) ? then?.next : step?.next;
  return {
    point: { count, isNow, step, states: states[count] ?? replay.states, next: isNow ? next : last },
    isUnknown: at !== null && found === undefined,
    goTo: (wanted) => {
      const target = steps[Math.max(1, wanted) - 1];
      setAt(target ? atOf(target, replay.orderId) : null);
    },
    goToTime: setAt,
    goToNow: () => setAt(null),
  };
};
