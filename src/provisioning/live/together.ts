/** Work on many things, a few at a time. */

/** How many calls that one request makes may be under way at once. */
export const AT_ONCE = 4;

/** Answers in the order of the items. The first that rejects rejects it all; what is under way then is still done. */
export const together = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
};
