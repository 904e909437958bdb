/** The arithmetic of benches. */

/** The smallest value that this share (0 to 1) of the values does not exceed; NaN without values. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

/** How many of `count` things happen in a second while `work` runs. */
export async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (count * 1000) / (performance.now() - startMs);
}

/**
 * Runs the contestants in turn, round by round, and answers the best result of each: on a shared machine the best run is the one that was
 * disturbed least, and taking turns keeps a disturbance from hitting one of them only.
 */
export async function bestOfAlternating<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const best = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) best[name] = Math.max(best[name], await contestants[name]());
  }
  return best;
}

/** Runs `work(index)` for every index below `count`, at most `concurrency` at a time. */
export async function inParallel(
  count: number,
  concurrency: number,
  work: (index: number, worker: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (_: unknown, id: number): Promise<void> => {
    while (next < count) await work(next++, id);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
