/** What happens, as hints of what to read again: one subscription to the log for all who look, and the last of it kept for those who were cut off. */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { LEDGER_PREFIXES } from '../ledger.events.js';
import { OrderFacts } from '../orders/order.queries.js';
import type { Recorded } from '../platform/event.js';
import { EventStore } from '../platform/event-store/event-store.js';
import { messageOf } from '../platform/readers/errors.js';
import { isBefore, type Position } from '../platform/readers/log-reader.js';
import { backoffMs, pause } from '../platform/readers/pacing.js';
import { positionOf, watched } from '../platform/readers/watched.js';
import { refuse } from '../platform/refusal.js';

const KEPT_MAX = 10_000;
const OWNERS_MAX = 10_000;
const VIEWERS_MAX = 1_000;
const VIEWERS_EACH_MAX = 20;
const BACKOFF = { firstMs: 100, mostMs: 5_000 };
const NOWHERE: Position = { commit: -1n, prepare: -1n };

/** An event of ours without what it says. */
export interface Hint {
  readonly kind: string;
  readonly type: string;
  readonly orderId: string | null;
  readonly subjectId: string | null;
  readonly position: string;
  readonly at: string;
}

interface Kept {
  readonly position: Position;
  readonly hint: Hint;
  /** The customer whom it concerns; null: operators alone. */
  readonly ownerId: string | null;
}

/** Somebody who looks on. */
export interface FeedViewer {
  /** Null: an operator, who sees everything. */
  readonly customerId: string | null;
  readonly userId: string;
  /** @param id what to name after having been cut off */
  hint(hint: Hint, id: string): void;
  /** Something may have been missed: read everything again. */
  reset(id: string): void;
  /** From here on. */
  begin(id: string): void;
  /** Whether the log can be followed at present. */
  connection(isThere: boolean): void;
  end(code: string): void;
}

const KINDS_OF_CUSTOMERS = ['order', 'payment', 'provisioning', 'notification', 'customer'];
const KINDS_OF_STOCK = ['node', 'plan'];

export const idOf = ({ commit, prepare }: Position): string => (commit === prepare ? `${commit}` : `${commit}/${prepare}`);

/** Undefined for what is no place in a log. */
export const placeOf = (id: string): Position | undefined => {
  const [, commit, prepare = commit] = /^(\d{1,20})(?:\/(\d{1,20}))?$/.exec(id) ?? [];
  return commit === undefined || prepare === undefined ? undefined : { commit: BigInt(commit), prepare: BigInt(prepare) };
};

@Injectable()
export class EventFeed implements OnModuleDestroy {
  private readonly log = new Logger('events');
  private readonly stopping = new AbortController();
  private readonly viewers = new Set<FeedViewer>();
  private readonly owners = new Map<string, string | null>();
  private readonly kept: Kept[] = [];
  private starting: Promise<void> | undefined;
  /** Everything after this is in `kept`. */
  private since = NOWHERE;
  private at = NOWHERE;
  private isConnected = true;

  constructor(
    private readonly store: EventStore,
    private readonly queries: QueryBus,
  ) {}

  /** Hands over what came after `lastId`, then what comes. Returns how to leave. @throws Refusal: too many look already, or the store is away at the first */
  async join(viewer: FeedViewer, lastId?: string): Promise<() => void> {
    const own = [...this.viewers].filter(({ userId }) => userId === viewer.userId).length;
    if (this.viewers.size >= VIEWERS_MAX || own >= VIEWERS_EACH_MAX)
      throw refuse('TOO_MANY_VIEWERS', 503, 'Too many look on already; please try again later.');
    this.starting ??= this.start().catch((error: unknown) => {
      this.starting = undefined;
      throw refuse('STORE_UNAVAILABLE', 503, `The event store does not answer: ${messageOf(error)}`);
    });
    await this.starting;
    this.greet(viewer, lastId);
    this.viewers.add(viewer);
    return () => void this.viewers.delete(viewer);
  }

  /** Where everybody is who has been told everything. */
  get position(): string {
    return idOf(this.at.commit < 0n ? { commit: 0n, prepare: 0n } : this.at);
  }

