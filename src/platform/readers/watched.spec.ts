/** Time is the only thing that is played here. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LogMessage, LogReader } from './log-reader.js';
import { SilentSubscription, watched } from './watched.js';

const SILENCE_MS = 1_000;
const at = (commit: bigint) => ({ commit, prepare: commit });
const passed = (commit: bigint): LogMessage => ({ kind: 'checkpoint', position: at(commit) });

/** A log that says these things and then nothing, whose head is where the test puts it. */
class QuietLog implements LogReader {
  headAt: bigint | undefined;
  isAway = false;
  asked = 0;

  constructor(private readonly says: readonly LogMessage[]) {}

  logIdentity(): Promise<string> {
    return Promise.resolve('log');
  }

  head() {
    this.asked += 1;
    if (this.isAway) return Promise.reject(new Error('away'));
    return Promise.resolve(this.headAt === undefined ? undefined : at(this.headAt));
  }

  async *subscribe({ signal }: { signal: AbortSignal }): AsyncGenerator<LogMessage, void, void> {
    yield* this.says;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const follow = (log: LogReader, stop = new AbortController()) => {
  const heard: LogMessage[] = [];
  const messages = watched({ log, from: undefined, prefixes: ['order-'], signal: stop.signal, silenceMs: SILENCE_MS });
  const end = (async () => {
    for await (const message of messages) heard.push(message);
    return 'ended';
  })().catch((error: unknown) => error);
  return { heard, end, stop };
};
const state = async (end: Promise<unknown>): Promise<unknown> => Promise.race([end, Promise.resolve('still listening')]);

describe('a watched subscription', () => {
  it('fails when it is silent although the log has moved on', async () => {
    const log = new QuietLog([passed(5n)]);
    log.headAt = 6n;
    const { end, heard } = follow(log);
    await jest.advanceTimersByTimeAsync(2 * SILENCE_MS);
    expect(await state(end)).toBeInstanceOf(SilentSubscription);
    expect(heard).toEqual([passed(5n)]);
  });

  it.each([
    ['where it has heard it to be', 5n],
    ['without an event of its own', undefined],
  ])('believes silence of a log that is %s', async (_where, head) => {
    const log = new QuietLog([passed(5n)]);
    log.headAt = head;
    const { end, stop } = follow(log);
    await jest.advanceTimersByTimeAsync(5 * SILENCE_MS);
    expect(log.asked).toBeGreaterThan(1);
    expect(await state(end)).toBe('still listening');
    stop.abort();
    expect(await end).toBe('ended');
  });

  it('does not take an unanswered question for an answer', async () => {
    const log = new QuietLog([]);
    log.isAway = true;
    const { end, stop } = follow(log);
    await jest.advanceTimersByTimeAsync(5 * SILENCE_MS);
    expect(await state(end)).toBe('still listening');
    stop.abort();
    await end;
  });

  it('does not call it silence when what it said is still being taken', async () => {
    const log = new QuietLog([passed(5n)]);
    log.headAt = 9n;
    const messages = watched({ log, from: undefined, prefixes: [], signal: new AbortController().signal, silenceMs: SILENCE_MS });
    await messages.next();
    await jest.advanceTimersByTimeAsync(5 * SILENCE_MS);
    expect(log.asked).toBe(0);
    await messages.return();
  });

  it('fails when the subscription ends by itself', async () => {
    const log = new QuietLog([]);
    log.subscribe = async function* () {
      await Promise.resolve();
      yield* [];
    };
    expect(await follow(log).end).toMatchObject({ message: 'the subscription ended' });
  });
});
