/** Brings one table to an exact place in the log, with large batches; what is written stays written, so that a later call goes on from there. */
import { Batches, type BatchLimits } from '../batches.js';
import { isBefore, type LogMessage, type LogReader, type Position } from '../log-reader.js';
import { farewell } from '../pacing.js';
import { BatchWriter, type Member, type Writing } from '../projection-writer.js';
import { positionOf, watched } from '../watched.js';

export interface Building {
  readonly log: LogReader;
  readonly prefixes: readonly string[];
  readonly writing: Writing;
  readonly member: Member;
  readonly limits?: BatchLimits | undefined;
  /** Told after each batch. May throw, which ends the building. */
  readonly onBatch: (events: number) => void;
}

/**
 * @param goal where to stop; undefined: at the end of the log
 * @throws LeaseLost, whatever log and database throw, and the signal's reason if it is aborted before the goal is reached
 */
export async function buildUpTo(building: Building, goal: Position | undefined, signal: AbortSignal): Promise<void> {
  const { writing, member, limits, onBatch } = building;
  if (goal && member.position && !isBefore(member.position, goal)) return;
  const batches = new Batches(limits);
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  stopped.addEventListener('abort', () => batches.close(), { once: true });
  signal.throwIfAborted();
  const pump = read(building, { batches, goal, signal: stopped });
  const writer = new BatchWriter(writing, [member], {
    written: ({ events }) => onBatch(events.length),
    failed: (error) => batches.fail(error),
  });
  try {
    for (let batch = await batches.take(); batch; batch = await batches.take()) {
      if (batch.to) await writer.write({ events: batch.events, to: batch.to });
      if (batch.caughtUp) return await writer.settled();
    }
    await writer.settled();
    throw signal.reason;
  } finally {
    stop.abort();
    await writer.settled().catch(() => undefined);
    // Not waited for: somebody may be kept from writing until we are done.
    void farewell(pump);
  }
}

interface Reading {
  readonly batches: Batches;
  readonly goal: Position | undefined;
  readonly signal: AbortSignal;
}

/** Where a message stands to the goal. The end of the log lies beyond it, for somebody else has been at the goal before. */
const placeOf = (message: LogMessage, goal: Position | undefined): 'before' | 'at' | 'beyond' => {
  const position = positionOf(message);
  if (!position) return 'beyond';
  if (!goal || isBefore(position, goal)) return 'before';
  return isBefore(goal, position) ? 'beyond' : 'at';
};

/** Never rejects: a failure is handed to whoever takes the batches. */
async function read({ log, prefixes, member }: Building, { batches, goal, signal }: Reading): Promise<void> {
  try {
    for await (const message of watched({ log, prefixes, from: member.position, signal })) {
      const place = placeOf(message, goal);
      if (place !== 'beyond') await batches.add(message);
      if (place === 'before') continue;
      if (goal) await batches.add({ kind: 'checkpoint', position: goal });
      await batches.add({ kind: 'caughtUp' });
      return;
    }
  } catch (error) {
    batches.fail(error);
  }
}
