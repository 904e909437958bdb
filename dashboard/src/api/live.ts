/** How far the log has been heard of, how often is asked where nothing is heard, and whether anything can be heard. */
import { useSyncExternalStore } from 'react';

/** As a Ledger-Position. */
let heard: string | undefined;

export const hear = (position: string): void => {
  heard = position;
};

/** For a read: it waits until the read models have seen what was heard of last. */
export const atLeast = (): { atLeast?: string } => (heard === undefined ? {} : { atLeast: heard });

/** Also what is heard of live is asked again: a stream may be cut off without anybody noticing. @param intervalMs how long something may be old */
export const pollEvery = (intervalMs: number): number => intervalMs;

/** Reads that were answered before their read models had seen what was heard of, by path; each is forgotten when nobody asks it again. */
const stale = new Map<string, ReturnType<typeof setTimeout>>();
const STALE_SHOWN_MS = 30_000;

/** What an answer says of itself. */
export const hearStale = (path: string, isStale: boolean): void => {
  clearTimeout(stale.get(path));
  stale.delete(path);
  if (isStale)
    stale.set(
      path,
      setTimeout(() => hearStale(path, false), STALE_SHOWN_MS),
    );
  for (const listener of listeners) listener();
};

let connected = false;
const listeners = new Set<() => void>();

export const setConnected = (isThere: boolean): void => {
  connected = isThere;
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Whether something that is shown is older than it could be. */
export const useBehind = (): boolean => useSyncExternalStore(subscribe, () => stale.size > 0);

/** Whether what happens is heard of at once. */
export const useConnected = (): boolean => useSyncExternalStore(subscribe, () => connected);
