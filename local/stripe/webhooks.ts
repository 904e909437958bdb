/** Signed deliveries to the configured endpoint: persisted, retried until 2xx, held or repeated on request. */
import { createHmac, randomInt } from 'node:crypto';
import type { Clock } from '../support/clock.js';
import { newId } from './ids.js';
import type { StripeEvent } from './records.js';
import type { Row, Store } from './store.js';

export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly url: string;
  /** Sorts deliveries that are due together; shuffled within one change, as Stripe promises no order. */
  readonly rank: number;
  readonly state: 'pending' | 'delivered' | 'abandoned';
  readonly attempts: number;
  /** Milliseconds of real time, not of the steered clock: a network does not wait faster. */
  readonly nextAttemptAt: number;
  readonly firstAttemptAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

export interface WebhookSettings {
  readonly url: string | null;
  readonly secrets: readonly string[];
  /** Event types that are delivered; `*` means all. */
  readonly events: readonly string[];
  readonly paused: boolean;
  /** How many times each event is sent in addition. */
  readonly duplicate: number;
  /** Newest first, one at a time. */
  readonly reorder: boolean;
}

/** The types the ledger's endpoint subscribes to. */
export const EVENT_TYPES: readonly string[] = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.payment_action_required',
  'invoice.finalization_failed',
  'invoice.voided',
  'invoice.marked_uncollectible',
  'invoice_payment.paid',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'charge.dispute.closed',
  'radar.early_fraud_warning.created',
];

const CONCURRENT_MAX = 16;
const TIMEOUT_MS = 10_000;
const FIRST_DELAY_MS = 500;
const DELAY_MS_MAX = 10_000;
const GIVE_UP_AFTER_MS = 3 * 86_400_000;
const SETTLED_KEPT_MAX = 10_000;
const SPREAD = 1_000;

/** How long to wait after the n-th failed attempt, in milliseconds: 0.5 s, 1 s, 2 s … 10 s, divided by `speed`. */
const retryDelayMs = (attempts: number, speed: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20), DELAY_MS_MAX) / speed;

/** `t=…,v1=…` with one `v1` for each secret, over the exact body. `at` is unix seconds. */
const signatureHeader = (body: string, secrets: readonly string[], at: number): string =>
  [`t=${at}`, ...secrets.map((secret) => `v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`)].join(',');

