/** How far a run is: counted here, written down now and then, for everybody to see. */
import type { Pool } from 'pg';
import { noteProgress, type Rebuild, type RebuildState } from './rebuild-records.js';

/** The run was cancelled or replaced by another. */
export class Withdrawn extends Error {}

const NOTE_EVERY_MS = 500;
/** How much a new measurement weighs against all before. */
const SMOOTHING = 0.3;

export class RebuildProgress {
  private state: RebuildState;
  private events: number;
  private position = 0n;
  private target = 0n;
  private lastError: string | null = null;
  private eventsPerSecond = 0;
  private positionsPerSecond = 0;
  private noted = { atMs: performance.now(), events: 0, position: 0n };
  private noting: Promise<void> | undefined;
  private failure: unknown;

  constructor(
    private readonly pool: Pool,
    private readonly rebuild: Rebuild,
  ) {
    this.state = rebuild.state;
    this.events = rebuild.events;
    this.noted.events = rebuild.events;
  }

  /** Where the run stands when it begins or goes on, and where the log ends as far as it is concerned. */
  begin(position: bigint, target: bigint): void {
    this.position = position;
    this.noted = { atMs: performance.now(), events: this.events, position };
    this.aim(target);
  }

  aim(target: bigint): void {
    if (target > this.target) this.target = target;
  }

  /** Counts a batch. @throws Withdrawn, or what went wrong when it was last written down */
  moved(events: number, position: bigint): void {
    this.events += events;
    this.position = position;
    if (this.failure !== undefined) throw this.failure as Error;
    if (this.noting || performance.now() - this.noted.atMs < NOTE_EVERY_MS) return;
    this.measure();
    this.noting = this.write()
      .catch((error: unknown) => (this.failure = error))
      .then(() => (this.noting = undefined));
  }

  /** @throws Withdrawn */
  async enter(state: RebuildState): Promise<Rebuild> {
    await this.noting;
    this.state = state;
    this.lastError = null;
    return this.write();
  }

  /** @throws Withdrawn */
  async failed(error: string): Promise<void> {
    await this.noting;
    this.lastError = error;
    await this.write();
  }

  private measure(): void {
    const now = { atMs: performance.now(), events: this.events, position: this.position };
    const seconds = (now.atMs - this.noted.atMs) / 1_000;
    const smooth = (before: number, measured: number): number => (before === 0 ? measured : before + SMOOTHING * (measured - before));
    this.eventsPerSecond = smooth(this.eventsPerSecond, (now.events - this.noted.events) / seconds);
    this.positionsPerSecond = smooth(this.positionsPerSecond, Number(now.position - this.noted.position) / seconds);
    this.noted = now;
  }

  private async write(): Promise<Rebuild> {
    const left = Number(this.target - this.position);
    const rebuild = await noteProgress(this.pool, this.rebuild.id, {
      state: this.state,
      position: this.position,
      target: this.target,
      events: this.events,
      eventsPerSecond: this.eventsPerSecond,
      etaSeconds: this.state === 'building' && this.positionsPerSecond > 0 ? Math.max(0, left / this.positionsPerSecond) : null,
      lastError: this.lastError,
    });
    if (!rebuild) throw new Withdrawn();
    return rebuild;
  }
}
