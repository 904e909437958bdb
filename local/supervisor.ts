/** Keeps one child process running: ready line, restarts with back-off, an end that leaves nothing behind. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export interface ChildSpec {
  readonly name: string;
  /** The program and its arguments, started with this Node. It prints `{"ready":true,"url":…}` and ends when its stdin closes. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where everything it prints goes; absent means nowhere. */
  readonly log?: string;
  /** Told once, when it cannot be kept running any more. */
  readonly onGivenUp: (why: string) => void;
  readonly limits?: Partial<Limits>;
}

export interface Limits {
  readonly readyTimeoutMs: number;
  /** How long a child may take to end before it is killed. */
  readonly stopTimeoutMs: number;
  /** After this many restarts within the window the supervisor gives up. */
  readonly restartsMax: number;
  readonly windowMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
}

const LIMITS: Limits = {
  readyTimeoutMs: 60_000,
  stopTimeoutMs: 15_000,
  restartsMax: 5,
  windowMs: 60_000,
  backoffFirstMs: 200,
  backoffMaxMs: 5_000,
};
/** sysexits.h: a configuration error, which a restart does not mend. */
const EXIT_CONFIG = 78;
const TAIL_LINES = 15;
const LOG_BYTES_MAX = 10_000_000;

/** How long to wait before the nth restart (from 1): doubled each time, and spread so that children do not return in step. Milliseconds. */
export const backoffMs = (restart: number, limits: Limits, random: number): number =>
  Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** (restart - 1)) * (0.5 + random / 2);

const openLog = (file: string): WriteStream => {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return createWriteStream(file, { flags: 'a', mode: 0o600 });
};

const readyUrl = (line: string): string | undefined => {
  if (!line.startsWith('{"ready":true')) return undefined;
  try {
    return (JSON.parse(line) as { url?: string }).url;
  } catch {
    return undefined;
  }
};

export class Supervised {
  private child: ChildProcessWithoutNullStreams | undefined;
  private readonly log: WriteStream | undefined;
  private readonly limits: Limits;
  private restartsAtMs: number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private tail: string[] = [];

  constructor(private readonly spec: ChildSpec) {
    this.limits = { ...LIMITS, ...spec.limits };
    this.log = spec.log === undefined ? undefined : openLog(spec.log);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it and resolves with its address. Rejects, with its last words, if it ends or stays silent before it is ready; then it is not restarted. */
  async start(): Promise<string> {
    const child = this.launch();
    let late: NodeJS.Timeout | undefined;
    const { readyTimeoutMs } = this.limits;
    try {
      return await new Promise<string>((ready, failed) => {
        this.onReady = ready;
        child.once('close', (code, signal) =>
          failed(new Error(this.lastWords(`ended before it was ready (${signal ?? `exit code ${code}`})`))),
        );
        late = setTimeout(() => failed(new Error(this.lastWords(`was not ready after ${readyTimeoutMs / 1000} s`))), readyTimeoutMs);
      });
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      clearTimeout(late);
      if (!this.stopping) this.watch(child);
    }
  }

  /** Asks it to end, waits, and kills it if it does not; there is no restart afterwards. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((done) => child.once('exit', () => done()));
      child.stdin.end();
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), this.limits.stopTimeoutMs);
      await ended;
      clearTimeout(late);
    }
    this.log?.end();
  }

  private onReady: (url: string) => void = () => undefined;

  /** The child leads a process group of its own, so that Ctrl-C in a terminal reaches only the supervisor, which ends things in order. */
  private launch(): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, this.spec.args, { env: this.spec.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    this.tail = [];
    child.stdin.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => this.heard(line));
    child.once('error', (error) => this.heard(String(error)));
    return child;
  }

  private heard(line: string): void {
    const url = readyUrl(line);
    if (url !== undefined) return this.onReady(url);
    this.tail = [...this.tail.slice(1 - TAIL_LINES), line];
    if (this.log && !this.log.writableEnded) this.log.write(`${line}\n`);
  }

  private watch(child: ChildProcessWithoutNullStreams): void {
    const ended = (code: number | null, signal: string | null): void => {
      if (this.stopping) return;
      const words = this.lastWords(`ended (${signal ?? `exit code ${code}`})`);
      if (code === EXIT_CONFIG) return this.giveUp(words);
      console.error(words);
      this.restart();
    };
    if (child.exitCode === null && child.signalCode === null) child.once('close', ended);
    else ended(child.exitCode, child.signalCode);
  }

  private restart(): void {
    const nowMs = performance.now();
    this.restartsAtMs = this.restartsAtMs.filter((atMs) => nowMs - atMs < this.limits.windowMs);
    if (this.restartsAtMs.length >= this.limits.restartsMax) {
      return this.giveUp(this.lastWords(`does not stay up (${this.limits.restartsMax} restarts in ${this.limits.windowMs / 1000} s)`));
    }
    this.restartsAtMs.push(nowMs);
    const waitMs = backoffMs(this.restartsAtMs.length, this.limits, Math.random());
    console.error(`${this.spec.name}: restarting in ${Math.round(waitMs)} ms`);
    this.timer = setTimeout(() => this.watch(this.launch()), waitMs);
  }

  private giveUp(why: string): void {
    this.stopping = true;
    this.spec.onGivenUp(why);
  }

  private lastWords(what: string): string {
    return [`${this.spec.name} ${what}`, ...this.tail.map((line) => `  ${line}`)].join('\n');
  }
}
