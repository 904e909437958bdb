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

/** Follows the steerable clock of LEDGER_CLOCK (`GET <url>` answers `{"now": ISO-8601}`), which also drives the local Stripe and panel. */
export class FollowedClock extends Clock {
  private constructor(
    private current: Date,
    url: string,
  ) {
    super();
    const timer = setInterval(() => void FollowedClock.read(url).then((value) => (this.current = value), console.error), POLL_INTERVAL_MS);
    timer.unref();
  }

  /** Rejects if the clock cannot be reached. */
  static async at(url: string): Promise<FollowedClock> {
    return new FollowedClock(await FollowedClock.read(url), url);
  }

  private static async read(url: string): Promise<Date> {
    return new Date(((await (await fetch(url)).json()) as { now: string }).now);
  }

  now(): Date {
    return this.current;
  }
}
