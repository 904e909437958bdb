/** The one way in which the panel is called: its own key and budget, JSON only, no redirects, and a typed result for whatever comes back. */
import { RateBudget } from './panel.rate-budget.js';
import type { Ticks } from './panel.rate-budget.js';
import { done, judge, unknown } from './panel.results.js';
import type { PanelResult } from './panel.results.js';
import type { RawItem } from './panel.mapping.js';

export interface PanelTransportOptions {
  /** The panel's address, with or without a path before `/api`. */
  readonly url: string;
  /** Below the address: `/api/application` or `/api/client`. */
  readonly api: string;
  readonly key: string;
  /** Calls per window that the panel allows this key's owner there. */
  readonly callsMax: number;
  /** In milliseconds; default 60,000. */
  readonly windowMs?: number | undefined;
  readonly ticks?: Ticks;
}

/** The caller's claim on a call, asked when the budget lets the call go. */
export interface PanelClaim {
  /** How much longer it lasts, in milliseconds. */
  readonly remainingMs: () => number;
  /** Whether it still holds; without it the call is not made (refused, `NoLongerWanted`). */
  readonly stillWanted?: () => Promise<boolean>;
}

export interface PanelRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly timeoutMs: number;
  readonly claim?: PanelClaim;
}

interface RawList {
  readonly data: readonly RawItem[];
  readonly meta?: { readonly pagination?: { readonly total_pages?: number } };
}

const RETRY_AFTER_MS = 60_000;
const MS_PER_S = 1000;

export class PanelTransport {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly budget: RateBudget;

  constructor({ url, api, key, callsMax, windowMs, ticks }: PanelTransportOptions) {
    this.base = `${url.replace(/\/+$/, '')}${api}`;
    this.headers = { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: `Bearer ${key}` };
    this.budget = new RateBudget({ callsMax, ...(windowMs === undefined ? {} : { windowMs }), ...(ticks ? { ticks } : {}) });
  }

  /** How long so many calls at once would wait for the budget now, in milliseconds. */
  waitMs(calls = 1): number {
    return this.budget.waitMs(calls);
  }

  /** A call that is answered with one item. */
  async item(request: PanelRequest): Promise<PanelResult<RawItem>> {
    const result = await this.send(request);
    if (result.ok !== 'done') return result;
    return isItem(result.value) ? done(result.value) : unknown('NotAnItem');
  }

  /** A call that is answered with a list, or one page of it. */
  async list(request: PanelRequest): Promise<PanelResult<RawList>> {
    const result = await this.send(request);
    if (result.ok !== 'done') return result;
    return isList(result.value) ? done(result.value) : unknown('NotAList');
  }

  /** One call within the budget; the time-out covers the answer's body too. Never rejects for what a panel or a network can do, only as `stillWanted` does. */
  async send({ method, path, body, timeoutMs: timeoutMsMax, claim }: PanelRequest): Promise<PanelResult<unknown>> {
    await this.budget.take();
    if (claim?.stillWanted && !(await claim.stillWanted())) return { ok: 'refused', code: 'NoLongerWanted', status: 0 };
    // Last of all, so that whatever held the process up until here, also while it was asked above, is counted.
    const timeoutMs = Math.min(timeoutMsMax, claim?.remainingMs() ?? timeoutMsMax);
    if (timeoutMs < timeoutMsMax / 2) return { ok: 'refused', code: 'TooLateToSend', status: 0 };
    try {
      const response = await fetch(this.base + path, {
        method,
        headers: this.headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const result = judge(response.status, parseJson(await response.text()));
      return response.status === 429 ? this.slowDown(response, result) : result;
    } catch (error) {
      return unknown(failureCode(error));
    }
  }

  private slowDown(response: Response, result: PanelResult<unknown>): PanelResult<unknown> {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * MS_PER_S : RETRY_AFTER_MS;
    this.budget.closeFor(retryAfterMs);
    return result.ok === 'refused' ? { ...result, retryAfterMs } : result;
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isItem = (value: unknown): value is RawItem => isRecord(value) && isRecord(value['attributes']);
const isList = (value: unknown): value is RawList => isRecord(value) && Array.isArray(value['data']) && value['data'].every(isItem);

/** Undefined when the text is no JSON: then something other than the panel answered. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `Timeout`, or what the system calls the broken connection, such as `ECONNREFUSED`. */
function failureCode(error: unknown): string {
  // Read by shape: fetch belongs to the platform, whose Error class is another one inside a test runner's realm.
  if (!isRecord(error)) return 'ConnectionFailed';
  if (error['name'] === 'TimeoutError') return 'Timeout';
  const cause = error['cause'];
  return isRecord(cause) && typeof cause['code'] === 'string' ? cause['code'] : 'ConnectionFailed';
}
