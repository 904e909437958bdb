import { describe, expect, it } from '@jest/globals';
import { recorded } from '../../../test/support/project.js';
import { ORDER } from '../../../test/support/samples.js';
import type { Recorded } from '../../platform/event.js';
import { countUntil, momentOf, type Moment } from './moment.js';
import { storyOf } from './order-streams.js';

describe('a moment', () => {
  it.each<[string | undefined, Moment]>([
    [undefined, { kind: 'now' }],
    ['', { kind: 'now' }],
    ['7', { kind: 'revision', stream: `order-${ORDER}`, revision: 7 }],
    ['order@0', { kind: 'revision', stream: `order-${ORDER}`, revision: 0 }],
    ['payment@2', { kind: 'revision', stream: `payment-${ORDER}`, revision: 2 }],
    [`provisioning-${ORDER}@3`, { kind: 'revision', stream: `provisioning-${ORDER}`, revision: 3 }],
    ['node-1@17', { kind: 'revision', stream: 'node-1', revision: 17 }],
    ['position:18446744073709', { kind: 'position', position: 18446744073709n }],
    ['2026-11-21T07:30:00Z', { kind: 'time', time: '2026-11-21T07:30:00.000Z' }],
    ['2026-11-21T08:30+01:00', { kind: 'time', time: '2026-11-21T07:30:00.000Z' }],
  ])('is read from %j', (text, moment) => expect(momentOf(ORDER, text)).toStrictEqual(moment));

  it.each(['yesterday', '-1', '1.5', '2026-11-21', '2026-11-21T07:30:00', '2026-13-41T07:30:00Z', 'position:', '@3', 'order@', '1e3'])(
    'is not guessed from %j',
    (text) => expect(momentOf(ORDER, text)).toMatchObject({ code: 'REPLAY_AT_INVALID', status: 422 }),
  );
});

describe('how far a moment reaches', () => {
  const at = (index: number, stream: string, second: number): Recorded => ({
    ...recorded({ type: 'OrderPlaced', data: {} }, index, `2026-11-01T10:00:0${second}.000Z`),
    stream,
  });
  // Somebody else took room between our two events; our second was stamped a moment before theirs.
  const events = [at(0, `order-${ORDER}`, 1), at(1, 'node-1', 5), at(2, `payment-${ORDER}`, 4), at(3, 'node-1', 7)];
  const count = (text?: string) => countUntil(momentOf(ORDER, text) as Moment, events, storyOf(ORDER, events).isOwn);

  it.each([
    [undefined, 4],
    ['0', 1],
    ['payment@2', 3],
    ['node-1@3', 4],
    ['position:99', 0],
    ['position:100', 1],
    ['position:299', 2],
    ['position:1000', 4],
    ['2026-11-01T10:00:00Z', 0],
    ['2026-11-01T10:00:01Z', 1],
    ['2026-11-01T10:00:04Z', 3],
    ['2027-01-01T00:00:00Z', 3],
  ])('%j: %d events', (text, expected) => expect(count(text)).toBe(expected));

  it('is refused for a revision that is not there, saying which are', () => {
    expect(count('9')).toMatchObject({ code: 'REPLAY_AT_UNKNOWN', status: 422, message: `order-${ORDER} has the revisions 0 to 0.` });
    expect(count('node-7@0')).toMatchObject({ code: 'REPLAY_AT_UNKNOWN', status: 422 });
  });
});
