/** Programs of the build as processes of their own, so that what is measured shares no event loop with what measures. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../../..');
const COMPLAINT_LENGTH_MAX = 4_000;

export interface Program {
  /** From its ready line. */
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its ready line. */
  readonly startMs: number;
  /** Asks it to end (SIGTERM) and waits. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill9(): Promise<void>;
}

/** Runs Node with these arguments until its `{"ready":true,"url":…}` line. Rejects with what it printed if it ends before. */
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-COMPLAINT_LENGTH_MAX)));
  const url = await new Promise<string>((found, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) found((JSON.parse(line) as { url: string }).url);
    });
    void gone.then(() => failed(new Error(`${args.join(' ')} ended before it was ready: ${complaints}`)));
  });
  const startMs = performance.now() - startedAtMs;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  return { url, pid: child.pid ?? 0, startMs, stop: () => end('SIGTERM'), kill9: () => end('SIGKILL') };
}

/** A program of the build that prints a ready line, for example `local/eventstore/main.js`; it ends with this process. */
export const startBuilt = (script: string, options: readonly string[], env?: Readonly<Record<string, string>>): Promise<Program> =>
  start([join(ROOT, 'dist', script), ...options, '--parent', 'pipe'], env);

/** The local event store on a folder. */
export const startStore = (dir: string): Promise<Program> => startBuilt('local/eventstore/main.js', ['--dir', dir, '--port', '0']);

/** A TypeScript module of test/bench that runs as a program, for example `support/noop-store.ts`. */
export const startSource = (
  module: string,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> =>
  start([join(import.meta.dirname, 'run-source.mjs'), join(ROOT, 'test/bench', module), ...options, '--parent', 'pipe'], env);

/** Runs a program of the build to its end. Rejects with what it printed unless it ends well. @returns what it printed */
export async function runBuilt(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'dist', script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const heard = (text: string): string => (printed = (printed + text).slice(-COMPLAINT_LENGTH_MAX));
  child.stdout.setEncoding('utf8').on('data', heard);
  child.stderr.setEncoding('utf8').on('data', heard);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}: ${printed}`);
  return printed;
}
