/** The one door to EventStoreDB: appends that are safe to repeat, bounded reads, the head of the log, and supervised-by-the-caller subscriptions. */
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  NO_STREAM,
  START,
  StreamNotFoundError,
  WrongExpectedVersionError,
  jsonEvent,
  type EventData,
  type ResolvedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import type { Fact, Metadata, Recorded } from '../event.js';
import { eventIdOf, traceparentOf } from '../ids.js';
import { recordedOf, type StoredEvent } from './recorded.js';
import { farewell, subscribe, type LogMessage, type Position, type SubscribeOptions } from './subscription.js';

/** The stream moved since it was read: reload and decide again. */
export class RevisionConflict extends Error {}

/** The store did not answer in time or is down. The outcome of the last append is unknown; the identical append may be repeated. */
export class StoreUnavailable extends Error {}

export interface Append {
  readonly stream: string;
  /** -1n: the stream must not exist. */
  readonly expectedRevision: bigint;
  readonly facts: readonly Fact[];
  readonly metadata: Metadata;
}

export interface EventStorePatience {
  /** How long one try of an append may take before its outcome counts as unknown; the client itself never gives up on a silent server. */
  readonly tryMs: number;
  readonly readMs: number;
}

const PATIENCE: EventStorePatience = { tryMs: 3_000, readMs: 10_000 };
const TRIES_MAX = 3;
/** A client that cannot learn what its server offers is replaced, but not more often than this. */
const REPLACE_EVERY_MS = 1_000;
/** Events read from the end, page by growing page, to find the last one that counts. */
const HEAD_PAGES = [8, 64, 512, 4_096];

