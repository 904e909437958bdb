import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually } from '../../test/support/eventually.js';
import { Background } from './background.js';

const EVERY_MS = 1;
const NEVER_MS = 3_600_000;

/** A promise and the word that resolves it. */
const gate = (): { opened: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
};

describe('what runs in the background', () => {
  it('comes round again and again, one round at a time', async () => {
    let [rounds, atOnce, atOnceMax] = [0, 0, 0];
    const run = async (): Promise<void> => {
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await new Promise(setImmediate);
      [rounds, atOnce] = [rounds + 1, atOnce - 1];
    };
    const background = new Background([{ name: 'task', everyMs: EVERY_MS, run }]);
    background.start();
    await eventually(() => rounds >= 5, { what: 'five rounds' });
    await background.stop();
    expect(atOnceMax).toBe(1);
  });

  it('tries a failed round again soon, and does not keep others waiting', async () => {
    Logger.overrideLogger(false);
    let [failed, others] = [0, 0];
    const failing = (): Promise<void> => (failed++, Promise.reject(new Error('not now')));
    const other = (): Promise<void> => (others++, Promise.resolve());
    const background = new Background([
      { name: 'failing', everyMs: NEVER_MS, run: failing },
      { name: 'other', everyMs: EVERY_MS, run: other },
    ]);
    background.start();
    await eventually(() => failed >= 2 && others >= 2, { what: 'both tasks came round twice' });
    await background.stop();
  });

  it('waits longer after each failure in a row, and as usual after a success', async () => {
    Logger.overrideLogger(false);
    const pauses: number[] = [];
    const clock = jest.spyOn(global, 'setTimeout').mockImplementation(((round: () => void, ms: number) => {
      pauses.push(ms);
      if (pauses.length < 9) setImmediate(round);
      return 0 as never;
    }) as never);
    let rounds = 0;
    const run = (): Promise<void> => (++rounds < 8 ? Promise.reject(new Error('not now')) : Promise.resolve());
    const background = new Background([{ name: 'task', everyMs: 1_234, run }]);
    background.start();
    while (pauses.length < 9) await new Promise(setImmediate);
    clock.mockRestore();
    await background.stop();
    expect(pauses[0]).toBe(0);
    for (let failure = 1; failure < 8; failure += 1) {
      const mostMs = 500 * 2 ** (failure - 1);
      expect(pauses[failure]).toBeGreaterThanOrEqual(mostMs / 2);
      expect(pauses[failure]).toBeLessThanOrEqual(mostMs);
    }
    expect(pauses[8]).toBe(1_234);
  });

  it('comes back before its usual time when the round asks for it', async () => {
    let rounds = 0;
    const run = (): Promise<'soon' | void> => Promise.resolve(++rounds === 1 ? 'soon' : undefined);
    const background = new Background([{ name: 'task', everyMs: NEVER_MS, run }]);
    background.start();
    await eventually(() => rounds === 2, { what: 'the second round' });
    await background.stop();
  });

  it('stops when the round under way has ended, and begins none after', async () => {
    const [began, held] = [gate(), gate()];
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      seen.push('round began');
      began.open();
      await held.opened;
      seen.push('round ended');
    };
    const background = new Background([{ name: 'task', everyMs: 0, run }]);
    background.start();
    await began.opened;
    const stopped = background.stop().then(() => seen.push('stopped'));
    await new Promise(setImmediate);
    seen.push('let go');
    held.open();
    await stopped;
    // Timers of one length run in the order they were set, so another round would have begun before the witness's first.
    let witnessed = 0;
    const witness = new Background([{ name: 'witness', everyMs: 0, run: () => Promise.resolve(void witnessed++) }]);
    witness.start();
    await eventually(() => witnessed >= 2, { what: 'the witness coming round' });
    await witness.stop();
    expect(seen).toStrictEqual(['round began', 'let go', 'round ended', 'stopped']);
  });
});
