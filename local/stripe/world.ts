/** The stand-in's one state: store, clock and webhooks, changed only through units of work. */
import type { Clock } from '../support/clock.js';
import { Change, noCall } from './change.js';
import type { Cause } from './change.js';
import { expireIfDue, isDue } from './checkout.js';
import type { StripeEvent } from './records.js';
import type { Row, Store } from './store.js';
import type { Webhooks } from './webhooks.js';

const EXPIRY_POLL_MS = 200;

export interface Done<T> {
  readonly value: T;
  readonly events: readonly StripeEvent[];
}

export class World {
  private readonly timer: NodeJS.Timeout;
  /** Where people reach the pages; known once the server listens. */
  baseUrl = '';

  constructor(
    readonly store: Store,
    readonly webhooks: Webhooks,
    private readonly clock: Clock,
  ) {
    this.timer = setInterval(() => void this.expireDue(), EXPIRY_POLL_MS);
    this.timer.unref();
  }

  /** Unix seconds. */
  now(): number {
    return Math.floor(this.clock().getTime() / 1000);
  }

  /**
   * Runs `work` and makes its changes, its events and `extra` rows durable together; deliveries start afterwards.
   * When `work` throws, nothing has happened.
   */
  async change<T>(cause: Cause, work: (change: Change) => T, extra: (value: T) => Row[] = () => []): Promise<Done<T>> {
    const change = new Change(this.store, this.now(), cause);
    const value = work(change);
    const deliveries = this.webhooks.plan(change.events);
    const objects = change.changed().map((object): Row => ({ table: 'object', key: object.id, value: object }));
    await this.store.write([...objects, ...deliveries, ...extra(value)]);
    this.webhooks.accept(deliveries);
    return { value, events: change.events };
  }

  /** Closes every open session whose time is over. */
  async expireDue(): Promise<void> {
    const due = this.store.list('checkout.session').filter((session) => isDue(session, this.now()));
    if (due.length > 0) await this.change(noCall, (change) => due.forEach(({ id }) => expireIfDue(change, id)));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.webhooks.stop();
    await this.store.close();
  }
}
