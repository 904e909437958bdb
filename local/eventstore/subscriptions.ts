/**
 * Reads that never end. A subscription pulls from the log at its reader's pace, before and after it has caught up, so a slow reader
 * holds one page in memory and nothing can be lost or doubled where catching up ends.
 */
import { streamDeleted } from './errors.js';
import { answerFor } from './links.js';
import type { Log } from './log.js';
import type { Outlet } from './outlet.js';
import { nextTurn, PAGE_EVENTS } from './paging.js';
import type { ReadRequest } from './read-request.js';
import { RecordView } from './record.js';
import type { StoredEvent } from './storage.js';
import { caughtUp, checkpoint, confirmation } from './wire.js';

type Subscription = Extract<ReadRequest, { kind: 'subscription' }>;

/** Starts are exclusive: the first event wanted comes after the one named. */
const firstAfter = (start: Subscription['start'], end: number): number => {
  if (start === 'start') return 0;
  return (start === 'end' ? end : start) + 1;
};

class AllSubscription {
  private next: number;
  private looked = 0;
  private lookedAt = 0;

  constructor(
    private readonly log: Log,
    private readonly outlet: Outlet,
    private readonly request: Subscription,
  ) {
    this.next = Math.max(1, firstAfter(request.start, log.head));
  }

  async run(): Promise<void> {
    const { log, outlet, request } = this;
    await outlet.write(confirmation(request.subscriptionId));
    await this.catchUp();
    await this.sendCheckpoint();
    await outlet.write(caughtUp());
    while (!outlet.isClosed) {
      await outlet.beyond(log, this.next - 1);
      await this.catchUp();
    }
  }

  private async catchUp(): Promise<void> {
    while (!this.outlet.isClosed) {
      const page = this.log.readAll({ from: this.next, limit: PAGE_EVENTS });
      if (page.nextFrom === undefined) return;
      for (const event of page.events) await this.take(event);
      this.next = page.nextFrom;
      await nextTurn();
    }
  }

  private async take({ position, bytes }: StoredEvent): Promise<void> {
    const { filter, form } = this.request;
    const view = new RecordView(bytes);
    if (!filter || filter.matches(view)) await this.outlet.write(answerFor(this.log, { position, view }, form));
    if (!filter) return;
    this.looked += 1;
    this.lookedAt = position;
    if (this.looked >= filter.checkpointInterval) await this.sendCheckpoint();
  }

  /** Tells how far the search has come; silent when nothing was looked at since the last one. */
  private async sendCheckpoint(): Promise<void> {
    if (!this.request.filter || this.looked === 0) return;
    this.looked = 0;
    await this.outlet.write(checkpoint(this.lookedAt));
  }
}

export const subscribeToAll = (log: Log, outlet: Outlet, request: Subscription): Promise<void> =>
  new AllSubscription(log, outlet, request).run();

class StreamSubscription {
  private next: number;
  /** $maxCount, $maxAge and $tb hold while catching up; what comes later was new when it was written. */
  private caughtUp = false;

  constructor(
    private readonly log: Log,
    private readonly outlet: Outlet,
    private readonly request: Subscription & { readonly stream: string },
  ) {
    this.next = firstAfter(request.start, log.stream(request.stream).last);
  }

  async run(): Promise<void> {
    const { log, outlet, request } = this;
    await outlet.write(confirmation(request.subscriptionId));
    for (;;) {
      const head = log.head;
      if (!this.caughtUp && log.look(request.stream).sight === 'tombstoned') throw streamDeleted(request.stream);
      await this.catchUp();
      if (outlet.isClosed) return;
      if (!this.caughtUp) await outlet.write(caughtUp());
      this.caughtUp = true;
      await outlet.beyond(log, head);
    }
  }

  private async catchUp(): Promise<void> {
    const { log, outlet, request } = this;
    const notBeforeMs = this.caughtUp ? 0 : this.skipHidden();
    while (!outlet.isClosed) {
      const page = log.readStream(log.stream(request.stream), { from: this.next, limit: PAGE_EVENTS, floor: 0 });
      const end = page.at(-1);
      if (!end) break;
      for (const event of page) await this.send(event, notBeforeMs);
      this.next = end.revision + 1;
      await nextTurn();
    }
    await this.sendTombstone();
  }

  /** Steps over what does not show, all of it in a soft-deleted stream; answers the oldest age that shows. */
  private skipHidden(): number {
    const { log, request } = this;
    const seen = log.look(request.stream);
    const first = seen.sight === 'present' ? seen.first : log.stream(request.stream).last + 1;
    this.next = Math.max(this.next, first);
    return seen.sight === 'present' ? seen.notBeforeMs : 0;
  }

  private async send({ position, bytes }: StoredEvent, notBeforeMs: number): Promise<void> {
    const view = new RecordView(bytes);
    if (view.createdMs < notBeforeMs) return;
    await this.outlet.write(answerFor(this.log, { position, view }, this.request.form));
  }

  /** The tombstone is the last event a subscriber gets; then the call ends. */
  private async sendTombstone(): Promise<void> {
    const { log, request } = this;
    const position = log.stream(request.stream).tombstone;
    const bytes = position > 0 ? log.event(position) : undefined;
    if (!bytes) return;
    await this.send({ position, bytes }, 0);
    throw streamDeleted(request.stream);
  }
}

export const subscribeToStream = (log: Log, outlet: Outlet, request: Subscription & { readonly stream: string }): Promise<void> =>
  new StreamSubscription(log, outlet, request).run();
