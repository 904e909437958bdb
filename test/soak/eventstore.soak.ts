/**
 * The local event store, killed with -9 again and again under writers and readers, at one address. Afterwards every acknowledged append is there,
 * none is partial, what was not acknowledged is there whole or not at all, revisions have no gaps, and readers that went on by themselves
 * have seen each event once, in order.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY, END, EventStoreDBClient, jsonEvent, NO_STREAM, START, streamNameFilter, BACKWARDS } from '@eventstore/db-client';
import type { AppendExpectedRevision, JSONEventType, ResolvedEvent } from '@eventstore/db-client';
import { farewell } from '../../src/platform/event-store/subscription.js';
import { compileStore, removeCompiled, spawnStore, type ChildStore } from '../contract/eventstore/local-store.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { seededRandom, type Random } from '../support/random.js';
import type { Soak } from './support.js';

export const standardCount = 200;

const CATEGORY = 'killed';
const SHARED = `${CATEGORY}-shared`;
const WRITERS_ALONE = 6;
const WRITERS_SHARED = 4;
const APPEND_EVENTS_MAX = 5;
/** Events of this size now and then, so that an append is more than one page of the file. */
const LARGE_BYTES = 60_000;
const ACKNOWLEDGED_BEFORE_KILL_MAX = 120;
const START_UNTIL_KILL_MS_MAX = 300;
/** Longer than any answer takes on a busy machine; a client whose store was killed gets an error long before. */
const ANSWER_TIMEOUT_MS = 20_000;
const CATCH_UP_TIMEOUT_MS = 60_000;
const AWAY_PAUSE_MS = 20;

/** Tells which append an event belongs to; a type, for the client wants an index signature. */
type Mark = { readonly append: string; readonly index: number; readonly size: number };
type MarkedEvent = JSONEventType<'Marked', Mark & { readonly pad: string }>;

const markOf = ({ event }: ResolvedEvent): Mark => {
  assert(event?.isJson, 'an event of a writer was expected');
  return event.data as unknown as Mark;
};

/** What all writers and readers of one run share. */
interface Scene {
  readonly client: EventStoreDBClient;
  readonly random: Random;
  /** Number of events of each acknowledged append. */
  readonly acknowledged: Map<string, number>;
  writing: boolean;
  reading: boolean;
}

const settledIn = async <T>(work: Promise<T>): Promise<T> => {
  const late = new AbortController();
  const timeout = delay(ANSWER_TIMEOUT_MS, undefined, { signal: late.signal, ref: false }).then(() => {
    throw new assert.AssertionError({ message: `an append got no answer within ${ANSWER_TIMEOUT_MS} ms` });
  });
  timeout.catch(() => undefined);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    late.abort();
  }
};

/** Only the store's absence is expected; whatever else a call ends with is a finding. */
const mustBeAbsence = (error: unknown): void => {
  const { type, code } = error as { type?: unknown; code?: unknown };
  const isAbsence = code === 14 || ['unavailable', 'cancelled', 'deadline-exceeded'].includes(String(type));
  if (!isAbsence) throw error;
};

/** Asks until the store is there again. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await settledIn(ask());
    } catch (error) {
      mustBeAbsence(error);
      await delay(AWAY_PAUSE_MS);
    }
  }
}

const newAppend = ({ random }: Scene): { append: string; events: ReturnType<typeof jsonEvent<MarkedEvent>>[] } => {
  const append = randomUUID();
  const size = 1 + random.below(APPEND_EVENTS_MAX);
  const pad = 'x'.repeat(random.chance(0.05) ? LARGE_BYTES : 50);
  const events = Array.from({ length: size }, (_, index) => jsonEvent<MarkedEvent>({ type: 'Marked', data: { append, index, size, pad } }));
  return { append, events };
};

const lengthOf = async ({ client }: Scene, stream: string): Promise<number> => {
  try {
    for await (const { event } of client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) {
      return Number(event?.revision) + 1;
    }
    return 0;
  } catch (error) {
    if ((error as { type?: unknown }).type === 'stream-not-found') return 0;
    throw error;
  }
};

/** Has a stream of its own and expects its exact revision; after an append without an answer it repeats it, or looks whether it is there. */
async function writeAlone(scene: Scene, stream: string): Promise<void> {
  let length = 0;
  while (scene.writing) {
    const { append, events } = newAppend(scene);
    const expectedRevision: AppendExpectedRevision = length === 0 ? NO_STREAM : BigInt(length - 1);
    const once = async (): Promise<number> => {
      const { nextExpectedRevision } = await scene.client.appendToStream(stream, events, { expectedRevision });
      assert.equal(Number(nextExpectedRevision), length + events.length - 1);
      scene.acknowledged.set(append, events.length);
      return length + events.length;
    };
    const look = async (): Promise<number> => {
      const found = await lengthOf(scene, stream);
      assert([length, length + events.length].includes(found), `${stream}: an append of ${events.length} left ${found - length} events`);
      return found;
    };
    length = await settledIn(once()).catch((error: unknown) => {
      mustBeAbsence(error);
      return persistently(scene.random.chance(0.5) ? once : look);
    });
  }
}

/** Several of these append to one stream, each repeating what had no answer. */
async function writeShared(scene: Scene): Promise<void> {
  while (scene.writing) {
    const { append, events } = newAppend(scene);
    await persistently(() => scene.client.appendToStream(SHARED, events, { expectedRevision: ANY }));
    scene.acknowledged.set(append, events.length);
  }
}

/** Reads one source for as long as the run lasts, going on after the last event seen whenever the store comes back. */
abstract class Follower {
  readonly ids: string[] = [];
  private last: ResolvedEvent | undefined;

