import { describe, expect, it } from '@jest/globals';
import type { ReaderStatus } from './readers-health.js';
import { readinessOf } from './readiness.js';

const level: ReaderStatus = {
  name: 'order-list',
  kind: 'projection',
  version: 2,
  position: 100n,
  caughtUp: true,
  built: true,
  percent: 100,
  lagSeconds: 0,
  behindSeconds: 0,
  owner: 'somebody',
  epoch: 1,
  parked: 0,
  parkedSeconds: 0,
  events: 1,
  lastError: undefined,
};
const behind: ReaderStatus = { ...level, caughtUp: false, percent: 99.9, lagSeconds: 3 };

describe('a process', () => {
  it.each([true, false])(
    'that projects (%s) is not ready while a read model was never level with the log, however near it is',
    (runsProjector) => {
      const building = { ...behind, name: 'payments', built: false };
      expect(readinessOf([level, building], { runsProjector })).toStrictEqual({ up: false, detail: 'rebuilding 99 %: payments' });
    },
  );

  it.each([true, false])('that projects (%s) is ready with read models that are a moment behind', (runsProjector) => {
    expect(readinessOf([level, { ...behind, behindSeconds: 9 }], { runsProjector })).toStrictEqual({ up: true });
  });

  it('that projects is not ready when it does not keep up; one that only answers is', () => {
    const late = [level, { ...behind, percent: 97, behindSeconds: 11 }];
    expect(readinessOf(late, { runsProjector: true })).toStrictEqual({ up: false, detail: 'catching up: order-list' });
    expect(readinessOf(late, { runsProjector: false })).toStrictEqual({ up: true });
  });

  it('is ready with a log in which there is nothing for its read models', () => {
    expect(readinessOf([{ ...level, built: false, position: undefined }], { runsProjector: false })).toStrictEqual({ up: true });
  });
});
