/** What an event is, before and after it is recorded. Pure types: every folder may import this one. */

/** A fact as a decider states it: a name in the past tense and its data. JSON only: no bigint, no Date, no undefined. */
export interface Fact<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
}

/** Who caused an event. `id` is ours (customer id, operator id, Stripe event id, reader name), never a name or an e-mail. */
export interface Actor {
  readonly kind: 'customer' | 'ops' | 'stripe' | 'saga' | 'system';
  readonly id: string;
}

/** Why an event exists; stored with every event. */
export interface Metadata {
  /** The thread it belongs to: the order, or the stream's own id where there is no order. */
  readonly $correlationId: string;
  /** The event or request that directly caused it. */
  readonly $causationId: string;
  readonly commandId: string;
  readonly actor: Actor;
  /** ISO-8601 from the clock that decided; folds use this and never the store's own time. */
  readonly occurredAt: string;
  /** Version of the data's shape, from 1. */
  readonly schemaVersion: number;
  readonly traceparent?: string;
}

/** An event as it stands in the log. */
export type Recorded<E extends Fact = Fact> = E & {
  readonly id: string;
  readonly stream: string;
  /** Number in its stream, from 0. */
  readonly revision: number;
  /** Place in the log ($all); commit and prepare are kept apart because a checkpoint needs both. */
  readonly position: { readonly commit: bigint; readonly prepare: bigint };
  readonly metadata: Metadata;
};
