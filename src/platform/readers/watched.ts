/** A subscription that cannot die quietly: silence while the log has moved on counts as an error. */
import { isBefore, type LogMessage, type LogReader, type Position } from './log-reader.js';

export interface Watch {
  readonly log: LogReader;
  readonly from: Position | undefined;
  readonly prefixes: readonly string[];
  readonly signal: AbortSignal;
  /** How long silence is believed; default 10,000 ms. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 10_000;

/** The subscription has said nothing although there is something to say. */
export class SilentSubscription extends Error {}

/** Messages until the signal is aborted, which ends it without an error; throws when the subscription ends, fails or has gone silent. */
export async function* watched({ log, from, prefixes, signal, silenceMs = SILENCE_MS }: Watch): AsyncGenerator<LogMessage, void, void> {
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  let seen = from ?? { commit: -1n, prepare: -1n };
  let silent: Error | undefined;
  let heardAtMs = performance.now();
  const probe = async (): Promise<void> => {
    const head = await log.head(prefixes);
    if (performance.now() - heardAtMs < silenceMs || !head || !isBefore(seen, head)) return;
    silent = new SilentSubscription(`nothing heard for ${silenceMs} ms although the log has moved to ${head.commit}`);
    stop.abort();
  };
  // A probe that fails says nothing about the subscription; the next one asks again.
  const timer = setInterval(() => {
    if (performance.now() - heardAtMs >= silenceMs) void probe().catch(() => undefined);
  }, silenceMs / 2);
  timer.unref();
  try {
    for await (const message of log.subscribe(startingAt(from, { prefixes, signal: stopping }))) {
      const position = positionOf(message);
      if (position && isBefore(seen, position)) seen = position;
      // While it is being taken it is the taker who is slow.
      heardAtMs = Infinity;
      yield message;
      heardAtMs = performance.now();
    }
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    clearInterval(timer);
    stop.abort();
  }
  if (silent) throw silent;
  if (!signal.aborted) throw new Error('the subscription ended');
}

const startingAt = <T extends object>(from: Position | undefined, rest: T): T & { from?: Position } => (from ? { ...rest, from } : rest);

/** The place in the log that a message tells of; undefined for "caught up". */
export const positionOf = (message: LogMessage): Position | undefined => {
  switch (message.kind) {
    case 'event':
      return message.event.position;
    case 'checkpoint':
      return message.position;
    case 'caughtUp':
      return undefined;
  }
};
