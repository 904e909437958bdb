/** What runs beside the requests in the reactor role, on a timer: never two rounds of one task at once, and a failed round is logged and tried again, later and later. */
import { Logger } from '@nestjs/common';
import { backoffMs } from '../platform/readers/pacing.js';

export interface PeriodicTask {
  readonly name: string;
  /** From the end of one round to the start of the next. */
  readonly everyMs: number;
  /** Answers whether to come back sooner than usual. */
  readonly run: () => Promise<void | 'soon'>;
}

const SOON_MS = 500;
const BACKOFF = { firstMs: SOON_MS, mostMs: 60_000 };

export class Background {
  private readonly log = new Logger(Background.name);
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private readonly failures = new Map<string, number>();
  private stopped = false;

  constructor(private readonly tasks: readonly PeriodicTask[]) {}

  start(): void {
    for (const task of this.tasks) this.schedule(task, 0);
  }

  /** No new round begins; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.all(this.running);
  }

  private schedule(task: PeriodicTask, delayMs: number): void {
    if (this.stopped) return;
    this.timers.set(
      task.name,
      setTimeout(() => {
        const round = this.round(task).finally(() => this.running.delete(round));
        this.running.add(round);
      }, delayMs),
    );
  }

  private async round(task: PeriodicTask): Promise<void> {
    let next = task.everyMs;
    try {
      if ((await task.run()) === 'soon') next = SOON_MS;
      this.failures.delete(task.name);
    } catch (error) {
      const failures = (this.failures.get(task.name) ?? 0) + 1;
      this.failures.set(task.name, failures);
      next = backoffMs(failures, BACKOFF);
      this.log.warn(`${task.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.schedule(task, next);
  }
}
