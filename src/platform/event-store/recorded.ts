/** Turns what the client hands out into our Recorded event. */
import type { Fact, Metadata, Recorded } from '../event.js';

/** The part of the client's event that is read. */
export interface StoredEvent {
  readonly id: string;
  readonly streamId: string;
  readonly type: string;
  readonly revision: bigint;
  readonly position?: { commit: bigint; prepare: bigint };
  readonly data: unknown;
  readonly metadata: unknown;
}

/** A reader parks an event it cannot make sense of, so nothing is judged here. */
export const recordedOf = <E extends Fact>(event: StoredEvent): Recorded<E> =>
  ({
    type: event.type,
    data: event.data,
    id: event.id,
    stream: event.streamId,
    revision: Number(event.revision),
    position: event.position ?? { commit: 0n, prepare: 0n },
    metadata: event.metadata as Metadata,
  }) as unknown as Recorded<E>;
