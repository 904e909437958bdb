/** Load, decide, append: the one way in which a stream changes. */
import type { Clock } from '../clock.js';
import type { Decider, Decision } from '../decider.js';
import type { Actor, Fact, Recorded } from '../event.js';
import { refuse, Refusal } from '../refusal.js';
import { RevisionConflict, StoreUnavailable, type Append, type EventStore } from './event-store.js';
import { notePosition, noteWriting } from './touched.js';

/** What every command carries besides its own data. The same commandId is the same wish: it appends nothing the second time. */
export interface CommandContext {
  readonly commandId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: Actor;
}

export interface Loaded<S> {
  readonly state: S;
  /** Revision of the last event; -1 for a stream that does not exist. */
  readonly revision: number;
  /** Position of the last event, 0n for none. */
  readonly position: bigint;
  readonly commandIds: ReadonlySet<string>;
}

/** `position` is the highest written, or found on a silent repeat. */
export interface Outcome<S, E extends Fact> extends Loaded<S> {
  /** What this command recorded, now or the first time. */
  readonly events: readonly E[];
  readonly appended: boolean;
}

/** One stream, as a command sees it. */
export interface Target<S, E extends Fact> {
  readonly decider: Decider<S, E>;
  readonly id: string;
  /** How the stream stood a moment ago: it is read only if that turns out not to be enough. */
  readonly known?: Loaded<S>;
}

/** Before the first event of a stream. */
export const unwritten = <S>({ initial }: { readonly initial: S }): Loaded<S> => ({
  state: initial,
  revision: -1,
  position: 0n,
  commandIds: new Set(),
});

const CONFLICTS_MAX = 8;
const JITTER_MS = 20;
const CACHE_MAX = 200;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Deciding<S, E extends Fact> {
  readonly stream: string;
  readonly loaded: Loaded<S>;
  readonly context: CommandContext;
  readonly decider: Decider<S, E>;
  readonly decide: (state: S) => Decision<E>;
}

interface Cached {
  readonly loaded: Loaded<unknown>;
  /** When that was the end of the stream, by performance.now(). */
  readonly atMs: number;
}

export class StreamRepository {
  private readonly cache = new Map<string, Cached>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly refreshing = new Set<string>();

  constructor(
    readonly store: EventStore,
    private readonly clock: Clock,
    /** Categories whose state is kept in memory plus the delta, and whose commands queue up in this process: hot streams such as `node`. */
    private readonly hot: ReadonlySet<string> = new Set(),
  ) {}

  /** Folds the stream. Rejects with a 503 Refusal if the store is down. */
  async load<S, E extends Fact>(decider: Decider<S, E>, id: string): Promise<Loaded<S>> {
    const stream = `${decider.category}-${id}`;
    const known = this.cachedOf<S>(stream)?.loaded ?? unwritten(decider);
    const delta = await asRefusal(this.store.read<E>(stream, known.revision + 1));
    const loaded = delta.length === 0 ? known : folded(decider, known, delta);
    this.keep(decider, stream, loaded);
    notePosition(loaded.position);
    return loaded;
  }

  /**
   * The same, or how a hot stream stood less than so long ago: for what is decided again when it is written, and for estimates. It is read anew
   * from half that age on, which is not waited for: of those who ask often, nobody waits.
   */
  async loadRecent<S, E extends Fact>(decider: Decider<S, E>, id: string, ageMsMax: number): Promise<Loaded<S>> {
    const stream = `${decider.category}-${id}`;
    const cached = this.cachedOf<S>(stream);
    const ageMs = cached ? performance.now() - cached.atMs : Infinity;
    if (!cached || ageMs >= ageMsMax) return this.load(decider, id);
    if (ageMs >= ageMsMax / 2 && !this.refreshing.has(stream)) void this.refresh(decider, id);
    return cached.loaded;
  }

  /** If it fails, whoever asks when the age is reached is told. */
  private async refresh<S, E extends Fact>(decider: Decider<S, E>, id: string): Promise<void> {
    const stream = `${decider.category}-${id}`;
    this.refreshing.add(stream);
    await this.load(decider, id).catch(() => undefined);
    this.refreshing.delete(stream);
  }

  /** All recorded events of one stream, in order. */
  async events<E extends Fact>(stream: string): Promise<Recorded<E>[]> {
    return asRefusal(this.store.read<E>(stream));
  }

  /** Commit position of the last event; undefined for a log without any of ours near its end. Rejects with a 503 Refusal if the store is down. */
  async head(): Promise<bigint | undefined> {
    return (await asRefusal(this.store.head()))?.commit;
  }

  /**
   * Runs one command: at most 8 tries on conflict, each deciding anew on fresh state. What is known already is tried first, since an append at a
   * revision that has passed does nothing; silence and refusals are decided on fresh state only.
   * @throws Refusal: the rule's own, or 503 STORE_UNAVAILABLE / TOO_MANY_CONFLICTS
   */
  async execute<S, E extends Fact>(
    target: Target<S, E>,
    context: CommandContext,
    decide: (state: S) => Decision<E>,
  ): Promise<Outcome<S, E>> {
    const stream = `${target.decider.category}-${target.id}`;
    const work = (): Promise<Outcome<S, E>> => this.attempt(target, context, decide);
    if (!this.hot.has(target.decider.category)) return work();
    const before = this.queues.get(stream) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.queues.set(stream, mine);
    try {
      return await mine;
    } finally {
      if (this.queues.get(stream) === mine) this.queues.delete(stream);
    }
  }

