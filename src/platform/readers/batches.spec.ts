/** When a batch is due. Time is the only thing that is played here. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Recorded } from '../event.js';
import { Batches, type Batch } from './batches.js';
import type { LogMessage } from './log-reader.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const at = (commit: number) => ({ commit: BigInt(commit), prepare: BigInt(commit) });
const event = (place: number, data: object = {}): LogMessage => ({
  kind: 'event',
  event: { type: 'Put', data, id: `event-${place}`, stream: 'account-1', revision: place, position: at(place) } as unknown as Recorded,
});
const passed = (place: number): LogMessage => ({ kind: 'checkpoint', position: at(place) });
const caughtUp: LogMessage = { kind: 'caughtUp' };

const LIMITS = { eventsMax: 500, bytesMax: 1 << 20, lingerMs: 15, idleMs: 1_000 };

/** Adds without waiting for room. */
const add = (batches: Batches, ...messages: readonly LogMessage[]): void => {
  for (const message of messages) void batches.add(message);
};
/** What is taken, as soon as it is. */
const taking = (batches: Batches): { batch: Batch | undefined; done: boolean } => {
  const taken: { batch: Batch | undefined; done: boolean } = { batch: undefined, done: false };
  void batches.take().then((batch) => Object.assign(taken, { batch, done: true }));
  return taken;
};
const places = ({ batch }: { batch: Batch | undefined }): number[] => batch?.events.map(({ revision }) => revision) ?? [];
const numbers = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => from + index);

describe('a batch is taken', () => {
  it('15 ms after its first event, not before, however many have come', async () => {
    const batches = new Batches(LIMITS);
    add(batches, event(1));
    const taken = taking(batches);
    await jest.advanceTimersByTimeAsync(10);
    add(batches, event(2));
    await jest.advanceTimersByTimeAsync(4);
    expect(taken.done).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(places(taken)).toStrictEqual([1, 2]);
    expect(taken.batch).toMatchObject({ to: at(2), caughtUp: false });
  });

  it('at once with 500 events, and no sooner with 499', async () => {
    const batches = new Batches(LIMITS);
    add(batches, ...numbers(499).map((place) => event(place)));
    const taken = taking(batches);
    await jest.advanceTimersByTimeAsync(0);
    expect(taken.done).toBe(false);
    add(batches, event(500));
    await jest.advanceTimersByTimeAsync(0);
    expect(places(taken)).toStrictEqual(numbers(500));
  });

  it('at once with 1 MiB of data, the event that makes it so much included', async () => {
    const batches = new Batches(LIMITS);
    const large = { text: 'x'.repeat(400_000) };
    add(batches, event(1, large), event(2, large));
    const taken = taking(batches);
    await jest.advanceTimersByTimeAsync(0);
    expect(taken.done).toBe(false);
    add(batches, event(3, large));
    await jest.advanceTimersByTimeAsync(0);
    expect(places(taken)).toStrictEqual([1, 2, 3]);
  });

  it('at once at the end of the log, of which it tells once', async () => {
    const batches = new Batches(LIMITS);
    add(batches, event(1), caughtUp);
    const taken = taking(batches);
    await jest.advanceTimersByTimeAsync(0);
    expect(taken.batch).toMatchObject({ to: at(1), caughtUp: true });
    add(batches, event(2));
    const next = taking(batches);
    await jest.advanceTimersByTimeAsync(15);
    expect(next.batch).toMatchObject({ to: at(2), caughtUp: false });
  });

  it('without events a second after the last, when the log has moved, with the last place that it was told', async () => {
    const batches = new Batches(LIMITS);
    const taken = taking(batches);
    add(batches, passed(5), passed(9));
    await jest.advanceTimersByTimeAsync(999);
    expect(taken.done).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(taken.batch).toStrictEqual({ events: [], to: at(9), caughtUp: false });
    const never = taking(batches);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(never.done).toBe(false);
  });

  it('with a place behind its last event, when the log has moved past that', async () => {
    const batches = new Batches(LIMITS);
    add(batches, event(1), passed(7));
    const taken = taking(batches);
    await jest.advanceTimersByTimeAsync(15);
    expect([places(taken), taken.batch?.to]).toStrictEqual([[1], at(7)]);
  });

  it('empty after a nudge, so that its taker can look at something else', async () => {
    const batches = new Batches(LIMITS);
    add(batches, event(1));
    const taken = taking(batches);
    batches.nudge();
    await jest.advanceTimersByTimeAsync(0);
    expect(taken.batch).toStrictEqual({ events: [], to: undefined, caughtUp: false });
    const next = taking(batches);
    await jest.advanceTimersByTimeAsync(15);
    expect(places(next)).toStrictEqual([1]);
  });
});

describe('whoever fills batches', () => {
  it('waits while one is full, and goes on when it is taken', async () => {
    const batches = new Batches({ ...LIMITS, eventsMax: 2 });
    await batches.add(event(1));
    let added = false;
    const adding = batches.add(event(2)).then(() => (added = true));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(added).toBe(false);
    expect(places({ batch: await batches.take() })).toStrictEqual([1, 2]);
    await adding;
    expect(added).toBe(true);
  });

  it('is let go when nobody takes any more', async () => {
    const batches = new Batches({ ...LIMITS, eventsMax: 1 });
    const adding = batches.add(event(1));
    batches.close();
    await adding;
    expect(await batches.take()).toBeUndefined();
  });
});

describe('whoever takes batches', () => {
  it('is told at once that the reading has failed, and gets nothing that was not taken: it is read again', async () => {
    const batches = new Batches(LIMITS);
    add(batches, event(1));
    const taken = batches.take();
    batches.fail(new Error('the connection was cut'));
    batches.fail(new Error('and then something else'));
    await expect(taken).rejects.toThrow('the connection was cut');
    await expect(batches.take()).rejects.toThrow('the connection was cut');
  });
});
