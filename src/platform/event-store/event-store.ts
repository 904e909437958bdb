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
} from '@eventstore/db-client';
import type { Fact, Metadata, Recorded } from '../event.js';
import { eventIdOf } from '../ids.js';
import { recordedOf } from './recorded.js';
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
const HEAD_PAGE = 256;

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
    const reading = async (): Promise<void> => {
      const found = this.reads.readStream(stream, { direction: FORWARDS, fromRevision: fromRevision === 0 ? START : BigInt(fromRevision) });
      for await (const { event } of found) if (event) events.push(recordedOf<E>(event));
    };
    try {
      await within(reading(), READ_TIMEOUT_MS, `read of ${stream}`);
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw isUnavailable(error) ? new StoreUnavailable(`read of ${stream} failed`, { cause: error }) : error;
    }
    return events;
  }

  /** The identity of this log: the id of its very first event. Two logs never share it. */
  async logIdentity(): Promise<string> {
    return within(this.firstEventId(), READ_TIMEOUT_MS, 'the first event');
  }

  private async firstEventId(): Promise<string> {
    for await (const { event } of this.reads.readAll({ direction: FORWARDS, fromPosition: START, maxCount: 1 })) if (event) return event.id;
    throw new StoreUnavailable('the log has no first event');
  }

  /** Position of the last event that is not the store's own; with prefixes, of the last one in such a stream. Undefined in an empty log. */
  async head(prefixes: readonly string[] = []): Promise<Position | undefined> {
    return within(this.lastPosition(prefixes), READ_TIMEOUT_MS, 'the head of the log');
  }

  private async lastPosition(prefixes: readonly string[]): Promise<Position | undefined> {
    const wanted = (stream: string): boolean =>
      !stream.startsWith('$') && (prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix)));
    for await (const { event } of this.reads.readAll({
      direction: BACKWARDS,
      fromPosition: END,
      maxCount: prefixes.length ? HEAD_PAGE * 16 : HEAD_PAGE,
    }))
      if (event && wanted(event.streamId)) return event.position;
    return undefined;
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
    await Promise.all([farewell(this.appends), farewell(this.reads)]);
  }
}

const toEventData = (fact: Fact, id: string, metadata: Metadata): EventData =>
  jsonEvent({ id, type: fact.type, data: fact.data as Record<string, unknown>, metadata: { ...metadata } });