export class Webhooks {
  private readonly inFlight = new Set<string>();
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly pending = new Map<string, Delivery>();
  private readonly settled: string[] = [];
  private readonly stopped = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  private current: WebhookSettings;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly speed: number,
    defaults: WebhookSettings,
  ) {
    this.current = { ...defaults };
    for (const delivery of store.all('delivery') as Delivery[]) {
      this.count = Math.max(this.count, Math.floor(delivery.rank / SPREAD));
      if (delivery.state === 'pending') this.pending.set(delivery.id, delivery);
      else this.settled.push(delivery.id);
    }
  }

  get settings(): WebhookSettings {
    return this.current;
  }

  async configure(change: Partial<WebhookSettings>): Promise<void> {
    this.current = { ...this.current, ...change };
    await this.store.write([{ table: 'setting', key: 'webhooks', value: this.current }]);
    this.pump();
  }

  /** The rows that make these events owed to the endpoint; written together with the change that caused them. */
  plan(events: readonly StripeEvent[], force = false): Row[] {
    const { url, events: types, duplicate } = this.current;
    const wanted = events.filter(({ type }) => force || types.includes('*') || types.includes(type));
    if (url === null) return [];
    this.count += 1;
    return wanted.flatMap((event) => Array.from({ length: 1 + duplicate }, () => this.row(this.newDelivery(event, url))));
  }

  private newDelivery(event: StripeEvent, url: string): Delivery {
    return {
      id: newId('whd'),
      eventId: event.id,
      type: event.type,
      url,
      rank: this.count * SPREAD + randomInt(SPREAD),
      state: 'pending',
      attempts: 0,
      nextAttemptAt: Date.now(),
      firstAttemptAt: null,
      lastStatus: null,
      lastError: null,
    };
  }

  private row(delivery: Delivery): Row {
    return { table: 'delivery', key: delivery.id, value: delivery };
  }

  /** Takes over planned rows once they are durable. */
  accept(rows: readonly Row[]): void {
    for (const { value } of rows) this.pending.set((value as Delivery).id, value as Delivery);
    this.pump();
  }

  /** Resolves after the first attempt to deliver this event, at once when none will be made now. */
  firstAttempt(eventId: string | undefined): Promise<void> {
    const owed = [...this.pending.values()].some((delivery) => delivery.eventId === eventId && delivery.attempts === 0);
    if (eventId === undefined || !owed || this.current.paused) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(eventId, [...(this.waiting.get(eventId) ?? []), resolve]));
  }

  /** Starts what is due and sets the timer for what is not. */
  pump(): void {
    clearTimeout(this.timer);
    if (this.current.paused || this.stopped.signal.aborted) return;
    const now = Date.now();
    const idle = [...this.pending.values()].filter(({ id }) => !this.inFlight.has(id));
    const due = idle
      .filter(({ nextAttemptAt }) => nextAttemptAt <= now)
      .sort((a, b) => (this.current.reorder ? b.rank - a.rank : a.rank - b.rank));
    const room = (this.current.reorder ? 1 : CONCURRENT_MAX) - this.inFlight.size;
    for (const delivery of due.slice(0, Math.max(0, room))) void this.attempt(delivery);
    const next = Math.min(...idle.filter(({ nextAttemptAt }) => nextAttemptAt > now).map(({ nextAttemptAt }) => nextAttemptAt));
    if (Number.isFinite(next)) this.timer = setTimeout(() => this.pump(), next - now);
  }

  private async attempt(delivery: Delivery): Promise<void> {
    this.inFlight.add(delivery.id);
    const outcome = await this.send(delivery);
    this.inFlight.delete(delivery.id);
    if (this.stopped.signal.aborted) return;
    const after = this.judge(delivery, outcome);
    if (after.state === 'pending') this.pending.set(after.id, after);
    else this.settle(after);
    await this.store.write([this.row(after), ...this.forgotten()]);
    for (const resolve of this.waiting.get(delivery.eventId) ?? []) resolve();
    this.waiting.delete(delivery.eventId);
    this.pump();
  }

  private settle(delivery: Delivery): void {
    this.pending.delete(delivery.id);
    this.settled.push(delivery.id);
  }

  private forgotten(): Row[] {
    const excess = this.settled.splice(0, Math.max(0, this.settled.length - SETTLED_KEPT_MAX));
    return excess.map((key) => ({ table: 'delivery', key, value: undefined }));
  }

  private judge(delivery: Delivery, outcome: { status: number | null; error: string | null }): Delivery {
    const now = Date.now();
    const attempts = delivery.attempts + 1;
    const firstAttemptAt = delivery.firstAttemptAt ?? now;
    const told = { ...delivery, attempts, firstAttemptAt, lastStatus: outcome.status, lastError: outcome.error };
    if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300) return { ...told, state: 'delivered' };
    if (now - firstAttemptAt >= GIVE_UP_AFTER_MS / this.speed) return { ...told, state: 'abandoned' };
    return { ...told, nextAttemptAt: now + retryDelayMs(attempts, this.speed) };
  }

  private async send(delivery: Delivery): Promise<{ status: number | null; error: string | null }> {
    const event = this.store.get('event', delivery.eventId);
    const body = JSON.stringify(event, null, 2);
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
          'stripe-signature': signatureHeader(body, this.current.secrets, this.signedAt()),
        },
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.stopped.signal]),
      });
      await response.arrayBuffer();
      return { status: response.status, error: null };
    } catch (error) {
      return { status: null, error: String(error) };
    }
  }

  /** Receivers refuse old signatures, some by the machine's clock and some by the steered one; the later of both pleases either. */
  private signedAt(): number {
    return Math.floor(Math.max(this.clock().getTime(), Date.now()) / 1000);
  }

  deliveries(): Delivery[] {
    return this.store.all('delivery') as Delivery[];
  }

  /** Attempts under way are cut; they stay owed and continue after a restart. */
  stop(): void {
    clearTimeout(this.timer);
    this.stopped.abort();
    for (const resolve of [...this.waiting.values()].flat()) resolve();
  }
}
