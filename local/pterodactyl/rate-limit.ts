/** The panel's throttle: a fixed window of 60 s from the first hit, counted per user over all of that user's keys. */
import { PanelError } from './errors.js';

const WINDOW_MS = 60_000;

export class RateLimit {
  private readonly windows = new Map<number, { endsAtMs: number; hits: number }>();

  /** @param limit calls per minute as of now; 0 turns the limit off */
  constructor(private readonly limit: () => number) {}

  /** Counts one call; returns the headers of its answer, or throws the 429. */
  hit(userId: number, nowMs: number): Record<string, string> {
    const perMinute = this.limit();
    if (perMinute === 0) return {};
    const open = this.windows.get(userId);
    const window = open && open.endsAtMs > nowMs ? open : { endsAtMs: nowMs + WINDOW_MS, hits: 0 };
    this.windows.set(userId, window);
    if (window.hits >= perMinute) throw tooMany({ limit: perMinute, endsAtMs: window.endsAtMs, nowMs });
    window.hits += 1;
    return { 'X-RateLimit-Limit': String(perMinute), 'X-RateLimit-Remaining': String(perMinute - window.hits) };
  }
}

export const tooMany = ({ limit, endsAtMs, nowMs }: { limit: number; endsAtMs: number; nowMs: number }): PanelError =>
  new PanelError(429, [{ code: 'ThrottleRequestsException', status: '429', detail: 'Too Many Attempts.' }], {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': '0',
    'Retry-After': String(Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000))),
    'X-RateLimit-Reset': String(Math.ceil(endsAtMs / 1000)),
  });
