/** One unit of work: objects changed and events emitted together, or not at all. */
import type { Delivery } from './deliveries.js';
import type { StripeFailure } from './errors.js';
import { newId } from './ids.js';
import { policyOf } from './policy.js';
import type { Policy } from './policy.js';
import type { Kind, Kinds, StripeEvent, StripeObject } from './records.js';
import type { Store } from './store.js';

export const API_VERSION = '2026-10-28.endive';

/** The API call that caused a change; nulls when a person at the page or the clock did. */
export interface Cause {
  readonly id: string | null;
  readonly idempotency_key: string | null;
}
export const noCall: Cause = { id: null, idempotency_key: null };

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the changed fields held before: nested objects by their changed keys only, lists whole. */
function previousOf(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const changed = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return Object.fromEntries(
    changed.map((key): [string, unknown] => {
      const [old, now] = [before[key], after[key]];
      return [key, isPlain(old) && isPlain(now) ? previousOf(old, now) : (old ?? null)];
    }),
  );
}

/** Types whose events say what the object was before. */
const tellsPrevious = (type: string): boolean => type.endsWith('.updated') || type === 'charge.refunded';

export class Change {
  private readonly staged = new Map<string, StripeObject>();
  readonly events: StripeEvent[] = [];
  readonly removed: string[] = [];
  /** What the caller is told although the work stands: a declined payment changes its invoice. */
  refusal: StripeFailure | undefined;

  constructor(
    private readonly store: Store,
    /** Unix seconds. */
    readonly now: number,
    private readonly cause: Cause,
    /** Where people reach the pages. */
    readonly baseUrl: string,
  ) {}

  get policy(): Policy {
    return policyOf(this.store);
  }

  /** A copy that may be altered and handed back to `put`. */
  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    const staged = this.staged.get(id);
    const found = staged?.object === kind ? (staged as Kinds[K]) : this.store.get(kind, id);
    return found && structuredClone(found);
  }

  /** All objects of a kind, oldest first, as this work leaves them; not copies. */
  list<K extends Kind>(kind: K): Kinds[K][] {
    const mine = [...this.staged.values()].filter((object) => object.object === kind) as Kinds[K][];
    const stored = this.store.list(kind);
    if (mine.length === 0) return stored;
    const fresh = mine.filter(({ id }) => this.store.get(kind, id) === undefined);
    return [...stored.map((object) => (this.staged.get(object.id) as Kinds[K] | undefined) ?? object), ...fresh];
  }

  put<T extends StripeObject>(object: T): T {
    this.staged.set(object.id, structuredClone(object));
    return object;
  }

  /** Stores the object and tells the world; the event keeps the object as it is now. Answers the object. */
  emit<T extends StripeObject>(type: string, object: T): T {
    const before = tellsPrevious(type) ? this.get(object.object as Kind, object.id) : undefined;
    this.put(object);
    const event: StripeEvent = {
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: this.now,
      data: { object: structuredClone(object), ...(before ? { previous_attributes: previousOf(before, object) } : {}) },
      livemode: false,
      pending_webhooks: 1,
      request: this.cause,
      type,
    };
    this.events.push(event);
    this.staged.set(event.id, event);
    return object;
  }

  /** Forgets an object of which nobody is told. */
  remove(id: string): void {
    this.staged.delete(id);
    this.removed.push(id);
  }

  /** Ids of events that some endpoint has not taken. */
  undelivered(): ReadonlySet<string> {
    const owed = (this.store.all('delivery') as Delivery[]).filter(({ state }) => state !== 'delivered');
    return new Set(owed.map(({ eventId }) => eventId));
  }

  changed(): StripeObject[] {
    return [...this.staged.values()];
  }
}
