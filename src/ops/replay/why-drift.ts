/** In words in what the panel differs from the record, and what an operator can do about it. */
import type { Drift, DriftKind } from '../../provisioning/drift.events.js';

const BY_HAND = 'which must be put right on the panel by hand';
const REPAIRED = 'which can be repaired';

const SENTENCES: Readonly<Record<DriftKind, (drift: Drift) => string>> = {
  missing: ({ serverId }) => `server ${serverId} is gone from it`,
  unexpected: ({ serverId }) => `server ${serverId} stands under the order's id and should not, ${REPAIRED}`,
  externalId: ({ serverId }) => `server ${serverId} no longer carries the order's id, ${BY_HAND}`,
  suspended: ({ serverId }) => `server ${serverId} was suspended by somebody else, ${REPAIRED}`,
  unsuspended: ({ serverId }) => `server ${serverId} was let run again by somebody else, ${REPAIRED}`,
  limits: ({ serverId, expected, found }) => `server ${serverId} has ${found} instead of ${expected}, ${REPAIRED}`,
  owner: ({ serverId, expected, found }) => `server ${serverId} belongs to user ${found} instead of ${expected}, ${BY_HAND}`,
  node: ({ serverId, expected, found }) => `server ${serverId} stands on node ${found} instead of ${expected}, ${BY_HAND}`,
};

/** None or one sentence. */
export const whyDrift = (drifts: readonly Drift[]): string[] =>
  drifts.length === 0 ? [] : [`The panel differs: ${drifts.map((drift) => SENTENCES[drift.kind](drift)).join('; ')}.`];
