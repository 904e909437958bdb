/** Tries parked events of one reactor again and again, in order within each key, until none is left. */
import type { Pool } from 'pg';
import type { Recorded } from '../event.js';
import { messageOf } from './errors.js';
import { backoffMs, pause } from './pacing.js';
import { deleteParkedItem, dueParkedItems, firstParkedOf, postponeParkedItem, type ParkedItem } from './parked-items.js';

export interface RetrierContext {
  readonly pool: Pool;
  readonly reactor: string;
  /** Rejects if the event still cannot be handled. */
  readonly handle: (event: Recorded) => Promise<void>;
  /** False once the lease is gone. */
  readonly mayAct: () => boolean;
  readonly report: (message: string) => void;
  readonly everyMs: number;
}

const BACKOFF = { firstMs: 1_000, mostMs: 60_000 };
const AT_ONCE = 8;

/** Keys whose events must be parked behind earlier ones. A key leaves when nothing of it is parked and nothing has joined meanwhile. */
export class ParkedKeys {
  private readonly joined = new Map<string, number>();

  constructor(keys: Iterable<string>) {
    for (const key of keys) this.joined.set(key, 0);
  }

  has(key: string): boolean {
    return this.joined.has(key);
  }

  join(key: string): void {
    this.joined.set(key, (this.joined.get(key) ?? 0) + 1);
  }

  /** How often the key was joined; to be given to `leave`. */
  count(key: string): number {
    return this.joined.get(key) ?? 0;
  }

  leave(key: string, unlessJoinedSince: number): boolean {
    return this.count(key) === unlessJoinedSince && this.joined.delete(key);
  }
}

export class ParkedRetrier {
  private wake: AbortController = new AbortController();

  constructor(
    private readonly context: RetrierContext,
    private readonly keys: ParkedKeys,
    private readonly isUnwritten: (key: string) => boolean,
  ) {}

  /** Looks at once. */
  nudge(): void {
    this.wake.abort();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.wake = new AbortController();
      try {
        await this.round(signal);
      } catch (error) {
        this.context.report(`${this.context.reactor}: parked items could not be read: ${messageOf(error)}`);
      }
      await pause(this.context.everyMs, AbortSignal.any([signal, this.wake.signal]));
    }
  }

  private async round(signal: AbortSignal): Promise<void> {
    const due = await dueParkedItems(this.context.pool, this.context.reactor, AT_ONCE);
    await Promise.all(due.map((item) => this.retryKey(item, signal)));
  }

  private async retryKey(first: ParkedItem, signal: AbortSignal): Promise<void> {
    const { pool, reactor } = this.context;
    let item: ParkedItem | undefined = first;
    while (item && !signal.aborted && this.context.mayAct()) {
      if (!(await this.retry(item))) return;
      // Both are asked before the database is, so that nothing can slip in between.
      const joinedBefore = this.keys.count(first.key);
      const awaited = this.isUnwritten(first.key);
      item = await firstParkedOf(pool, reactor, first.key);
      if (!item && !awaited) this.keys.leave(first.key, joinedBefore);
    }
  }

  private async retry(item: ParkedItem): Promise<boolean> {
    try {
      await this.context.handle(item.event);
    } catch (error) {
      await postponeParkedItem(this.context.pool, item, { error: messageOf(error), afterMs: backoffMs(item.attempts, BACKOFF) });
      return false;
    }
    await deleteParkedItem(this.context.pool, item);
    return true;
  }
}
