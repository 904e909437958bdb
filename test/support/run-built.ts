/** Runs a program of the build to its end, with exactly the environment given. `npm run build` first; LEDGER_DIST names another build than `dist`. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export interface Ended {
  /** The exit code; 128 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 150_000;

/** @param script below the build, for example `src/main.js` */
export async function runBuilt(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const main = join(resolve(process.env['LEDGER_DIST'] ?? 'dist'), script);
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const heard = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text));
  const code = await new Promise<number>((done, failed) => child.once('error', failed).once('close', (exit) => done(exit ?? 128)));
  return { code, ...heard };
}
