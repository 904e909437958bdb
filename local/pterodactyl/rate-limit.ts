/** The panel's throttle: a fixed window, 60 s as a rule, from the first hit, counted per user over all of that user's keys. */
import { PanelError } from './errors.js';

const WINDOW_MS = 60_000;

export class RateLimit {
  private readonly windows = new Map<number, { endsAtMs: number; hits: number }>();

  /**
   * @param limit calls per window as of now; 0 turns the limit off
   * @param windowMs milliseconds; default a minute
   */
  constructor(
    private readonly limit: () => number,
    private readonly windowMs = WINDOW_MS,
  ) {}

  /** Counts one call; returns the headers of its answer, or throws the 429. */
  hit(userId: number, nowMs: number): Record<string, string> {
    const callsMax = this.limit();
    if (callsMax === 0) return {};
    const open = this.windows.get(userId);
    const window = open && open.endsAtMs > nowMs ? open : { endsAtMs: nowMs + this.windowMs, hits: 0 };
    this.windows.set(userId, window);
    if (window.hits >= callsMax) throw tooMany({ limit: callsMax, endsAtMs: window.endsAtMs, nowMs });
    window.hits += 1;
    return { 'X-RateLimit-Limit': String(callsMax), 'X-RateLimit-Remaining': String(callsMax - window.hits) };
  }
}

export const tooMany = ({ limit, endsAtMs, nowMs }: { limit: number; endsAtMs: number; nowMs: number }): PanelError =>
  new PanelError(429, [{ code: 'ThrottleRequestsException', status: '429', detail: 'Too Many Attempts.' }], {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': '0',
    'Retry-After': String(Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000))),
    'X-RateLimit-Reset': String(Math.ceil(endsAtMs / 1000)),
  });
