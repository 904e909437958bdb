/** One event of an order and what it changed, as it is shown. */
import type { Actor, Recorded } from '../../platform/event.js';
import { knowsVersionOf } from '../../platform/projection.js';
import type { Change } from './changes.js';
import type { Next } from './next.js';
import type { ReadModel, RowChange } from './rows.js';

/** An event of the order as it is shown; its position is a decimal number in text. */
export interface StepEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
  readonly schemaVersion: number | null;
  readonly actor: Actor | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly commandId: string | null;
  readonly traceparent: string | null;
  readonly data: unknown;
}

export interface Step {
  /** From 1. */
  readonly number: number;
  readonly event: StepEvent;
  /** Number of the step that caused it, if it is one of this order's. */
  readonly causedBy: number | null;
  /** Why the event is shown but not folded; null if it was. */
  readonly problem: string | null;
  readonly status: { readonly order: string; readonly payments: number; readonly provisioning: string };
  /** In the states: `/order/…`, `/payment/…`, `/provisioning/…`. */
  readonly changes: readonly Change[];
  /** In the rows of the read models, by this event. */
  readonly rows: readonly RowChange[];
  /** In rows the order shares with others (its node, customer and plan), by events that are not its own, since the step before. */
  readonly meanwhile: readonly RowChange[];
  /** Whose turn it was right after this event, and why the order was there. */
  readonly next: Next;
}

/** Why an event cannot be folded by anybody; every read model answers every event type there is, so one that none answers is not ours. */
export const problemOf = (event: Recorded, models: readonly ReadModel[]): string | null => {
  const knowing = models.filter(({ projection }) => Object.hasOwn(projection.on, event.type));
  if (knowing.length === 0) return `unknown event type ${event.type}`;
  const known = knowing.some(({ schemaVersions }) => knowsVersionOf(event, schemaVersions));
  return known ? null : `unknown version of ${event.type}`;
};

/** Whatever its metadata looks like. */
export const shown = (event: Recorded): StepEvent => {
  // What is in the log was not necessarily written by us, so nothing is taken for granted.
  const metadata = (event.metadata ?? {}) as Partial<Recorded['metadata']>;
  const { id, type, stream, revision, position, data } = event;
  return {
    ...{ id, type, stream, revision, data },
    position: position.commit.toString(),
    occurredAt: metadata.occurredAt ?? '',
    schemaVersion: metadata.schemaVersion ?? null,
    actor: metadata.actor ?? null,
    correlationId: metadata.$correlationId ?? null,
    causationId: metadata.$causationId ?? null,
    commandId: metadata.commandId ?? null,
    traceparent: metadata.traceparent ?? null,
  };
};
