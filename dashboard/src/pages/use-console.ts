/** The console of a server as it goes on: opened again whenever it is cut off, without a gap or a line twice. */
import { useEffect, useState } from 'react';
import { readStream, type StreamEvent } from '../api/event-stream.js';

export interface Line {
  readonly id: string;
  readonly text: string;
}

export interface ConsoleNow {
  readonly lines: readonly Line[];
  readonly isConnected: boolean;
}

const LINES_MAX = 1_000;
const AGAIN_MS = 2_000;

const EMPTY: ConsoleNow = { lines: [], isConnected: false };

const after = (now: ConsoleNow, { event, data, id }: StreamEvent): ConsoleNow => {
  if (event === 'reset') return { ...now, lines: [] };
  if (event === 'connection') return { ...now, isConnected: (JSON.parse(data) as { isThere: boolean }).isThere };
  if (event !== 'line') return now;
  const { text } = JSON.parse(data) as { text: string };
  return { ...now, lines: [...now.lines, { id: id ?? String(now.lines.length), text }].slice(-LINES_MAX) };
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });

/** Where a console is heard, and with which reason where one must be given. */
export interface ConsoleSource {
  readonly path: string;
  readonly ask?: { readonly reason: string; readonly key: string };
}

/** @param isOn whether the server can have a console now */
export const useConsole = ({ path, ask }: ConsoleSource, isOn: boolean): ConsoleNow => {
  const [now, setNow] = useState(EMPTY);
  useEffect(() => {
    if (!isOn) return undefined;
    const stop = new AbortController();
    const { signal } = stop;
    let lastId: string | undefined;
    const watch = async (): Promise<void> => {
      while (!signal.aborted) {
        await readStream({
          path,
          ask,
          signal,
          lastId,
          onOpen: () => setNow((before) => ({ ...before, isConnected: true })),
          onEvent: (event) => {
            lastId = event.id ?? lastId;
            setNow((before) => after(before, event));
          },
        }).catch(() => undefined);
        if (!signal.aborted) setNow((before) => ({ ...before, isConnected: false }));
        await pause(AGAIN_MS, signal);
      }
    };
    void watch();
    return () => stop.abort();
  }, [path, ask, isOn]);
  return now;
};
