/** The one door to EventStoreDB: appends that are safe to repeat, bounded reads, the head of the log, and supervised-by-the-caller subscriptions. */
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  NO_STREAM,
  START,
  StreamNotFoundError,
  UnavailableError,
  WrongExpectedVersionError,
  jsonEvent,
  type EventData,
  type ResolvedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import type { Fact, Metadata, Recorded } from '../event.js';
import { eventIdOf } from '../ids.js';
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

/** How long one try may take before its outcome counts as unknown; the client itself never gives up on a silent server. */
const TRY_TIMEOUT_MS = 3_000;
const TRIES_MAX = 3;
const READ_TIMEOUT_MS = 10_000;
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

/** Some failures reach us as raw gRPC errors (an unanswered feature request, for one), so the code is looked at as well as the class. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  error instanceof UnavailableError ||
  [1, 4, 10, 14].includes((error as { code?: unknown }).code as number) ||
  ['unavailable', 'timeout', 'deadline-exceeded', 'cancelled'].includes(String((error as { type?: unknown }).type));

export class EventStore {
  private readonly appends: EventStoreDBClient;
  private readonly reads: EventStoreDBClient;

  /** @param url `esdb://host:port?tls=false` or a cluster's `esdb+discover://…`; nothing is connected yet. */
  constructor(private readonly url: string) {
    this.appends = EventStoreDBClient.connectionString(url);
    this.reads = EventStoreDBClient.connectionString(url);
  }

  /**
   * Appends all facts or none. Event ids follow from (stream, commandId, index), so a repeat of the same append is answered as the first was.
   * @returns revision and position of the last event written
   * @throws RevisionConflict, StoreUnavailable (outcome unknown, after identical retries)
   */
  async append({ stream, expectedRevision, facts, metadata }: Append): Promise<{ revision: number; position: bigint }> {
    const events = facts.map((fact, index) =>
      toEventData(fact, eventIdOf({ stream, commandId: metadata.commandId, index, data: fact.data }), metadata),
    );
    const expected = expectedRevision < 0n ? NO_STREAM : expectedRevision;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const written = await within(
          this.appends.appendToStream(stream, events, { expectedRevision: expected }),
          TRY_TIMEOUT_MS,
          `append to ${stream}`,
        );
        return { revision: Number(written.nextExpectedRevision), position: written.position?.commit ?? 0n };
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) throw new RevisionConflict(`${stream} is not at revision ${expectedRevision}`);
        if (!isUnavailable(error)) throw error;
        if (attempt === TRIES_MAX) throw new StoreUnavailable(`append to ${stream} failed ${TRIES_MAX} times`, { cause: error });
      }
    }
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

  /** Position of the last event that is not the store's own; with prefixes, of the last one in such a stream. Undefined if none is near the end. */
  async head(prefixes: readonly string[] = []): Promise<Position | undefined> {
    const wanted = (stream: string): boolean =>
      !stream.startsWith('$') && (prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix)));
    for (const maxCount of HEAD_PAGES) {
      let found: Position | undefined;
      let seen = 0;
      await this.visit(this.reads.readAll({ direction: BACKWARDS, fromPosition: END, maxCount }), 'the head of the log', (event) => {
        seen += 1;
        if (wanted(event.streamId)) found ??= event.position;
      });
      if (found || seen < maxCount) return found;
    }
    return undefined;
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
      await within(work(), READ_TIMEOUT_MS, what);
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
      await within(this.logIdentity(), TRY_TIMEOUT_MS, 'ping');
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
  jsonEvent({ id, type: fact.type, data: fact.data as Record<string, unknown>, metadata: { ...metadata } });
