/** Deliveries to every endpoint: persisted, retried until 2xx, held, repeated, delayed or lost on request. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../support/clock.js';
import { API_VERSION } from './change.js';
import { Chaos } from './chaos.js';
import type { Fate } from './chaos.js';
import { judged, post } from './deliveries.js';
import type { Delivery, Sent } from './deliveries.js';
import { endpointsFor, secretsOf } from './endpoints.js';
import { newId } from './ids.js';
import type { StripeEvent, WebhookEndpoint } from './records.js';
import type { Row, Store } from './store.js';

export interface Flow {
  readonly paused: boolean;
  /** How many times each event is sent in addition. */
  readonly duplicate: number;
  /** Newest first, one at a time. */
  readonly reorder: boolean;
}

const CONCURRENT_MAX = 16;
const SETTLED_KEPT_MAX = 10_000;
const SPREAD = 1_000;
/** Versions of one release have one shape. */
const RELEASE = API_VERSION.slice(API_VERSION.indexOf('.'));
const NO_FATE: Fate = { dropped: false, delayMs: 0, copies: 0, twin: false, rendering: 'asIs' };
const row = (delivery: Delivery): Row => ({ table: 'delivery', key: delivery.id, value: delivery });

export class Webhooks {
  readonly chaos = new Chaos();
  private readonly inFlight = new Set<string>();
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly pending = new Map<string, Delivery>();
  private readonly settled: string[] = [];
  private readonly stopped = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  private current: Flow;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly speed: number,
  ) {
    this.current = { paused: false, duplicate: 0, reorder: false, ...(store.read('setting', 'flow') as Partial<Flow> | undefined) };
    for (const delivery of store.all('delivery') as Delivery[]) {
      this.count = Math.max(this.count, Math.floor(delivery.rank / SPREAD));
      if (delivery.state === 'pending') this.pending.set(delivery.id, delivery);
      else this.settled.push(delivery.id);
    }
  }

  get flow(): Flow {
    return this.current;
  }

  async configure(change: Partial<Flow>): Promise<void> {
    this.current = { ...this.current, ...change };
    await this.store.write([{ table: 'setting', key: 'flow', value: this.current }]);
    this.pump();
  }

  /** The rows that make these events owed to their endpoints; written together with the change that caused them. */
  plan(events: readonly StripeEvent[]): Row[] {
    this.count += 1;
    return events.flatMap((event) => {
      const endpoints = endpointsFor(this.store, event.type);
      return endpoints.length === 0 ? [] : this.fated(event, endpoints, this.chaos.fateOf(event));
    });
  }

  private fated(event: StripeEvent, endpoints: readonly WebhookEndpoint[], fate: Fate): Row[] {
    const copies = 1 + this.current.duplicate + fate.copies;
    const owed = (told: StripeEvent): Row[] =>
      endpoints.flatMap((endpoint) => Array.from({ length: copies }, () => row(this.newDelivery(told, endpoint, fate))));
    if (!fate.twin) return owed(event);
    const twin: StripeEvent = { ...event, id: newId('evt') };
    return [...owed(event), { table: 'object', key: twin.id, value: twin }, ...owed(twin)];
  }

  /** The event once more, to every endpoint, whatever it subscribed to and whatever rules wait. */
  resend(event: StripeEvent): Row[] {
    this.count += 1;
    return endpointsFor(this.store, undefined).map((endpoint) => row(this.newDelivery(event, endpoint, NO_FATE)));
  }

  private newDelivery(event: StripeEvent, endpoint: WebhookEndpoint, fate: Fate): Delivery {
    const stale = endpoint.api_version !== null && !endpoint.api_version.endsWith(RELEASE);
    return {
      id: newId('whd'),
      eventId: event.id,
      type: event.type,
      endpoint: endpoint.id,
      url: endpoint.url,
      rendering: stale ? 'stale' : fate.rendering,
      rank: this.count * SPREAD + randomInt(SPREAD),
      state: fate.dropped ? 'dropped' : 'pending',
      attempts: 0,
      nextAttemptAt: Date.now() + fate.delayMs,
      firstAttemptAt: null,
      lastStatus: null,
      lastError: null,
    };
  }

  /** Takes over planned rows once they are durable. */
  accept(rows: readonly Row[]): void {
    for (const { table, value } of rows) {
      const delivery = value as Delivery;
      if (table === 'delivery' && delivery.state === 'pending') this.pending.set(delivery.id, delivery);
    }
    this.pump();
  }

  /** Changes a delivery that is still owed: `dropped` for ever, or due now. Undefined when it is not owed any more. */
  async alter(id: string, change: Pick<Delivery, 'state'> | Pick<Delivery, 'nextAttemptAt'>): Promise<Delivery | undefined> {
    const delivery = this.pending.get(id);
    if (!delivery) return undefined;
    const altered = { ...delivery, ...change };
    if (altered.state === 'pending') this.pending.set(id, altered);
    else this.settle(altered);
    await this.store.write([row(altered)]);
    this.pump();
    return altered;
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
    if (this.pending.has(delivery.id)) {
      const after = outcome === undefined ? { ...delivery, state: 'abandoned' as const } : judged(delivery, outcome, this.speed);
      if (after.state === 'pending') this.pending.set(after.id, after);
      else this.settle(after);
      await this.store.write([row(after), ...this.forgotten()]);
    }
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

  /** Undefined when there is nothing to send to any more: a disabled endpoint drops its retries. */
  private async send(delivery: Delivery): Promise<Sent | undefined> {
    const event = this.store.get('event', delivery.eventId);
    const endpoint = this.store.get('webhook_endpoint', delivery.endpoint);
    if (!event || endpoint?.status !== 'enabled') return undefined;
    return post(delivery, event, { secrets: secretsOf(this.store, endpoint.id), at: this.signedAt(), signal: this.stopped.signal });
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
