/** Load, decide, append: the one way in which a stream changes. */
import type { Clock } from '../clock.js';
import type { Decider, Decision } from '../decider.js';
import type { Actor, Fact, Recorded } from '../event.js';
import { refuse, Refusal } from '../refusal.js';
import { EventStore, RevisionConflict, StoreUnavailable } from './event-store.js';
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

export interface Outcome<S, E extends Fact> {
  readonly state: S;
  /** What this command recorded, now or the first time. */
  readonly events: readonly E[];
  readonly appended: boolean;
  readonly revision: number;
  /** Highest position written, or found on a silent repeat. */
  readonly position: bigint;
}

const CONFLICTS_MAX = 8;
const JITTER_MS = 20;
const CACHE_MAX = 200;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class StreamRepository {
  private readonly cache = new Map<string, Loaded<unknown>>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    readonly store: EventStore,
    private readonly clock: Clock,
    /** Categories whose state is kept in memory plus the delta, and whose commands queue up in this process: hot streams such as `node`. */
    private readonly hot: ReadonlySet<string> = new Set(),
  ) {}

  /** Folds the stream. Rejects with a 503 Refusal if the store is down. */
  async load<S, E extends Fact>(decider: Decider<S, E>, id: string): Promise<Loaded<S>> {
    const stream = `${decider.category}-${id}`;
    const known = (this.cache.get(stream) as Loaded<S> | undefined) ?? {
      state: decider.initial,
      revision: -1,
      position: 0n,
      commandIds: new Set<string>(),
    };
    const delta = await asRefusal(this.store.read<E>(stream, known.revision + 1));
    const loaded = delta.length === 0 ? known : folded(decider, known, delta);
    if (this.hot.has(decider.category)) this.keep(stream, loaded);
    notePosition(loaded.position);
    return loaded;
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
   * Runs one command: at most 8 tries on conflict, each deciding anew on fresh state.
   * @throws Refusal: the rule's own, or 503 STORE_UNAVAILABLE / TOO_MANY_CONFLICTS
   */
  async execute<S, E extends Fact>(
    target: { decider: Decider<S, E>; id: string },
    context: CommandContext,
    decide: (state: S) => Decision<E>,
  ): Promise<Outcome<S, E>> {
    const stream = `${target.decider.category}-${target.id}`;
    if (!this.hot.has(target.decider.category)) return this.attempt(target, context, decide);
    const before = this.queues.get(stream) ?? Promise.resolve();
    const mine = before.then(
      () => this.attempt(target, context, decide),
      () => this.attempt(target, context, decide),
    );
    this.queues.set(stream, mine);
    try {
      return await mine;
    } finally {
      if (this.queues.get(stream) === mine) this.queues.delete(stream);
    }
  }

  private async attempt<S, E extends Fact>(
    target: { decider: Decider<S, E>; id: string },
    context: CommandContext,
    decide: (state: S) => Decision<E>,
  ): Promise<Outcome<S, E>> {
    const stream = `${target.decider.category}-${target.id}`;
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts += 1) {
      const loaded = await this.load(target.decider, target.id);
      if (loaded.commandIds.has(context.commandId)) return this.repeated<S, E>(stream, loaded, context.commandId);
      const decision = decide(loaded.state);
      if (decision instanceof Refusal) throw decision;
      if (decision.length === 0) return { ...loaded, events: [], appended: false };
      try {
        return await this.append({ stream, loaded, context, decider: target.decider, facts: decision });
      } catch (error) {
        if (!(error instanceof RevisionConflict)) throw error;
        await pause(Math.random() * JITTER_MS * (conflicts + 1));
      }
    }
    throw refuse('TOO_MANY_CONFLICTS', 503, 'Many changes at once; please try again.');
  }

  private async append<S, E extends Fact>(work: {
    stream: string;
    loaded: Loaded<S>;
    context: CommandContext;
    decider: Decider<S, E>;
    facts: readonly E[];
  }): Promise<Outcome<S, E>> {
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
    const written = await asRefusal(this.store.append({ stream, expectedRevision: BigInt(loaded.revision), facts, metadata }));
    notePosition(written.position);
    const state = facts.reduce((current, fact) => decider.evolve(current, fact), loaded.state);
    return { state, events: facts, appended: true, revision: written.revision, position: written.position };
  }

  private async repeated<S, E extends Fact>(stream: string, loaded: Loaded<S>, commandId: string): Promise<Outcome<S, E>> {
    const events = (await this.events<E>(stream)).filter((event) => event.metadata.commandId === commandId);
    return { state: loaded.state, events, appended: false, revision: loaded.revision, position: loaded.position };
  }

  private keep(stream: string, loaded: Loaded<unknown>): void {
    this.cache.delete(stream);
    this.cache.set(stream, loaded);
    const oldest = this.cache.keys().next();
    if (this.cache.size > CACHE_MAX && !oldest.done) this.cache.delete(oldest.value);
  }
}

/** A later release may have recorded what this one does not know: its evolve answers nothing then, and the state stays as it was. */
const evolved = <S, E extends Fact>(decider: Decider<S, E>, state: S, event: Recorded<E>): S => {
  const next: S | undefined = decider.evolve(state, event);
  return next === undefined ? state : next;
};

const folded = <S, E extends Fact>(decider: Decider<S, E>, from: Loaded<S>, delta: readonly Recorded<E>[]): Loaded<S> => {
  const last = delta.at(-1);
  return {
    state: delta.reduce((state, event) => evolved(decider, state, event), from.state),
    revision: last?.revision ?? from.revision,
    position: last?.position.commit ?? from.position,
    commandIds: new Set([...from.commandIds, ...delta.map((event) => event.metadata.commandId)]),
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