/** Rejects with StoreUnavailable if `work` has not settled in time. */
const within = async <T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailable(`${what}: no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * The client asks the server for its features before the first append of a channel. A failure there reaches us as gRPC's own error, without the
 * client's `type`, and is remembered as long as the channel lives; no append has been sent then.
 */
const isFeatureFailure = (error: unknown): boolean =>
  typeof (error as { code?: unknown }).code === 'number' && (error as { type?: unknown }).type === undefined;

/** Raw gRPC errors occur besides the client's classes, so the code is looked at as well. A store whose disk is full is 'unknown' to the client. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  [1, 4, 10, 14].includes((error as { code?: unknown }).code as number) ||
  ['unavailable', 'timeout', 'deadline-exceeded', 'cancelled', 'not-leader', 'unknown'].includes(
    String((error as { type?: unknown }).type),
  );

export class EventStore {
  /** The only client of this process that appends: a broken append stream rejects the waiting appends of all clients in the process. */
  private appends: EventStoreDBClient;
  private readonly reads: EventStoreDBClient;
  private replacedAtMs = -REPLACE_EVERY_MS;

  /** @param url `esdb://host:port?tls=false` or a cluster's `esdb+discover://…`; nothing is connected yet. */
  constructor(
    private readonly url: string,
    private readonly patience: EventStorePatience = PATIENCE,
  ) {
    this.appends = EventStoreDBClient.connectionString(url);
    this.reads = EventStoreDBClient.connectionString(url);
  }

  /**
   * Appends all facts or none. Event ids follow from (stream, commandId, index), so a repeat of the same append is answered as the first was.
   * @returns revision and position of the last event written
   * @throws RevisionConflict, StoreUnavailable (outcome unknown, after identical retries)
   */
  async append({ stream, expectedRevision, facts, metadata }: Append): Promise<{ revision: number; position: bigint }> {
    const traced = { traceparent: traceparentOf(metadata), ...metadata };
    const events = facts.map((fact, index) =>
      toEventData(fact, eventIdOf({ stream, commandId: metadata.commandId, index, data: fact.data }), traced),
    );
    const expected = expectedRevision < 0n ? NO_STREAM : expectedRevision;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const sending = this.appends.appendToStream(stream, events, { expectedRevision: expected });
        const written = await within(sending, this.patience.tryMs, `append to ${stream}`);
        // With `throwOnAppendFailure=false` in the URL a conflict is an answer, whose revision is not the real one.
        if (!written.success) throw new RevisionConflict(`${stream} is not at revision ${expectedRevision}`);
        return { revision: Number(written.nextExpectedRevision), position: written.position?.commit ?? 0n };
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) throw new RevisionConflict(`${stream} is not at revision ${expectedRevision}`);
        this.surviveOrThrow(error);
        if (attempt === TRIES_MAX) throw new StoreUnavailable(`append to ${stream} failed ${TRIES_MAX} times`, { cause: error });
      }
    }
  }

  /** Returns if the append may be made again. */
  private surviveOrThrow(error: unknown): void {
    if (isFeatureFailure(error)) this.replaceAppends();
    else if (!isUnavailable(error)) throw error;
  }

  private replaceAppends(): void {
    const nowMs = performance.now();
    if (nowMs - this.replacedAtMs < REPLACE_EVERY_MS) return;
    this.replacedAtMs = nowMs;
    void farewell(this.appends.dispose());
    this.appends = EventStoreDBClient.connectionString(this.url);
  }

  /** All events of a stream from a revision on; empty if there is no such stream. Rejects with StoreUnavailable. */
  async read<E extends Fact>(stream: string, fromRevision = 0): Promise<Recorded<E>[]> {
    const events: Recorded<E>[] = [];
    const from = fromRevision === 0 ? START : BigInt(fromRevision);
    try {
      await this.visit(this.reads.readStream(stream, { direction: FORWARDS, fromRevision: from }), `read of ${stream}`, (event) => {
        events.push(recordedOf<E>(event));
      });
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw isUnavailable(error) ? new StoreUnavailable(`read of ${stream} failed`, { cause: error }) : error;
    }
    return events;
  }

  /** The identity of this log: the id of its very first event. Two logs never share it. */
  async logIdentity(): Promise<string> {
    let found: string | undefined;
    await this.visit(this.reads.readAll({ direction: FORWARDS, fromPosition: START, maxCount: 1 }), 'the first event', ({ id }) => {
      found = id;
    });
    if (found === undefined) throw new StoreUnavailable('the log has no first event');
    return found;
  }

  /**
   * Position of the last event that is not the store's own; with prefixes, of the last one in such a stream. If none is among the last 4,096, the
   * position of the earliest of these: what is sought lies before it. Undefined if the log has none.
   */
  async head(prefixes: readonly string[] = []): Promise<Position | undefined> {
    const wanted = (stream: string): boolean =>
      !stream.startsWith('$') && (prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix)));
    let earliest: Position | undefined;
    for (const maxCount of HEAD_PAGES) {
      let found: Position | undefined;
      let seen = 0;
      await this.visit(this.reads.readAll({ direction: BACKWARDS, fromPosition: END, maxCount }), 'the head of the log', (event) => {
        seen += 1;
        earliest = event.position;
        if (wanted(event.streamId)) found ??= event.position;
      });
      if (found || seen < maxCount) return found;
    }
    return earliest;
  }

  /**
   * Reads to the end, bounded in time, and always cancels, so that a read which was given up leaves no call open on the connection.
   */
  private async visit(reading: StreamingRead<ResolvedEvent>, what: string, take: (event: StoredEvent) => void): Promise<void> {
    // A late error of a read that nobody waits for any more must not end the process.
    reading.on('error', () => undefined);
    const work = async (): Promise<void> => {
      for await (const { event } of reading) if (event) take(event);
    };
    try {
      await within(work(), this.patience.readMs, what);
    } finally {
      reading.cancel().catch(() => undefined);
    }
  }

  /** Catch-up subscription to $all by stream prefix, on a client of its own; throws on any end or error, the caller supervises. */
  subscribe(options: SubscribeOptions): AsyncIterable<LogMessage> {
    return subscribe(this.url, options);
  }

  /** True if the store answers a read now. */
  async ping(): Promise<boolean> {
    try {
      await within(this.logIdentity(), this.patience.tryMs, 'ping');
      return true;
    } catch (error) {
      if (isUnavailable(error)) return false;
      throw error;
    }
  }

  /** Bounded: the client sometimes never says that it is done when the server went first. */
  async close(): Promise<void> {
    await Promise.all([farewell(this.appends.dispose()), farewell(this.reads.dispose())]);
  }
}

const toEventData = (fact: Fact, id: string, metadata: Metadata): EventData =>
  jsonEvent({
    id,
    type: fact.type,
    data: fact.data as Record<string, unknown>,
    metadata: { ...metadata },
  });
