import { describe, expect, it } from '@jest/globals';
import type { DriftKind } from '../../provisioning/drift.events.js';
import { whyDrift } from './why-drift.js';

const drift = (kind: DriftKind, expected: string | null = null, found: string | null = null) => ({ kind, serverId: 7, expected, found });

describe('in what the panel differs, in words', () => {
  it('is nothing while it does not', () => expect(whyDrift([])).toStrictEqual([]));
  it.each([
    [[drift('missing')], 'The panel differs: server 7 is gone from it.'],
    [[drift('unexpected')], "The panel differs: server 7 stands under the order's id and should not, which can be repaired."],
    [
      [drift('suspended', 'running', 'suspended'), drift('limits', 'memory 1', 'memory 2')],
      'The panel differs: server 7 was suspended by somebody else, which can be repaired; server 7 has memory 2 instead of memory 1, which can be repaired.',
    ],
    [
      [drift('owner', '1', '2')],
      'The panel differs: server 7 belongs to user 2 instead of 1, which must be put right on the panel by hand.',
    ],
  ])('%j', (drifts, sentence) => expect(whyDrift(drifts)).toStrictEqual([sentence]));
});
