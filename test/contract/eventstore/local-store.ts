/** The local store as its own process, so that it can be killed. Compiled afresh, for Node cannot run TypeScript. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Deletes what compileStore wrote. */
export const removeCompiled = (program: string): void => rmSync(join(dirname(program), '../..'), { recursive: true, force: true });

export interface ChildStore {
  readonly process: ChildProcess;
  /** Its URL once it listens; rejects with what it printed if it ends before. */
  readonly ready: Promise<string>;
  /** Ends it as a power cut ends a process: no handler runs. */
  kill(): Promise<void>;
}

/** Starts the store with these options; `wrapper` is a command that runs it, for example a tracer. It ends with this process. */
export function spawnStore(program: string, options: readonly string[], wrapper: readonly string[] = []): ChildStore {
  const [command = process.execPath, ...args] = [...wrapper, process.execPath, program, ...options, '--parent', 'pipe'];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const gone = once(child, 'close');
  const listen = async (): Promise<string> => {
    for await (const line of createInterface(child.stdout)) {
      if (line.startsWith('{"ready":true')) return (JSON.parse(line) as { url: string }).url;
    }
    throw new Error(`the store did not start: ${complaints.join('')}`);
  };
  const ready = listen();
  // Whoever kills it early does not ask for its URL.
  ready.catch(() => undefined);
  return {
    process: child,
    ready,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
    },
  };
}

export type RunningChild = ChildStore & { readonly url: string };

/** A store that listens. */
export async function startChild(program: string, options: readonly string[], wrapper: readonly string[] = []): Promise<RunningChild> {
  const child = spawnStore(program, options, wrapper);
  return { ...child, url: await child.ready };
}
