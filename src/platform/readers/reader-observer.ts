/** What is measured of a reader while it runs. */
export interface ReaderObserver {
  /** A batch of these readers is committed; the time is that from begin to commit. */
  readonly wrote: (readers: readonly string[], batch: { events: number; transactionMs: number }) => void;
  /** Their subscription has ended, failed or gone silent, and they begin again. */
  readonly resubscribes: (readers: readonly string[]) => void;
}

export const UNOBSERVED: ReaderObserver = { wrote: () => undefined, resubscribes: () => undefined };