  private async attempt<S, E extends Fact>(
    target: Target<S, E>,
    context: CommandContext,
    decide: (state: S) => Decision<E>,
  ): Promise<Outcome<S, E>> {
    const { decider, id } = target;
    const stream = `${decider.category}-${id}`;
    const known = target.known ?? this.cachedOf<S>(stream)?.loaded;
    const atOnce = known && (await this.writtenOn({ stream, loaded: known, context, decider, decide }));
    if (atOnce) return atOnce;
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts += 1) {
      const loaded = await this.load(decider, id);
      if (loaded.commandIds.has(context.commandId)) return this.repeated<S, E>(stream, loaded, context.commandId);
      const outcome = await this.decided({ stream, loaded, context, decider, decide });
      if (outcome instanceof Refusal) throw outcome;
      if (outcome) return outcome;
      await pause(Math.random() * JITTER_MS * (conflicts + 1));
    }
    throw refuse('TOO_MANY_CONFLICTS', 503, 'Many changes at once; please try again.');
  }

  /** What is written when a state that may be old is decided on; undefined when nothing is. */
  private async writtenOn<S, E extends Fact>(work: Deciding<S, E>): Promise<Outcome<S, E> | undefined> {
    if (work.loaded.commandIds.has(work.context.commandId)) return undefined;
    const outcome = await this.decided(work);
    return outcome && !(outcome instanceof Refusal) && outcome.appended ? outcome : undefined;
  }

  /** What comes of deciding on a state; undefined when the stream had moved. */
  private async decided<S, E extends Fact>(work: Deciding<S, E>): Promise<Outcome<S, E> | Refusal | undefined> {
    const { loaded, decide } = work;
    const facts = decide(loaded.state);
    if (facts instanceof Refusal) return facts;
    return facts.length === 0 ? { ...loaded, events: [], appended: false } : this.append({ ...work, facts });
  }

  /** Undefined when the stream had moved. */
  private async append<S, E extends Fact>(work: Deciding<S, E> & { readonly facts: readonly E[] }): Promise<Outcome<S, E> | undefined> {
    const { stream, loaded, context, decider, facts } = work;
    const metadata = {
      $correlationId: context.correlationId,
      $causationId: context.causationId,
      commandId: context.commandId,
      actor: context.actor,
      occurredAt: this.clock.iso(),
      schemaVersion: 1,
    };
    noteWriting();
    const written = await asRefusal(this.appended({ stream, expectedRevision: BigInt(loaded.revision), facts, metadata }));
    if (!written) return undefined;
    notePosition(written.position);
    const state = facts.reduce((current, fact) => decider.evolve(current, fact), loaded.state);
    const now = { state, ...written, commandIds: withIds(loaded, [context.commandId]) };
    this.keep(decider, stream, now);
    return { ...now, events: facts, appended: true };
  }

  private async appended(append: Append): Promise<{ revision: number; position: bigint } | undefined> {
    try {
      return await this.store.append(append);
    } catch (error) {
      if (error instanceof RevisionConflict) return undefined;
      throw error;
    }
  }

  private async repeated<S, E extends Fact>(stream: string, loaded: Loaded<S>, commandId: string): Promise<Outcome<S, E>> {
    const events = (await this.events<E>(stream)).filter((event) => event.metadata.commandId === commandId);
    return { ...loaded, events, appended: false };
  }

  private cachedOf<S>(stream: string): { loaded: Loaded<S>; atMs: number } | undefined {
    return this.cache.get(stream) as { loaded: Loaded<S>; atMs: number } | undefined;
  }

  /** A slow answer must not put what was later found out of the cache. */
  private keep<S, E extends Fact>({ category }: Decider<S, E>, stream: string, loaded: Loaded<S>): void {
    if (!this.hot.has(category) || (this.cache.get(stream)?.loaded.revision ?? -1) > loaded.revision) return;
    this.cache.delete(stream);
    this.cache.set(stream, { loaded, atMs: performance.now() });
    const oldest = this.cache.keys().next();
    if (this.cache.size > CACHE_MAX && !oldest.done) this.cache.delete(oldest.value);
  }
}

/** A later release may have recorded what this one does not know: its evolve answers nothing then, and the state stays as it was. */
const evolved = <S, E extends Fact>(decider: Decider<S, E>, state: S, event: Recorded<E>): S => {
  const next: S | undefined = decider.evolve(state, event);
  return next === undefined ? state : next;
};

/** The same set, since that of a long stream is large: to whoever still holds the older state the stream has moved, and he will read it. */
const withIds = ({ commandIds }: Loaded<unknown>, more: readonly string[]): ReadonlySet<string> => {
  for (const id of more) (commandIds as Set<string>).add(id);
  return commandIds;
};

const folded = <S, E extends Fact>(decider: Decider<S, E>, from: Loaded<S>, delta: readonly Recorded<E>[]): Loaded<S> => {
  const last = delta.at(-1);
  return {
    state: delta.reduce((state, event) => evolved(decider, state, event), from.state),
    revision: last?.revision ?? from.revision,
    position: last?.position.commit ?? from.position,
    commandIds: withIds(
      from,
      delta.map((event) => event.metadata.commandId),
    ),
  };
};

/** To a caller, a store that is down is a 503: the wish was not lost by us, it was not taken. */
const asRefusal = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreUnavailable)
      throw Object.assign(refuse('STORE_UNAVAILABLE', 503, 'The event store does not answer.'), { cause: error });
    throw error;
  }
};
