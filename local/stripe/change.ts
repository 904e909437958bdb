/** One unit of work: objects changed and events emitted together, or not at all. */
import { newId } from './ids.js';
import type { Kind, Kinds, StripeEvent, StripeObject } from './records.js';
import type { Store } from './store.js';

export const API_VERSION = '2026-10-28.endive';

/** The API call that caused a change; nulls when a person at the page or the clock did. */
export interface Cause {
  readonly id: string | null;
  readonly idempotency_key: string | null;
}
export const noCall: Cause = { id: null, idempotency_key: null };

export class Change {
  private readonly staged = new Map<string, StripeObject>();
  readonly events: StripeEvent[] = [];

  constructor(
    private readonly store: Store,
    /** Unix seconds. */
    readonly now: number,
    private readonly cause: Cause,
  ) {}

  /** A copy that may be altered and handed back to `put`. */
  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    const staged = this.staged.get(id);
    const found = staged?.object === kind ? (staged as Kinds[K]) : this.store.get(kind, id);
    return found && structuredClone(found);
  }

  list<K extends Kind>(kind: K): Kinds[K][] {
    return this.store.list(kind);
  }

  put<T extends StripeObject>(object: T): T {
    this.staged.set(object.id, structuredClone(object));
    return object;
  }

  /** Stores the object and tells the world; the event keeps the object as it is now. */
  emit(type: string, object: StripeObject, previous?: Record<string, unknown>): void {
    this.put(object);
    const event: StripeEvent = {
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: this.now,
      data: { object: structuredClone(object), ...(previous ? { previous_attributes: previous } : {}) },
      livemode: false,
      pending_webhooks: 1,
      request: this.cause,
      type,
    };
    this.events.push(event);
    this.staged.set(event.id, event);
  }

  changed(): StripeObject[] {
    return [...this.staged.values()];
  }
}
