/** The built ledger as a child process that can be killed. `npm run build` first; LEDGER_DIST names another build than `dist`. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** What of a world the ledger needs. */
export interface Surroundings {
  ledgerEnvironment(): Record<string, string>;
}

export interface LedgerOptions {
  /** Lets the process kill itself with -9 at the place that this file names, whenever it is there (see crash.mjs). */
  readonly crashFile?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A start takes two seconds on a machine of its own, and many times that on one where twenty wait for two processors. */
const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 10_000;
const OUTPUT_LINES_MAX = 400;

type Child = ChildProcessWithoutNullStreams;

export class LedgerProcess {
  private child: Child | undefined;
  private ended: Promise<number | string> = Promise.resolve(0);
  private address = '';
  /** Whether its end was asked for. */
  private asked = false;
  /** What the ledger printed since its last start, newest last; bounded. */
  readonly output: string[] = [];

  private constructor(
    private readonly surroundings: Surroundings,
    private options: LedgerOptions,
  ) {}

  /** Starts the ledger and waits until it is ready; rejects with what it printed if it ends before. */
  static async start(surroundings: Surroundings, options: LedgerOptions = {}): Promise<LedgerProcess> {
    const ledger = new LedgerProcess(surroundings, options);
    await ledger.restart(options);
    return ledger;
  }

  /** The same without waiting: it can be killed while it starts, which then rejects `ready`. */
  static launch(surroundings: Surroundings, options: LedgerOptions = {}): { ledger: LedgerProcess; ready: Promise<void> } {
    const ledger = new LedgerProcess(surroundings, options);
    return { ledger, ready: ledger.restart(options) };
  }

  get url(): string {
    return this.address;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Starts it again after an end; the options of the last start hold unless others are given. */
  async restart(options: LedgerOptions = this.options): Promise<void> {
    this.options = options;
    await this.stop();
    const dist = resolve(process.env['LEDGER_DIST'] ?? 'dist');
    const main = join(dist, 'src/main.js');
    if (!existsSync(main)) throw new Error(`${main} is missing; run "npm run build"`);
    const crash = options.crashFile === undefined ? [] : ['--import', join(import.meta.dirname, 'crash.mjs')];
    const env = {
      PATH: process.env['PATH'] ?? '',
      ...this.surroundings.ledgerEnvironment(),
      ...options.env,
      LEDGER_DIST: dist,
      ...(options.crashFile === undefined ? {} : { CRASH_FILE: options.crashFile }),
    };
    this.output.length = 0;
    this.asked = false;
    // It ends with us: a run of the tests that is killed leaves no ledger behind.
    const child = spawn(process.execPath, [...crash, main, '--parent', 'pipe'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    this.ended = new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code ?? 0)));
    this.address = await this.ready(child);
    child.once('exit', (code, signal) => this.explain(signal ?? code));
  }

  private ready(child: Child): Promise<string> {
    return new Promise((found, failed) => {
      const fail = (why: string): void => failed(new Error(`the ledger ${why}:\n${this.output.join('\n')}`));
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`was not ready after ${READY_TIMEOUT_MS / 1000} s`);
      }, READY_TIMEOUT_MS);
      child.once('close', (code, signal) => {
        clearTimeout(late);
        fail(`ended before it was ready (${signal ?? `exit code ${code}`})`);
      });
      createInterface({ input: child.stderr }).on('line', (line) => this.heard(line));
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.startsWith('{"ready":true')) return this.heard(line);
        clearTimeout(late);
        found((JSON.parse(line) as { url: string }).url);
      });
    });
  }

  /** An end that nobody asked for would show as a refused connection only; its last words say why. */
  private explain(how: string | number | null): void {
    if (!this.asked && this.options.crashFile === undefined)
      console.error(`the ledger ended by itself (${how}):\n${this.output.slice(-20).join('\n')}`);
  }

  private heard(line: string): void {
    this.output.push(line);
    if (this.output.length > OUTPUT_LINES_MAX) this.output.shift();
  }

  /** Kills it as a power cut would and waits until it is gone. */
  async kill9(): Promise<void> {
    this.asked = true;
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  /** Waits until it has ended by itself (or by `crashFile`); the signal's name or the exit code. */
  async died(): Promise<number | string> {
    return this.ended;
  }

  /** Asks it to end and waits; kills it after 10 s, which fails nothing here: the exit is answered. */
  async stop(): Promise<number | string> {
    this.asked = true;
    this.child?.kill('SIGTERM');
    const late = setTimeout(() => this.child?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const exit = await this.ended;
    clearTimeout(late);
    return exit;
  }
}
