/** Waiting for a condition, never for a time: asks again and again, bounded. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 20;
/** Times are given as for a machine of one's own; a shared one may be this much slower, and a condition that holds is never waited for. */
const SLOWNESS = 3;

export interface Patience {
  /** After three times as long the last answer is reported; default 20,000 ms. */
  readonly withinMs?: number;
  /** What is waited for, in words, for the failure's message. */
  readonly what?: string;
}

/**
 * Resolves with the first answer of `ask` that is not undefined, null or false. A throw counts as "not yet".
 * Rejects after the time given, with the last error or answer in the message.
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  { withinMs = 20_000, what = 'the condition' }: Patience = {},
): Promise<Exclude<T, undefined | null | false | void>> {
  const deadlineMs = performance.now() + withinMs * SLOWNESS;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer as Exclude<T, undefined | null | false | void>;
      last = answer;
    } catch (error) {
      last = error;
    }
    await delay(POLL_INTERVAL_MS);
  } while (performance.now() < deadlineMs);
  throw new Error(
    `${what} did not come about within ${withinMs * SLOWNESS} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
    {
      cause: last,
    },
  );
}
