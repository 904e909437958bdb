/** The budget of calls that the panel grants per window, a minute as a rule, shared by everything that goes through one client. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Monotonic milliseconds; a test hands in its own. */
export type Ticks = () => number;

/** The panel counts a call when it arrives: its window begins late when the first of it was slow, and the next one's first must not come into it. */
const TRAVEL_MS = 1_500;
const WINDOW_MS = 60_000;

export interface RateBudgetOptions {
  /** Calls per window; 240 is the panel's default. */
  readonly callsMax: number;
  /** The panel's window, in milliseconds; default 60,000. */
  readonly windowMs?: number;
  readonly ticks?: Ticks;
  /** Waits that many milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * Grants calls so that no window holds more than `callsMax` of them. The panel counts in fixed windows that start with its first hit, so only a
 * sliding window keeps below its limit wherever those fall; a bucket that refills while it is drained may spend nearly twice the limit.
 */
export class RateBudget {
  private readonly grantedAt: number[] = [];
  private closedUntil = 0;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly callsMax: number;
  private readonly windowMs: number;
  private readonly ticks: Ticks;
  private readonly wait: (ms: number) => Promise<unknown>;

  constructor({ callsMax, windowMs = WINDOW_MS, ticks = () => performance.now(), wait = (ms) => sleep(ms) }: RateBudgetOptions) {
    this.callsMax = callsMax;
    this.windowMs = windowMs + TRAVEL_MS;
    this.ticks = ticks;
    this.wait = wait;
  }

  /** Resolves when the next call may go out; callers are served in the order they came. */
  take(): Promise<void> {
    const turn = this.queue.then(() => this.grant());
    this.queue = turn;
    return turn;
  }

  /** The panel sent 429: nobody calls for that long. */
  closeFor(ms: number): void {
    this.closedUntil = Math.max(this.closedUntil, this.ticks() + ms);
  }

  private async grant(): Promise<void> {
    for (let waitMs = this.waitMs(); waitMs > 0; waitMs = this.waitMs()) await this.wait(waitMs);
    this.grantedAt.push(this.ticks());
    if (this.grantedAt.length > this.callsMax) this.grantedAt.shift();
  }

  /** How long so many calls at once would have to wait, in milliseconds; 0 or less when they may go. */
  waitMs(calls = 1): number {
    const over = this.grantedAt.length + Math.min(calls, this.callsMax) - this.callsMax;
    const oldest = this.grantedAt[over - 1];
    const freeAt = oldest === undefined ? 0 : oldest + this.windowMs;
    return Math.ceil(Math.max(freeAt, this.closedUntil) - this.ticks());
  }
}
