/** Which events of a reactor are still open, so that its checkpoint never passes one. Pure bookkeeping. */
import type { Recorded } from '../event.js';
import type { Position } from './log-reader.js';

export type Outcome =
  | { readonly is: 'open' }
  | { readonly is: 'done' }
  | { readonly is: 'parked'; readonly error: string; readonly attempts: number; written: boolean };

export interface Entry {
  readonly event: Recorded;
  readonly key: string;
  outcome: Outcome;
}

interface Slot {
  readonly position: Position;
  readonly entry: Entry | undefined;
}

export class ReactorProgress {
  private slots: Slot[] = [];
  private openCount = 0;

  /** Events that are neither done nor parked. */
  get open(): number {
    return this.openCount;
  }

  begin(event: Recorded, key: string): Entry {
    const entry: Entry = { event, key, outcome: { is: 'open' } };
    this.slots.push({ position: event.position, entry });
    this.openCount += 1;
    return entry;
  }

  /** The filter has looked at everything up to here. */
  passed(position: Position): void {
    this.slots.push({ position, entry: undefined });
  }

  settle(entry: Entry, outcome: Outcome): void {
    if (entry.outcome.is === 'open') this.openCount -= 1;
    entry.outcome = outcome;
  }

  /** Parked events that are not in the database yet. */
  unwritten(): (Entry & { outcome: Outcome & { is: 'parked' } })[] {
    return this.slots.flatMap(({ entry }) => (entry && isUnwritten(entry) ? [entry] : []));
  }

  /** The end of what is settled from the start on: how far, how many slots, and the last event among them. */
  settled(): { count: number; to: Position | undefined; lastEvent: Recorded | undefined } {
    const firstOpen = this.slots.findIndex(({ entry }) => entry?.outcome.is === 'open');
    const count = firstOpen < 0 ? this.slots.length : firstOpen;
    const passed = this.slots.slice(0, count);
    return { count, to: passed.at(-1)?.position, lastEvent: passed.findLast(({ entry }) => entry)?.entry?.event };
  }

  /** Forgets what the checkpoint has passed. */
  forget(count: number): void {
    this.slots = this.slots.slice(count);
  }
}

const isUnwritten = (entry: Entry): entry is Entry & { outcome: Outcome & { is: 'parked' } } =>
  entry.outcome.is === 'parked' && !entry.outcome.written;
