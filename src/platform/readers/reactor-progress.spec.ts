import { describe, expect, it } from '@jest/globals';
import type { Recorded } from '../event.js';
import { ReactorProgress } from './reactor-progress.js';

const at = (commit: bigint): Recorded => ({ position: { commit, prepare: commit } }) as unknown as Recorded;

describe('the progress of a reactor', () => {
  it('never passes an event that is open, however much after it is settled', () => {
    const progress = new ReactorProgress();
    const [first, second] = [progress.begin(at(1n), 'a'), progress.begin(at(2n), 'b')];
    progress.settle(second, { is: 'done' });
    expect(progress.settled()).toEqual({ count: 0, to: undefined, lastEvent: undefined });
    progress.settle(first, { is: 'done' });
    expect(progress.settled()).toMatchObject({ count: 2, to: { commit: 2n } });
  });

  it('counts a parked event as settled, and names it until it is written', () => {
    const progress = new ReactorProgress();
    const entry = progress.begin(at(1n), 'a');
    const outcome = { is: 'parked' as const, error: 'no', attempts: 3, written: false };
    progress.settle(entry, outcome);
    expect(progress.settled().to).toEqual({ commit: 1n, prepare: 1n });
    expect(progress.unwritten()).toHaveLength(1);
    outcome.written = true;
    expect(progress.unwritten()).toEqual([]);
  });

  it('goes on with the filter when nothing is open', () => {
    const progress = new ReactorProgress();
    const entry = progress.begin(at(1n), 'a');
    progress.passed({ commit: 9n, prepare: 9n });
    expect(progress.settled().count).toBe(0);
    progress.settle(entry, { is: 'done' });
    expect(progress.settled()).toMatchObject({ count: 2, to: { commit: 9n }, lastEvent: { position: { commit: 1n } } });
    progress.forget(2);
    expect(progress.open).toBe(0);
  });
});
