/** The only source of time. Everything that decides takes the time as data; only edges ask this. */
export abstract class Clock {
  abstract now(): Date;
  iso(): string {
    return this.now().toISOString();
  }
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

const POLL_INTERVAL_MS = 50;
const ANSWER_WITHIN_MS = 10_000;

/** Follows the steerable clock of LEDGER_CLOCK (`GET <url>` answers `{"now": ISO-8601}`), which also drives the local Stripe and panel. */
export class FollowedClock extends Clock {
  private constructor(
    private current: Date,
    url: string,
  ) {
    super();
    const follow = (): void => {
      setTimeout(() => void this.poll(url).finally(follow), POLL_INTERVAL_MS).unref();
    };
    follow();
  }

  /** Rejects if the clock cannot be reached. */
  static async at(url: string): Promise<FollowedClock> {
    return new FollowedClock(await FollowedClock.read(url), url);
  }

  private static async read(url: string): Promise<Date> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return new Date(((await answer.json()) as { now: string }).now);
  }

  /** One question at a time: an older answer never comes after a newer one. */
  private poll(url: string): Promise<void> {
    return FollowedClock.read(url).then((value) => void (this.current = value), console.error);
  }

  now(): Date {
    return this.current;
  }
}
