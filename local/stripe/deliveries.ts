/** One delivery of one event to one endpoint: what is owed, how it is signed and sent, and when it is tried again. */
import { createHmac } from 'node:crypto';
import type { StripeEvent } from './records.js';
import { render } from './renderings.js';
import type { Rendering } from './renderings.js';

export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly endpoint: string;
  readonly url: string;
  readonly rendering: Rendering;
  /** Sorts deliveries that are due together; shuffled within one change, as Stripe promises no order. */
  readonly rank: number;
  /** Dropped: never to be tried; somebody asked for that. */
  readonly state: 'pending' | 'delivered' | 'abandoned' | 'dropped';
  readonly attempts: number;
  /** Milliseconds of real time, not of the steered clock: a network does not wait faster. */
  readonly nextAttemptAt: number;
  readonly firstAttemptAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

export interface Sent {
  readonly status: number | null;
  readonly error: string | null;
}

const TIMEOUT_MS = 10_000;
const FIRST_DELAY_MS = 500;
const DELAY_MS_MAX = 10_000;
const GIVE_UP_AFTER_MS = 3 * 86_400_000;

/** How long to wait after the n-th failed attempt, in milliseconds: 0.5 s, 1 s, 2 s … 10 s, divided by `speed`. */
const retryDelayMs = (attempts: number, speed: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20), DELAY_MS_MAX) / speed;

const hmac = (secret: string, message: string): string => createHmac('sha256', secret).update(message).digest('hex');

/** `t=…,v1=…` with one `v1` for each secret, over the exact body, and the `v0` of test mode that nobody may trust. `at` is unix seconds. */
const signatureHeader = (body: string, secrets: readonly string[], at: number): string =>
  [`t=${at}`, ...secrets.map((secret) => `v1=${hmac(secret, `${at}.${body}`)}`), `v0=${hmac('test mode', `${at}.${body}`)}`].join(',');

export interface Posting {
  readonly secrets: readonly string[];
  /** Unix seconds. */
  readonly at: number;
  readonly signal: AbortSignal;
}

/** One attempt; never rejects. */
export async function post(delivery: Delivery, event: StripeEvent, { secrets, at, signal }: Posting): Promise<Sent> {
  const body = JSON.stringify(render(event, delivery.rendering), null, 2);
  try {
    const response = await fetch(delivery.url, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        accept: '*/*; q=0.5, application/json',
        'cache-control': 'no-cache',
        'stripe-signature': signatureHeader(body, secrets, at),
      },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), signal]),
    });
    await response.arrayBuffer();
    return { status: response.status, error: null };
  } catch (error) {
    return { status: null, error: String(error) };
  }
}

/** The delivery after an attempt: delivered by any 2xx, given up after three days, else due again. */
export function judged(delivery: Delivery, { status, error }: Sent, speed: number): Delivery {
  const now = Date.now();
  const attempts = delivery.attempts + 1;
  const firstAttemptAt = delivery.firstAttemptAt ?? now;
  const told = { ...delivery, attempts, firstAttemptAt, lastStatus: status, lastError: error };
  if (status !== null && status >= 200 && status < 300) return { ...told, state: 'delivered' };
  if (now - firstAttemptAt >= GIVE_UP_AFTER_MS / speed) return { ...told, state: 'abandoned' };
  return { ...told, nextAttemptAt: now + retryDelayMs(attempts, speed) };
}
