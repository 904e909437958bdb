/** The local store as its own process, so that it can be killed. Compiled afresh, for Node cannot run TypeScript. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformFileSync } from '@swc/core';

const ROOT = join(import.meta.dirname, '../../..');
/** Inside the repository, so that packages are found from there; ignored by git. */
const OUT_PARENT = join(ROOT, '.data/test');
const FOLDERS = ['local/eventstore', 'local/support'];

/** Compiles the store and answers the path of its program. */
export function compileStore(): string {
  mkdirSync(OUT_PARENT, { recursive: true });
  const out = mkdtempSync(join(OUT_PARENT, 'eventstore-'));
  for (const folder of FOLDERS) {
    mkdirSync(join(out, folder), { recursive: true });
    for (const file of readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))) {
      const { code } = transformFileSync(join(ROOT, folder, file), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      writeFileSync(join(out, folder, file.replace(/ts$/, 'js')), code);
    }
  }
  return join(out, 'local/eventstore/main.js');
}

export interface ChildStore {
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it as a power cut ends a process: no handler runs. */
  kill(): Promise<void>;
}

export async function startChild(program: string, options: readonly string[]): Promise<ChildStore> {
  const child = spawn(process.execPath, [program, ...options, '--parent', 'pipe'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const ready = (async () => {
    for await (const line of createInterface(child.stdout)) return (JSON.parse(line) as { url: string }).url;
    throw new Error(`the store did not start: ${complaints.join('')}`);
  })();
  const url = await ready;
  return {
    url,
    process: child,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
