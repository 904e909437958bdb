/** Follows what happens: the API's stream of hints says what to read again, so that pages change without being reloaded. */
import type { Query } from '@tanstack/react-query';
import { useEffect } from 'react';
import { readStream, type StreamEvent } from './event-stream.js';
import { hear, setConnected } from './live.js';
import { LIVE_PAGES_MAX } from './paged.js';
import { queryClient } from './queries.js';

interface Hint {
  readonly kind: string;
  readonly position: string;
  readonly orderId: string | null;
}

const AGAIN_MS = 3_000;
interface Pace {
  /** Several facts come at once; one reading shows them all. */
  readonly soonMs: number;
  readonly everyMs: number;
}
const OWN: Pace = { soonMs: 100, everyMs: 100 };
/** Operators hear of everything: the first fact shows at once, a stream of them does not become a stream of requests. */
const FOR_OPERATORS: Readonly<Record<string, Pace>> = {
  ops: { soonMs: 300, everyMs: 3_000 },
  opsFigures: { soonMs: 1_000, everyMs: 15_000 },
};

const READ_AGAIN: Readonly<Record<string, string>> = { customer: 'me', catalog: 'plans', node: 'plans', plan: 'plans' };

/** What is read of one order alone is read again when something happens to that one. */
export const oneOrder = (orderId: string): string => `opsOrder:${orderId}`;

const waiting = new Set<string>();
/** When each that has a pace was read again last. */
const readAt = new Map<string, number>();

const isLong = ({ state }: Query): boolean => ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > LIVE_PAGES_MAX;

const readAgain = (what: string, { soonMs, everyMs }: Pace): void => {
  if (waiting.has(what)) return;
  waiting.add(what);
  const dueMs = (readAt.get(what) ?? 0) + everyMs - performance.now();
  setTimeout(
    () => {
      waiting.delete(what);
      if (everyMs > soonMs) readAt.set(what, performance.now());
      void queryClient.invalidateQueries({ queryKey: [what], predicate: (query) => !isLong(query) });
      void queryClient.invalidateQueries({ queryKey: [what], predicate: isLong, refetchType: 'none' });
    },
    Math.max(soonMs, dueMs),
  );
};

const take = ({ event, data }: StreamEvent): void => {
  if (event === 'reset') void queryClient.invalidateQueries();
  if (event === 'connection') setConnected((JSON.parse(data) as { isThere: boolean }).isThere);
  if (event !== 'hint') return;
  const { kind, position, orderId } = JSON.parse(data) as Hint;
  hear(position);
  readAgain(READ_AGAIN[kind] ?? 'orders', OWN);
  if (orderId !== null) readAgain(oneOrder(orderId), OWN);
  for (const [what, pace] of Object.entries(FOR_OPERATORS)) readAgain(what, pace);
};

const follow = async (signal: AbortSignal): Promise<void> => {
  let lastId: string | undefined;
  const onEvent = (event: StreamEvent): void => {
    lastId = event.id ?? lastId;
    take(event);
  };
  while (!signal.aborted) {
    // Cut off, it goes on after what was seen last; until then pages ask by themselves.
    await readStream({ path: '/api/v1/events', signal, lastId, onOpen: () => setConnected(true), onEvent }).catch(() => undefined);
    setConnected(false);
    if (!signal.aborted) await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
};

/** @param customerId whose events; undefined while nobody is logged in */
export const useFollowing = (customerId: string | undefined): void => {
  useEffect(() => {
    if (customerId === undefined) return undefined;
    const stop = new AbortController();
    void follow(stop.signal);
    return () => stop.abort();
  }, [customerId]);
};
