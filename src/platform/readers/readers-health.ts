/** How far every reader is, whichever process runs it, and waiting until some have got somewhere. */
import type { DataSource } from 'typeorm';
import { setTimeout as delay } from 'node:timers/promises';
import { poolOf } from '../database/data-source.js';
import { readCheckpoints } from './checkpoints.js';
import type { LogReader } from './log-reader.js';
import type { ProjectionEngine } from './projection-engine.js';
import type { ReactorEngine } from './reactor-engine.js';

export interface ReaderStatus {
  readonly name: string;
  readonly version: number;
  /** Commit position of the checkpoint, undefined before the first. */
  readonly position: bigint | undefined;
  /** True only if the checkpoint has reached the head of the log as it is now. */
  readonly caughtUp: boolean;
  readonly epoch: number;
  readonly lastError: string | undefined;
}

export interface ReadersHealthOptions {
  readonly log: LogReader;
  readonly database: DataSource;
  readonly projections: ProjectionEngine;
  readonly reactors: ReactorEngine;
}

const WAIT_STEP_MS = 15;

export class ReadersHealth {
  constructor(private readonly options: ReadersHealthOptions) {}

  /** Compares with the true head of the log, not with what a reader has heard of. */
  async status(): Promise<ReaderStatus[]> {
    const { log, database, projections, reactors } = this.options;
    const head = await log.head();
    const keys = [...projections.keys, ...reactors.keys];
    const states = new Map([...projections.states(), ...reactors.states()]);
    const checkpoints = await readCheckpoints(poolOf(database), keys);
    return keys.map(({ reader, version }) => {
      const found = checkpoints.find((checkpoint) => checkpoint.reader === reader && checkpoint.version === version);
      const position = found?.position?.commit;
      const state = states.get(reader);
      const atHead = head === undefined || (position !== undefined && position >= head.commit);
      return {
        name: reader,
        version,
        position,
        caughtUp: atHead || (state?.caughtUp ?? false),
        epoch: found?.epoch ?? 0,
        lastError: state?.lastError,
      };
    });
  }

  /** False when the named projections have not reached the commit position in time. */
  async waitUntil(names: readonly string[], position: bigint, timeoutMs: number): Promise<boolean> {
    const keys = this.options.projections.keys.filter(({ reader }) => names.includes(reader));
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const checkpoints = await readCheckpoints(poolOf(this.options.database), keys);
      const reached = checkpoints.filter((checkpoint) => (checkpoint.position?.commit ?? 0n) >= position);
      if (reached.length === keys.length) return true;
      if (performance.now() >= deadlineMs) return false;
      await delay(WAIT_STEP_MS);
    }
  }
}
