/** The edge application (edge-app.ts) with a database of its own, for all tests of a file. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll } from '@jest/globals';
import type { EdgeOptions } from './edge-app.js';
import { createDatabase, type TestDatabase } from './postgres.js';

/** Starts it before the file's tests, hands over its address and its database's, and ends both after them. */
export function runningEdge(
  options: Omit<EdgeOptions, 'databaseUrl'>,
  take: (started: { url: string; databaseUrl: string }) => void,
): void {
  let home: TestDatabase | undefined;
  let edge: ChildProcessByStdio<Writable, Readable, null> | undefined;
  beforeAll(async () => {
    home = await createDatabase();
    const program = [`${import.meta.dirname}/edge-app.mjs`, JSON.stringify({ ...options, databaseUrl: home.url })];
    edge = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } });
    const [line] = (await Promise.race([once(createInterface(edge.stdout), 'line'), once(edge, 'exit')])) as [unknown];
    if (typeof line !== 'string') throw new Error(`the application ended with ${String(line)}`);
    take({ url: line, databaseUrl: home.url });
  });
  afterAll(async () => {
    if (edge && edge.exitCode === null) {
      const ended = once(edge, 'exit');
      edge.stdin.end();
      await ended;
    }
    await home?.drop();
  });
}
