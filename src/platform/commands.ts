/** What commands are made of: who asks, why, and an id under which a repeat is the same wish. */
import { derivedId, newId } from './ids.js';
import type { Actor, Recorded } from './event.js';
import type { CommandContext } from './event-store/stream-repository.js';

/** The answer of a command: where in the log its effect stands, for read-your-writes. */
export interface Written {
  /** 0n when nothing is recorded. */
  readonly position: bigint;
}

/** A command caused by an event: the same event always gives the same command id, so handling it twice is silence. */
export const causedBy = (event: Recorded, purpose: string, actor: Actor = { kind: 'saga', id: 'processes' }): CommandContext => ({
  commandId: derivedId('caused', event.id, purpose),
  correlationId: event.metadata.$correlationId,
  causationId: event.id,
  actor,
});

/** A step of a thread of work that must happen once however often it is walked. */
export const stepOf = (correlationId: string, purpose: string, actor: Actor): CommandContext => ({
  commandId: derivedId('step', correlationId, purpose),
  correlationId,
  causationId: correlationId,
  actor,
});

/**
 * A claim: its id is fresh on purpose. Two claimants must never send the same append, because the store would answer both that it succeeded;
 * with ids of their own exactly one wins the revision.
 */
export const claimOf = (correlationId: string, actor: Actor): CommandContext => ({
  commandId: newId(),
  correlationId,
  causationId: correlationId,
  actor,
});
