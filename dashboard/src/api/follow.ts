/** Follows what happens: the API's stream of hints says what to read again, so that pages change without being reloaded. */
import type { Query } from '@tanstack/react-query';
import { useEffect } from 'react';
import { readStream, type StreamEvent } from './event-stream.js';
import { hear, setConnected } from './live.js';
import { queryClient } from './queries.js';

interface Hint {
  readonly kind: string;
  readonly position: string;
  readonly orderId: string | null;
}

const AGAIN_MS = 3_000;
/** Several facts come at once; one reading shows them all. */
const TOGETHER_MS = 100;
/** Operators hear of everything. What they look at is read again together, and figures over many days more seldom. */
const FOR_OPERATORS = { ops: 1_000, opsFigures: 15_000 } as const;
/** Lists that are longer are not read again by themselves: they say that something changed. */
export const LIVE_PAGES_MAX = 3;

const READ_AGAIN: Readonly<Record<string, string>> = { customer: 'me', catalog: 'plans', node: 'plans', plan: 'plans' };

/** What is read of one order alone is read again when something happens to that one. */
export const oneOrder = (orderId: string): string => `opsOrder:${orderId}`;

const waiting = new Set<string>();

const isLong = ({ state }: Query): boolean => ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > LIVE_PAGES_MAX;

const readAgain = (what: string, togetherMs: number): void => {
  if (waiting.has(what)) return;
  waiting.add(what);
  setTimeout(() => {
    waiting.delete(what);
    void queryClient.invalidateQueries({ queryKey: [what], predicate: (query) => !isLong(query) });
    void queryClient.invalidateQueries({ queryKey: [what], predicate: isLong, refetchType: 'none' });
  }, togetherMs);
};

const take = ({ event, data }: StreamEvent): void => {
  if (event === 'reset') void queryClient.invalidateQueries();
  if (event === 'connection') setConnected((JSON.parse(data) as { isThere: boolean }).isThere);
  if (event !== 'hint') return;
  const { kind, position, orderId } = JSON.parse(data) as Hint;
  hear(position);
  readAgain(READ_AGAIN[kind] ?? 'orders', TOGETHER_MS);
  if (orderId !== null) readAgain(oneOrder(orderId), TOGETHER_MS);
  for (const [what, togetherMs] of Object.entries(FOR_OPERATORS)) readAgain(what, togetherMs);
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
