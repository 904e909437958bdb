/** The stand-ins' clock: the machine's own, or the steerable one that `LEDGER_CLOCK` names. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

const POLL_INTERVAL_MS = 50;

/** Follows a steerable clock over HTTP (`GET <url>` answers `{"now": ISO-8601}`); between polls the last answer stands still. Rejects if the clock is unreachable at start. */
export async function followClock(url: string): Promise<{ clock: Clock; close(): void }> {
  const read = async (): Promise<Date> => new Date(((await (await fetch(url)).json()) as { now: string }).now);
  let now = await read();
  const timer = setInterval(() => {
    read().then(
      (value) => (now = value),
      (error: unknown) => console.error(`clock ${url} unreachable: ${String(error)}`),
    );
  }, POLL_INTERVAL_MS);
  timer.unref();
  return { clock: () => now, close: () => clearInterval(timer) };
}
