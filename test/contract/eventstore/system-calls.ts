/** What strace wrote, as calls in the order in which they began and ended. */
import { readFileSync } from 'node:fs';

export interface SystemCall {
  readonly name: string;
  /** Arguments and result, as strace prints them. */
  readonly text: string;
  /** Numbers of the lines on which it began and ended: the same unless another thread's call came between. */
  readonly began: number;
  readonly ended: number;
}

const WHOLE = /^(\d+) +(\w+)\((.*)$/;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/;
const UNFINISHED = ' <unfinished ...>';

const parse = (line: string): { thread: string; name: string; text: string; isResumed: boolean } | undefined => {
  const resumed = RESUMED.exec(line);
  const [, thread, name, text] = resumed ?? WHOLE.exec(line) ?? [];
  return thread === undefined || name === undefined ? undefined : { thread, name, text: text ?? '', isResumed: resumed !== null };
};

export function readSystemCalls(file: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, { text: string; began: number }>();
  for (const [at, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const parsed = parse(line);
    if (!parsed) continue;
    const { thread, name, text, isResumed } = parsed;
    const begun = isResumed ? open.get(thread) : undefined;
    if (line.endsWith(UNFINISHED)) open.set(thread, { text: text.slice(0, -UNFINISHED.length), began: at });
    else calls.push({ name, text: (begun?.text ?? '') + text, began: begun?.began ?? at, ended: at });
  }
  return calls;
}
