/**
 * Reads everything that tells of an order straight from the event store and has it folded, so that it works while the read models are down.
 * It only reads. Where the streams are: see `replay/order-streams.ts`; what no event of the order names (a webhook after which nothing was
 * recorded) is found through the read model order-timeline, and its absence is said.
 */
import type { Clock } from '../platform/clock.js';
import type { Recorded } from '../platform/event.js';
import { refuse, Refusal } from '../platform/refusal.js';
import { momentOf } from './replay/moment.js';
import { ownStreams, storyOf } from './replay/order-streams.js';
import { actionsOf, type OrderAction } from './replay/actions.js';
import type { NodeRoom } from './replay/action-choices.js';
import { replay, replayed, type Replay } from './replay/replay.js';
import type { ReadModel } from './replay/rows.js';

export interface ReplaySources {
  /** All events of a stream, none if it does not exist. */
  readonly eventsOf: (stream: string) => Promise<readonly Recorded[]>;
  /** Where the log ends now, as a commit position; undefined if nobody can say. */
  readonly head: () => Promise<bigint | undefined>;
  /** Streams in which the read model order-timeline has seen the order. */
  readonly seenIn: (orderId: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly readModels: readonly ReadModel[];
}

/** An order has some twenty streams, and two more with every renewal. */
const STREAMS_MAX = 1_000;
const READS_AT_ONCE = 8;
const UNSEEN = 'The read model order-timeline could not be asked, so webhooks after which nothing was recorded may be missing here.';

export class OrderReplays {
  constructor(private readonly sources: ReplaySources) {}

  /**
   * The order at the point asked for (see AT_FORMS), or now.
   * @throws Refusal: 404 NOT_FOUND, 422 REPLAY_AT_INVALID or REPLAY_AT_UNKNOWN or REPLAY_TOO_LARGE, 503 STORE_UNAVAILABLE
   */
  async of(orderId: string, at?: string): Promise<Replay> {
    const moment = momentOf(orderId, at);
    if (moment instanceof Refusal) throw moment;
    const { events, unseen } = await this.events(orderId);
    const { clock, readModels } = this.sources;
    const told = replay({ orderId, events, readModels, at: moment, now: clock.iso() });
    if (told instanceof Refusal) throw told;
    if (told.at.step + told.at.laterSteps === 0) throw refuse('NOT_FOUND', 404, 'There is no such order.');
    return unseen ? { ...told, notes: [...told.notes, UNSEEN] } : told;
  }

  /**
   * What an operator may do to the order now, and what would come of it.
   * @throws Refusal: 404 NOT_FOUND, 422 REPLAY_TOO_LARGE, 503 STORE_UNAVAILABLE
   */
  async actions(orderId: string, nodes: readonly NodeRoom[]): Promise<OrderAction[]> {
    const { events } = await this.events(orderId);
    const { clock, readModels } = this.sources;
    const told = replayed({ orderId, events, readModels, at: { kind: 'now' }, now: clock.iso() });
    if (told instanceof Refusal) throw told;
    if (told.situation.states.order.status === 'none') throw refuse('NOT_FOUND', 404, 'There is no such order.');
    return actionsOf({ orderId, situation: told.situation, nodes });
  }

  /**
   * The streams are read one after another while others write to them. Whatever stands behind the head of before the first read is left out, so
   * that the answer is a state that really was, and never an effect without its cause.
   */
  private async events(orderId: string): Promise<{ events: readonly Recorded[]; unseen: boolean }> {
    const head = await this.sources.head();
    const { events, unseen } = await this.readFrom(orderId);
    return { events: head === undefined ? events : events.filter(({ position }) => position.commit <= head), unseen };
  }

  private async readFrom(orderId: string): Promise<{ events: readonly Recorded[]; unseen: boolean }> {
    const seen = await this.sources.seenIn(orderId).catch(() => undefined);
    const read = new Map<string, readonly Recorded[]>();
    let named: readonly string[] = [...ownStreams(orderId), ...(seen ?? [])];
    for (;;) {
      const unread = named.filter((stream) => !read.has(stream));
      if (unread.length === 0) return { events: [...read.values()].flat(), unseen: seen === undefined };
      if (read.size + unread.length > STREAMS_MAX) throw refuse('REPLAY_TOO_LARGE', 422, `The order has more than ${STREAMS_MAX} streams.`);
      await this.readAll(unread, read);
      named = storyOf(orderId, [...read.values()].flat()).streams;
    }
  }

  private async readAll(streams: readonly string[], into: Map<string, readonly Recorded[]>): Promise<void> {
    for (let from = 0; from < streams.length; from += READS_AT_ONCE) {
      const some = streams.slice(from, from + READS_AT_ONCE);
      const read = await Promise.all(some.map((stream) => this.sources.eventsOf(stream)));
      some.forEach((stream, index) => into.set(stream, read[index] ?? []));
    }
  }
}