  onModuleDestroy(): void {
    this.stopping.abort();
    for (const viewer of [...this.viewers]) viewer.end('SHUTTING_DOWN');
  }

  private greet(viewer: FeedViewer, lastId: string | undefined): void {
    const after = lastId === undefined ? this.at : placeOf(lastId);
    // Another log's place, or one from before our time.
    const isKnown = after !== undefined && !isBefore(after, this.since) && !isBefore(this.at, after);
    if (!isKnown) viewer.reset(this.position);
    else for (const one of this.kept) if (isBefore(after, one.position)) tell(viewer, one);
    viewer.begin(this.position);
    if (!this.isConnected) viewer.connection(false);
  }

  private async start(): Promise<void> {
    this.at = (await this.store.head(LEDGER_PREFIXES)) ?? NOWHERE;
    this.since = this.at;
    this.run(this.stopping.signal).catch((error: unknown) => this.log.error('the feed ended', error));
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await this.follow(signal, () => (failures = 0));
      } catch (error) {
        this.log.warn(`events: ${messageOf(error)}`);
      }
      if (!signal.aborted) this.connected(false);
      await pause(backoffMs(Math.max(1, failures), BACKOFF), signal);
    }
  }

  private async follow(signal: AbortSignal, heard: () => void): Promise<void> {
    const from = this.at.commit < 0n ? undefined : this.at;
    for await (const message of watched({ log: this.store, from, prefixes: LEDGER_PREFIXES, signal })) {
      heard();
      this.connected(true);
      if (message.kind === 'event') this.take({ ...hinted(message.event), ownerId: await this.ownerOf(message.event) });
      const position = positionOf(message);
      if (position && isBefore(this.at, position)) this.at = position;
    }
  }

  private take(kept: Kept): void {
    this.kept.push(kept);
    if (this.kept.length > KEPT_MAX) this.since = this.kept.shift()?.position ?? this.since;
    for (const viewer of [...this.viewers]) tell(viewer, kept);
  }

  private connected(isThere: boolean): void {
    if (this.isConnected === isThere) return;
    this.isConnected = isThere;
    for (const viewer of [...this.viewers]) viewer.connection(isThere);
  }

  private async ownerOf(event: Recorded): Promise<string | null> {
    const { kind, orderId, subjectId } = hinted(event).hint;
    if (kind === 'customer') return subjectId;
    if (orderId === null || !KINDS_OF_CUSTOMERS.includes(kind)) return null;
    const known = this.owners.get(orderId);
    if (known !== undefined) return known;
    const ownerId = (await this.queries.execute(new OrderFacts(orderId)))?.customerId ?? null;
    // Money may come before we know of its order, so that only an owner is remembered.
    if (ownerId !== null) this.owners.set(orderId, ownerId);
    const [oldest] = this.owners.keys();
    if (this.owners.size > OWNERS_MAX && oldest !== undefined) this.owners.delete(oldest);
    return ownerId;
  }
}

/** Operators are told everything, customers what is theirs, and all that what is for sale may have changed. */
const tell = (viewer: FeedViewer, { position, hint, ownerId }: Kept): void => {
  const id = idOf(position);
  if (viewer.customerId === null || viewer.customerId === ownerId) viewer.hint(hint, id);
  else if (KINDS_OF_STOCK.includes(hint.kind))
    viewer.hint({ ...hint, kind: 'catalog', type: 'StockChanged', orderId: null, subjectId: null }, id);
};

const ORDER_STREAMS = ['order', 'payment', 'provisioning'];

const hinted = ({ stream, type, data, position, metadata }: Recorded): { position: Position; hint: Hint } => {
  const [kind = '', ...rest] = stream.split('-');
  const subjectId = rest.join('-');
  const { orderId } = (data ?? {}) as { orderId?: unknown };
  const named = typeof orderId === 'string' ? orderId : null;
  const hint = {
    ...{ kind, type, subjectId, orderId: ORDER_STREAMS.includes(kind) ? subjectId : named },
    ...{ position: position.commit.toString(), at: metadata.occurredAt },
  };
  return { position, hint };
};
