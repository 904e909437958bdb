/** How far the log has been heard of, and how often is asked where nothing is heard. */

/** As a Ledger-Position. */
let heard: string | undefined;

export const hear = (position: string): void => {
  heard = position;
};

/** For a read: it waits until the read models have seen what was heard of last. */
export const atLeast = (): { atLeast?: string } => (heard === undefined ? {} : { atLeast: heard });

/** Also what is heard of live is asked again: a stream may be cut off without anybody noticing. @param intervalMs how long something may be old */
export const pollEvery = (intervalMs: number): number => intervalMs;
