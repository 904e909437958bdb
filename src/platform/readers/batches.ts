/** Two buffers between the log and the database: one fills while the other is being written. */
import type { Recorded } from '../event.js';
import type { LogMessage, Position } from './log-reader.js';

export interface BatchLimits {
  /** Most events in a batch; default 500. */
  readonly eventsMax?: number;
  /** Most bytes of event data in a batch, roughly (the event that exceeds it is still in); default 1 MiB. */
  readonly bytesMax?: number;
  /** How long a batch waits for more; default 15 ms, but 100 ms until the end of the log has been reached, since nobody waits for what is old. */
  readonly lingerMs?: number;
  /** How often a checkpoint without events is written down; default 1,000 ms. */
  readonly idleMs?: number;
}

export interface Batch {
  readonly events: readonly Recorded[];
  /** Everything up to here is in this batch or was in one before it; undefined if nothing has moved. */
  readonly to: Position | undefined;
  readonly caughtUp: boolean;
}

interface Filling {
  events: Recorded[];
  bytes: number;
  to: Position | undefined;
  caughtUp: boolean;
  firstAtMs: number;
}

const LINGER_MS = 15;
const LINGER_BEHIND_MS = 100;

const NUMBER_BYTES = 8;

/** About as many bytes as the value's JSON has; a tenth of the work of making that. */
const weightOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return NUMBER_BYTES;
  let weight = 0;
  for (const key in value) weight += key.length + weightOf((value as Readonly<Record<string, unknown>>)[key]);
  return weight;
};

const empty = (): Filling => ({ events: [], bytes: 0, to: undefined, caughtUp: false, firstAtMs: 0 });
const NOTHING: Batch = { events: [], to: undefined, caughtUp: false };
const nothing = (): void => undefined;

export class Batches {
  private readonly limits: Required<BatchLimits>;
  private lingerMs: number;
  private filling = empty();
  private idleSinceMs = performance.now();
  private closed = false;
  private nudged = false;
  private failure: unknown;
  private wakeTaker = nothing;
  private wakeGiver = nothing;

  constructor({ eventsMax = 500, bytesMax = 1 << 20, lingerMs, idleMs = 1_000 }: BatchLimits = {}) {
    this.limits = { eventsMax, bytesMax, lingerMs: lingerMs ?? LINGER_MS, idleMs };
    this.lingerMs = lingerMs ?? LINGER_BEHIND_MS;
  }

  /** Settles when there is room for the next message. */
  async add(message: LogMessage): Promise<void> {
    this.put(message);
    while (this.isFull() && !this.closed) await new Promise<void>((resolve) => (this.wakeGiver = resolve));
  }

  /** The reading side has failed or ended; the taker is told at once, since what is not written is read again. */
  fail(error: unknown): void {
    this.failure ??= error;
    this.wakeTaker();
  }

  /** Makes the taker come round although nothing may be due. */
  nudge(): void {
    this.nudged = true;
    this.wakeTaker();
  }

  /** Lets everybody go. */
  close(): void {
    this.closed = true;
    this.wakeTaker();
    this.wakeGiver();
  }

  /** The next batch, as soon as it is due or, perhaps empty, after a nudge; undefined when closed; rejects with what `fail` was given. */
  async take(): Promise<Batch | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      if (this.failure !== undefined) throw this.failure as Error;
      const dueInMs = this.nudged ? 0 : this.dueInMs();
      if (dueInMs <= 0) return this.swap();
      await this.change(dueInMs);
    }
  }

  private put(message: LogMessage): void {
    const { filling } = this;
    const wasQuiet = filling.events.length === 0;
    switch (message.kind) {
      case 'event':
        if (wasQuiet) filling.firstAtMs = performance.now();
        filling.events.push(message.event);
        filling.bytes += weightOf(message.event.data);
        filling.to = message.event.position;
        break;
      case 'checkpoint':
        filling.to = message.position;
        break;
      case 'caughtUp':
        filling.caughtUp = true;
        this.lingerMs = this.limits.lingerMs;
        break;
    }
    if (wasQuiet || filling.caughtUp || this.isFull()) this.wakeTaker();
  }

  private isFull(): boolean {
    return this.filling.events.length >= this.limits.eventsMax || this.filling.bytes >= this.limits.bytesMax;
  }

  private dueInMs(): number {
    const { filling, limits } = this;
    if (filling.caughtUp || this.isFull()) return 0;
    if (filling.events.length > 0) return filling.firstAtMs + this.lingerMs - performance.now();
    return filling.to ? this.idleSinceMs + limits.idleMs - performance.now() : Infinity;
  }

  private swap(): Batch {
    this.nudged = false;
    if (this.dueInMs() > 0) return NOTHING;
    const { events, to, caughtUp } = this.filling;
    this.filling = empty();
    this.idleSinceMs = performance.now();
    this.wakeGiver();
    return { events, to, caughtUp };
  }

  private change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === Infinity ? undefined : setTimeout(resolve, withinMs);
      this.wakeTaker = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
