/** The stand-in's one state: store, clock and webhooks, changed only through units of work. */
import type { Clock } from '../support/clock.js';
import { advance, Agenda } from './agenda.js';
import { Change, noCall } from './change.js';
import type { Cause } from './change.js';
import type { StripeFailure } from './errors.js';
import type { StripeEvent, StripeObject } from './records.js';
import type { Row, Store } from './store.js';
import type { Webhooks } from './webhooks.js';

const POLL_MS = 200;
/** No jump of a clock may keep the stand-in busy for ever; what is left is done at the next poll. */
const STEPS_MAX = 5_000;

export interface Done<T> {
  readonly value: T;
  readonly events: readonly StripeEvent[];
  /** What the caller is told although the work stands. */
  readonly refusal: StripeFailure | undefined;
}

export class World {
  private readonly timer: NodeJS.Timeout;
  private readonly agenda = new Agenda();
  /** Where people reach the pages; known once the server listens. */
  baseUrl = '';

  constructor(
    readonly store: Store,
    readonly webhooks: Webhooks,
    private readonly clock: Clock,
  ) {
    for (const object of store.all('object')) this.agenda.note(object as StripeObject);
    this.timer = setInterval(() => void this.catchUp(), POLL_MS);
    this.timer.unref();
  }

  /** Unix seconds. */
  now(): number {
    return Math.floor(this.clock().getTime() / 1000);
  }

  /**
   * Runs `work` and makes its changes, its events and `extra` rows durable together; deliveries start afterwards.
   * When `work` throws, nothing has happened. `at`: the moment it happens, unix seconds; now, when absent.
   */
  async change<T>(
    cause: Cause,
    work: (change: Change) => T,
    more: { extra?: (done: Done<T>) => Row[]; at?: number } = {},
  ): Promise<Done<T>> {
    const change = new Change(this.store, more.at ?? this.now(), cause, this.baseUrl);
    const value = work(change);
    const done = { value, events: change.events, refusal: change.refusal };
    const deliveries = this.webhooks.plan(change.events);
    const changed = change.changed();
    for (const object of changed) this.agenda.note(object);
    const objects = changed.map((object): Row => ({ table: 'object', key: object.id, value: object }));
    const removed = change.removed.map((key): Row => ({ table: 'object', key, value: undefined }));
    await this.store.write([...objects, ...removed, ...deliveries, ...(more.extra?.(done) ?? [])]);
    this.webhooks.accept(deliveries);
    return done;
  }

  /** Does everything that is due by now, in the order of its moments, each at its moment: a jump of the clock is lived through. */
  async catchUp(): Promise<void> {
    const written: Promise<unknown>[] = [];
    for (let step = 0; step < STEPS_MAX; step++) {
      const next = this.agenda.due(this.now());
      if (!next) break;
      written.push(this.change(noCall, (change) => advance(change, next.object), { at: next.at }));
    }
    await Promise.all(written);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.webhooks.stop();
    await this.store.close();
  }
}
