/** One catch-up subscription as an async iterable of events, checkpoints and "caught up", in an order that is safe to store. */
import { EventStoreDBClient, START, streamNameFilter, type AllStreamSubscription } from '@eventstore/db-client';
import type { Recorded } from '../event.js';
import { recordedOf, type StoredEvent } from './recorded.js';

export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export type LogMessage =
  | { readonly kind: 'event'; readonly event: Recorded }
  /** Everything that matches up to here has been handed out. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caughtUp' };

export interface SubscribeOptions {
  /** Exclusive; absent means from the first event. */
  readonly from?: Position;
  readonly prefixes: readonly string[];
  readonly signal: AbortSignal;
}

/** A checkpoint message for every 32 x 32 events looked at; more often only costs. */
const CHECKPOINT_INTERVAL = 32;
const BUFFER_MAX = 1_000;

/**
 * What the client pushes, held until asked for. The client announces checkpoints and "caught up" as it decodes, ahead of events still in its
 * buffer; they are therefore only noted, and handed out when nothing decoded before them is left.
 */
class Inbox {
  private readonly events: Recorded[] = [];
  private checkpoint: Position | undefined;
  private caughtUp = false;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly source: AllStreamSubscription) {
    source.on('data', ({ event }) => {
      if (event) this.take(recordedOf(event as StoredEvent));
      if (this.events.length >= BUFFER_MAX) source.pause();
      this.wake();
    });
    source.on('caughtUp', () => this.note(() => (this.caughtUp = true)));
    source.on('error', (error: Error) => this.fail(error));
    source.on('end', () => this.fail(new Error('the subscription ended')));
    source.on('close', () => this.fail(new Error('the subscription was closed')));
  }

  /** A checkpoint that was announced before this event and lies below it says nothing more. */
  private take(event: Recorded): void {
    if (this.checkpoint && this.checkpoint.commit < event.position.commit) this.checkpoint = undefined;
    this.events.push(event);
  }

  /** Never throws and never waits: a rejecting checkpoint callback hangs the client's subscription for ever. */
  noteCheckpoint(position: Position): void {
    this.note(() => (this.checkpoint = position));
  }

  fail(error: Error): void {
    this.note(() => (this.failure ??= error));
  }

  private note(change: () => void): void {
    change();
    this.wake();
  }

  async next(): Promise<LogMessage> {
    for (;;) {
      const event = this.events.shift();
      if (event) return { kind: 'event', event };
      if (this.source.isPaused()) this.source.resume();
      if (this.failure) throw this.failure;
      if (this.source.readableLength === 0) {
        const { checkpoint, caughtUp } = this;
        if (checkpoint) {
          this.checkpoint = undefined;
          return { kind: 'checkpoint', position: checkpoint };
        }
        if (caughtUp) {
          this.caughtUp = false;
          return { kind: 'caughtUp' };
        }
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** Opens the subscription on its own client, so that a rebuilt channel disturbs nobody else; leaves nothing open when the consumer stops. */
export async function* subscribe(url: string, { from, prefixes, signal }: SubscribeOptions): AsyncGenerator<LogMessage, void, void> {
  const client = EventStoreDBClient.connectionString(url);
  const late: { inbox?: Inbox } = {};
  const filter = streamNameFilter({
    prefixes: [...prefixes],
    checkpointInterval: CHECKPOINT_INTERVAL,
    checkpointReached: (_subscription, position) => {
      late.inbox?.noteCheckpoint(position);
      return Promise.resolve();
    },
  });
  const source = client.subscribeToAll({ fromPosition: from ?? START, filter });
  const inbox = new Inbox(source);
  late.inbox = inbox;
  const abort = (): void => inbox.fail(new Error('stopped'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    while (!signal.aborted) yield await inbox.next();
  } finally {
    signal.removeEventListener('abort', abort);
    await farewell(source.unsubscribe());
    await farewell(client.dispose());
  }
}

/** How long a client that is no longer used may take to let go. */
const FAREWELL_MS = 1_000;

/** Waits for a goodbye, but not for ever: 6.2.1 may never settle when the server is gone. Never rejects: a channel that is gone has nothing left to release. */
export const farewell = async (goodbye: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL_MS)));
  await Promise.race([goodbye.catch(() => undefined), enough]);
  clearTimeout(timer);
};
