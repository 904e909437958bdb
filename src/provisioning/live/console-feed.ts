/** One server's console for all who look at it: a single connection to its node, what it said last, and everybody told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../platform/ids.js';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import { ConsoleLines, type ConsoleLine } from './console-lines.js';
import { readConsole, type ConsoleEnd, type ConsoleListener } from './console-socket.js';

/** What somebody who looks is told; nothing of it may throw. */
export interface ConsoleViewer {
  /** Forget every line so far: the console is told again. */
  reset(): void;
  line(line: ConsoleLine): void;
  state(state: string): void;
  /** JSON, as Wings writes it. */
  stats(stats: string): void;
  /** The connection to the node is there, or is being made again. */
  connection(isThere: boolean): void;
  /** Nothing more will come. */
  end(code: string): void;
}

const BACK_OFF_FIRST_MS = 500;
const BACK_OFF_MAX_MS = 30_000;
/** A connection that lasted this long was a good one: the next failure is the first again. */
const GOOD_AFTER_MS = 60_000;
/** What the console said before comes in one burst; this long after its last line it is over. */
const QUIET_MS = 250;
const HISTORY_MAX_MS = 5_000;

export class ConsoleFeed implements ConsoleListener {
  private readonly viewers = new Set<ConsoleViewer>();
  private readonly lines = new ConsoleLines(newId());
  private readonly closing = new AbortController();
  private lastState: string | undefined;
  private lastStats: string | undefined;
  private isThere = false;
  private heardAtMs = 0;
  private openings = 0;

  constructor(
    private readonly panel: LivePanel,
    private readonly identifier: string,
    private readonly ended: (feed: ConsoleFeed) => void,
  ) {}

  get viewerCount(): number {
    return this.viewers.size;
  }

  /** Connects, and connects again for as long as it is not closed. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.closing.signal.aborted) {
      const beganMs = performance.now();
      const end = await readConsole(this.panel, this.identifier, { listener: this, signal: this.closing.signal });
      this.setThere(false);
      if (end.isFinal) return this.finish(end);
      failures = performance.now() - beganMs > GOOD_AFTER_MS ? 1 : failures + 1;
      await this.pause(failures);
    }
  }

  /** Tells the viewer what it has missed and then everything that comes; returns how to leave. */
  join(viewer: ConsoleViewer, lastId: string | undefined): () => void {
    const { isReset, lines } = this.lines.after(lastId);
    if (isReset) viewer.reset();
    viewer.connection(this.isThere);
    for (const line of lines) viewer.line(line);
    if (this.lastState !== undefined) viewer.state(this.lastState);
    if (this.lastStats !== undefined) viewer.stats(this.lastStats);
    this.viewers.add(viewer);
    return () => this.viewers.delete(viewer);
  }

  /** The last lines, once what the console said before has come; at most 5 s later, with what there is then. */
  async recent(): Promise<{ lines: readonly ConsoleLine[]; isThere: boolean }> {
    const deadlineMs = performance.now() + HISTORY_MAX_MS;
    const isQuiet = (): boolean => this.isThere && performance.now() - this.heardAtMs > QUIET_MS;
    while (!isQuiet() && performance.now() < deadlineMs && !this.closing.signal.aborted) await sleep(QUIET_MS / 5);
    return { lines: [...this.lines.all()], isThere: this.isThere };
  }

  close(code: string): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    for (const viewer of [...this.viewers]) viewer.end(code);
    this.viewers.clear();
    this.ended(this);
  }

  opened(): void {
    this.openings += 1;
    this.heardAtMs = performance.now();
    // Wings tells again what it has told, and nothing says where that ends.
    if (this.openings > 1) {
      this.lines.restart(newId());
      this.tell((viewer) => viewer.reset());
    }
    this.setThere(true);
  }

  said(text: string): void {
    this.heardAtMs = performance.now();
    const line = this.lines.add(text);
    this.tell((viewer) => viewer.line(line));
  }

  became(state: string): void {
    this.lastState = state;
    this.tell((viewer) => viewer.state(state));
  }

  used(stats: string): void {
    this.lastStats = stats;
    this.tell((viewer) => viewer.stats(stats));
  }

  private setThere(isThere: boolean): void {
    if (this.isThere === isThere) return;
    this.isThere = isThere;
    this.tell((viewer) => viewer.connection(isThere));
  }

  private tell(say: (viewer: ConsoleViewer) => void): void {
    for (const viewer of [...this.viewers]) say(viewer);
  }

  private finish({ code }: ConsoleEnd): void {
    this.close(code);
  }

  private async pause(failures: number): Promise<void> {
    const mostMs = Math.min(BACK_OFF_FIRST_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS);
    const { signal } = this.closing;
    await sleep(mostMs / 2 + (Math.random() * mostMs) / 2, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
