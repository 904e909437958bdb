/** What the readers need of the log. The event store fulfils it; tests may put a list in its place. */
import type { Recorded } from '../event.js';

/** A place in the log; both halves are needed to go on from there. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export type LogMessage =
  | { readonly kind: 'event'; readonly event: Recorded }
  /** Everything that matches up to here has been handed out. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caughtUp' };

export interface LogReader {
  /** The id of the log's first event. Rejects while there is none or the store is away. */
  logIdentity(): Promise<string>;
  /**
   * The place of the last event that is not the store's own, in a stream with one of these prefixes; if none is near the end, a place behind it
   * that a living subscription has long been told of. Undefined if there is none at all.
   */
  head(prefixes?: readonly string[]): Promise<Position | undefined>;
  /** From (exclusively) a place on, or from the first event. Throws on any end or error. */
  subscribe(options: { from?: Position; prefixes: readonly string[]; signal: AbortSignal }): AsyncIterable<LogMessage>;
}

export const isBefore = (one: Position, other: Position): boolean =>
  one.commit < other.commit || (one.commit === other.commit && one.prepare < other.prepare);
