/** Waiting that ends early when the work is over, and back-off that does not march in step. */

/** Settles after `ms`, or at once when the signal is aborted. Never rejects. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });

/** Doubles from `firstMs` to `mostMs`; between half and all of it, by chance. `failures` counts from 1. */
export const backoffMs = (failures: number, { firstMs, mostMs }: { firstMs: number; mostMs: number }): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 20)) * (0.5 + Math.random() / 2);

/** How long the end of an abandoned subscription is waited for: the store's client may never settle it, and nothing depends on it. */
const FAREWELL_MS = 1_000;

/** Settles with `work`, or without it soon after; for work that has been told to stop and does nothing any more. Never rejects. */
export const farewell = async (work: Promise<unknown>): Promise<void> => {
  const waited = new AbortController();
  const settled = work.catch(() => undefined).finally(() => waited.abort());
  await Promise.race([settled, pause(FAREWELL_MS, waited.signal)]);
};
