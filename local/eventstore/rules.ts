/** The check before every write: may these events follow what the stream holds, or are they already there? Pure. */

/** Expected revisions as the wire counts them; every other value is an exact revision. */
export const EXPECTED = { noStream: -1, any: -2, streamExists: -4 } as const;

/** A revision too large for a number can only be wrong, but the answer names it exactly. */
export type Expected = number | bigint;

export interface StreamFacts {
  readonly tombstoned: boolean;
  readonly softDeleted: boolean;
  readonly hasMetadata: boolean;
  /** Revision of the last event, −1 if there is none. */
  readonly last: number;
  revisionOf(eventId: string): number | undefined;
  eventIdAt(revision: number): string | undefined;
}

export type Verdict =
  | { readonly verdict: 'write' }
  /** All of it is already there; `revision` is where its last event stands. */
  | { readonly verdict: 'repeat'; readonly revision: number }
  | { readonly verdict: 'wrongExpectedVersion' }
  | { readonly verdict: 'streamDeleted' };

const WRITE: Verdict = { verdict: 'write' };
const WRONG: Verdict = { verdict: 'wrongExpectedVersion' };

/** Without a revision to compare with, the event ids alone tell a repeat from a new append. */
const judgeByIds = (stream: StreamFacts, eventIds: readonly string[]): Verdict => {
  const [first] = eventIds;
  if (first === undefined || stream.revisionOf(first) === undefined) return WRITE;
  let revision = -1;
  for (const id of eventIds) {
    const known = stream.revisionOf(id);
    if (known === undefined) return WRONG;
    revision = known;
  }
  return { verdict: 'repeat', revision };
};

/** An expectation below the stream's end can only be right if exactly these events came next. */
const judgeBelowEnd = (stream: StreamFacts, expected: number, eventIds: readonly string[]): Verdict => {
  for (const [index, id] of eventIds.entries()) {
    if (stream.eventIdAt(expected + 1 + index) === id) continue;
    const revives = index === 0 && expected === EXPECTED.noStream && stream.softDeleted;
    return revives ? WRITE : WRONG;
  }
  return { verdict: 'repeat', revision: expected + eventIds.length };
};

const judgeByRevision = (stream: StreamFacts, expected: Expected, eventIds: readonly string[]): Verdict => {
  if (typeof expected === 'number' && expected < stream.last) return judgeBelowEnd(stream, expected, eventIds);
  return expected === stream.last ? WRITE : WRONG;
};

export function judge(stream: StreamFacts, expected: Expected, eventIds: readonly string[]): Verdict {
  if (stream.tombstoned) return { verdict: 'streamDeleted' };
  if (expected === EXPECTED.streamExists) {
    if (stream.softDeleted) return { verdict: 'streamDeleted' };
    if (stream.last < 0 && !stream.hasMetadata) return WRONG;
  }
  if (expected === EXPECTED.any || expected === EXPECTED.streamExists) return judgeByIds(stream, eventIds);
  return judgeByRevision(stream, expected, eventIds);
}
