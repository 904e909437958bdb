/** How every read model is doing: what an operator's list shows, on the command line and over HTTP. */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ReaderStatus } from '../platform/readers/readers-health.js';
import type { OldTable } from '../platform/readers/rebuild/exchange.js';
import { RebuildDesk } from '../platform/readers/rebuild/rebuild-desk.js';
import type { Rebuild } from '../platform/readers/rebuild/rebuild-records.js';
import { refuse } from '../platform/refusal.js';
import { Readers } from '../readers.js';

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  /** Commit position of the checkpoint, as text; null before the first. */
  readonly position: string | null;
  /** How far through the log, 0 to 100. */
  readonly percent: number;
  readonly caughtUp: boolean;
  /** 0 only when caught up and at the head; null if nothing was handled yet. */
  readonly lagSeconds: number | null;
  readonly eventsPerSecond: number;
  /** Events that could not be folded, and those behind them. */
  readonly parked: number;
  /** The process that runs it; null if none does. */
  readonly owner: string | null;
  readonly epoch: number;
  readonly lastError: string | null;
  /** Whether the table from before the last rebuild is kept, so that it can be taken back. */
  readonly oldKept: boolean;
  /** Where and why that table follows the log no more; null while it does. */
  readonly oldStopped: OldTable['stopped'];
  /** The last rebuild or verification, running or over. */
  readonly rebuild: Rebuild | null;
}

interface Sample {
  readonly atMs: number;
  readonly readers: readonly ReaderStatus[];
}

/** Rates are taken over at least this long, and over no more than that. */
const SAMPLE_LEAST_MS = 500;
const SAMPLE_MOST_MS = 30_000;

@Injectable()
export class Projections {
  private before: Sample | undefined;

  constructor(
    private readonly readers: Readers,
    private readonly desk: RebuildDesk,
  ) {}

  /** By name. Rejects while database or log are away. */
  async list(): Promise<ProjectionStatus[]> {
    const { before, now } = await this.samples();
    const rebuilds = await this.desk.all();
    const seconds = (now.atMs - before.atMs) / 1_000;
    const statuses = now.readers
      .filter(({ kind }) => kind === 'projection')
      .map(async (reader) => {
        const old = await this.desk.old(reader.name);
        const earlier = before.readers.find(({ name, kind }) => name === reader.name && kind === reader.kind);
        return {
          ...shown(reader),
          // A swap puts another table's count in the place of this one's.
          eventsPerSecond: earlier ? Math.max(0, reader.events - earlier.events) / seconds : 0,
          oldKept: old.kept,
          oldStopped: old.stopped,
          rebuild: rebuilds.find(({ projection }) => projection === reader.name) ?? null,
        };
      });
    return (await Promise.all(statuses)).sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @throws Refusal PROJECTION_UNKNOWN */
  async show(name: string): Promise<ProjectionStatus> {
    const all = await this.list();
    const found = all.find((projection) => projection.name === name);
    if (!found) throw refuse('PROJECTION_UNKNOWN', 404, `There is no projection ${name}; there are ${all.map((p) => p.name).join(', ')}.`);
    return found;
  }

  private async sample(): Promise<Sample> {
    return { atMs: performance.now(), readers: await this.readers.status() };
  }

  /** Two looks at the counts; the first is the one that was taken for the last question, if that was neither just now nor long ago. */
  private async samples(): Promise<{ before: Sample; now: Sample }> {
    let before = this.before;
    const ageMs = before ? performance.now() - before.atMs : Infinity;
    if (!before || ageMs > SAMPLE_MOST_MS) before = await this.sample();
    const waitMs = before.atMs + SAMPLE_LEAST_MS - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const now = await this.sample();
    this.before = now;
    return { before, now };
  }
}

const shown = ({ name, version, position, percent, caughtUp, lagSeconds, parked, owner, epoch, lastError }: ReaderStatus) => ({
  name,
  version,
  position: position === undefined ? null : String(position),
  percent,
  caughtUp,
  lagSeconds,
  parked,
  owner,
  epoch,
  lastError: lastError ?? null,
});
