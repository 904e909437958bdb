/** How a page keeps up with the ledger: it asks again every so often. */

/** @param intervalMs how long something may be old */
export const pollEvery = (intervalMs: number): number => intervalMs;
