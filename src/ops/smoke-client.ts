/** The ledger as a customer's browser sees it: HTTP only, nothing of the inside. */
import { setTimeout as delay } from 'node:timers/promises';

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  /** Idempotency-Key. */
  readonly key?: string;
}

/** An answer other than the one hoped for, with the ledger's own code where it gave one. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfterS: number | undefined,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** These pass by themselves, under the same key; so does every 503, which means nothing else. */
const PASSING = new Set(['IDEMPOTENCY_KEY_IN_USE', 'PANEL_ACCOUNT_PENDING', 'RATE_LIMITED']);
const RETRY_WITHIN_MS = 30_000;
const RATE_LIMIT_WITHIN_MS = 120_000;
const RETRY_PAUSE_MS = 500;
const TIMEOUT_MS = 30_000;

const parsed = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const headersOf = ({ token, body, key }: CallOptions): Record<string, string> => ({
  accept: 'application/json',
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(key === undefined ? {} : { 'idempotency-key': key }),
});

const once = async <T>(url: string, options: CallOptions): Promise<T> => {
  const { body } = options;
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const method = body === undefined ? 'GET' : 'POST';
  const answer = await fetch(url, { method, headers: headersOf(options), signal: AbortSignal.timeout(TIMEOUT_MS), ...content });
  const said = await answer.text();
  if (answer.ok) return JSON.parse(said) as T;
  const problem = parsed(said);
  const code = text(problem['code']) || 'UNKNOWN';
  const detail = text(problem['detail']) || text(problem['title']) || said.slice(0, 200);
  const retryAfterS = Number(answer.headers.get('retry-after')) || undefined;
  throw new ApiError(answer.status, code, retryAfterS, `${method} ${new URL(url).pathname} answered ${answer.status} ${code}: ${detail}`);
};

/** How long to go on trying after this error, in milliseconds; 0 for one that stays. */
export const patienceMs = (error: unknown): number => {
  if (!(error instanceof ApiError) || !(error.status === 503 || PASSING.has(error.code))) return 0;
  return error.code === 'RATE_LIMITED' ? RATE_LIMIT_WITHIN_MS : RETRY_WITHIN_MS;
};

/** One call, repeated for a bounded time while the answer is one that passes by itself; rejects with the last ApiError, or when nobody answers. */
export async function call<T>(url: string, options: CallOptions = {}): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await once<T>(url, options);
    } catch (error) {
      if (performance.now() - startMs >= patienceMs(error)) throw error;
      const retryAfterS = error instanceof ApiError ? error.retryAfterS : undefined;
      await delay(retryAfterS === undefined ? RETRY_PAUSE_MS : retryAfterS * 1000);
    }
  }
}
