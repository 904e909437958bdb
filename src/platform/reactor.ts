/** A reader of the log that acts: the Stripe intake and the processes. At-least-once, so every command it sends has an id derived from the causing event. */
import type { Recorded } from './event.js';

/** Thrown by a reactor when an event cannot be handled yet for a known reason (not a defect); retried like any failure, but without an error in the log. */
export class NotYet extends Error {}

export interface Reactor {
  /** Name of its checkpoint and lease; kebab-case. */
  readonly name: string;
  /** Stream-name prefixes, filtered on the server, for example `payment-`. */
  readonly prefixes: readonly string[];
  /** Events of one key are handled in log order, different keys concurrently. */
  readonly key: (event: Recorded) => string;
  /** Settles when the event is fully handled; a rejection is retried with back-off, then parked and raised. */
  readonly handle: (event: Recorded) => Promise<void>;
}