  constructor(protected readonly scene: Scene) {}

  protected abstract open(last: ResolvedEvent | undefined): AsyncIterable<ResolvedEvent>;

  async run(): Promise<void> {
    while (this.scene.reading) {
      try {
        await this.readOn();
      } catch (error) {
        mustBeAbsence(error);
        await delay(AWAY_PAUSE_MS);
      }
    }
  }

  async until(id: string | undefined): Promise<void> {
    await eventually(() => this.ids.at(-1) === id, { withinMs: CATCH_UP_TIMEOUT_MS, what: 'the last event at a subscriber' });
  }

  private async readOn(): Promise<void> {
    for await (const resolved of this.open(this.last)) {
      this.last = resolved;
      this.ids.push(resolved.event?.id ?? '');
      if (!this.scene.reading) return;
    }
  }
}

class AllFollower extends Follower {
  protected open(last: ResolvedEvent | undefined): AsyncIterable<ResolvedEvent> {
    const filter = streamNameFilter({ prefixes: [CATEGORY] });
    return this.scene.client.subscribeToAll({ fromPosition: last?.event?.position ?? START, filter });
  }
}

class StreamFollower extends Follower {
  protected open(last: ResolvedEvent | undefined): AsyncIterable<ResolvedEvent> {
    return this.scene.client.subscribeToStream(SHARED, { fromRevision: last?.event?.revision ?? START });
  }
}

/** Starts the store, lets it serve for a while that the seed decides, and kills it; sometimes before it is even ready. */
async function killOnce(scene: Scene, start: () => ChildStore): Promise<void> {
  const { random, acknowledged } = scene;
  const child = start();
  if (random.chance(0.15)) {
    await delay(random.below(START_UNTIL_KILL_MS_MAX));
    return child.kill();
  }
  await child.ready;
  const enough = acknowledged.size + random.below(ACKNOWLEDGED_BEFORE_KILL_MAX);
  while (acknowledged.size < enough) await delay(1);
  await child.kill();
}

/** Compares the whole log with what was acknowledged, append by append; answers the ids of the writers' events in order. */
async function checkLog(scene: Scene): Promise<{ ids: string[]; sharedIds: string[] }> {
  const ids: string[] = [];
  const sharedIds: string[] = [];
  const next = new Map<string, number>();
  const seen = new Set<string>();
  let open: (Mark & { stream: string }) | undefined;
  for await (const resolved of scene.client.readAll()) {
    const { event } = resolved;
    if (!event?.streamId.startsWith(CATEGORY)) continue;
    const mark = markOf(resolved);
    assert.equal(Number(event.revision), next.get(event.streamId) ?? 0, `${event.streamId}: a gap in its revisions`);
    next.set(event.streamId, Number(event.revision) + 1);
    if (open) assert.deepEqual([event.streamId, mark.append, mark.index], [open.stream, open.append, open.index + 1], 'a partial append');
    else assert.equal(mark.index, 0, 'an append without its beginning');
    if (mark.index === 0) assert(!seen.has(mark.append), 'an append is there twice');
    seen.add(mark.append);
    open = mark.index + 1 < mark.size ? { ...mark, stream: event.streamId } : undefined;
    ids.push(event.id);
    if (event.streamId === SHARED) sharedIds.push(event.id);
  }
  assert.equal(open, undefined, 'the log ends within an append');
  for (const append of scene.acknowledged.keys()) assert(seen.has(append), 'an acknowledged append is lost');
  return { ids, sharedIds };
}

export const soak: Soak = async ({ seed, count, note }) => {
  const program = compileStore();
  const dir = mkdtempSync(join(tmpdir(), 'eventstore-killed-'));
  const port = await freePort();
  let child: ChildStore | undefined;
  const start = (): ChildStore => (child = spawnStore(program, ['--dir', dir, '--port', String(port)]));
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  const scene: Scene = { client, random: seededRandom(seed), acknowledged: new Map(), writing: true, reading: true };
  const followers = [new AllFollower(scene), new StreamFollower(scene)] as const;
  try {
    const writers = [
      ...Array.from({ length: WRITERS_ALONE }, (_, n) => writeAlone(scene, `${CATEGORY}-${n}`)),
      ...Array.from({ length: WRITERS_SHARED }, () => writeShared(scene)),
    ];
    const reading = Promise.all(followers.map((follower) => follower.run()));
    const failed = Promise.race([...writers, reading].map((work) => work.then(() => new Promise<never>(() => undefined))));
    for (let round = 1; round <= count; round += 1) {
      await Promise.race([killOnce(scene, start), failed]);
      if (round % 10 === 0) note(`${round} kills, ${scene.acknowledged.size} appends acknowledged`);
    }
    await start().ready;
    scene.writing = false;
    await Promise.race([Promise.all(writers), failed]);
    const { ids, sharedIds } = await checkLog(scene);
    const caughtUp = [followers[0].until(ids.at(-1)), followers[1].until(sharedIds.at(-1))];
    await Promise.race([Promise.all(caughtUp), failed]);
    assert.deepEqual(followers[0].ids, ids, 'the subscriber to $all did not see each event once');
    assert.deepEqual(followers[1].ids, sharedIds, 'the subscriber to a stream did not see each event once');
    return { kills: count, acknowledged: scene.acknowledged.size, events: ids.length };
  } finally {
    scene.writing = false;
    scene.reading = false;
    await farewell(client.dispose());
    await child?.kill();
    rmSync(dir, { recursive: true, force: true });
    removeCompiled(program);
  }
};
