/** Writes batches one after the other: rows, parked events and checkpoints of all its projections in one transaction, while the next batch is folded already. */
import type { Pool, PoolClient } from 'pg';
import type { Recorded } from '../event.js';
import { moveCheckpoints, type Move } from './checkpoints.js';
import { isConsequence, isPoison } from './errors.js';
import { isBefore, type Position } from './log-reader.js';
import { sortByKey, type Parked, type Standing } from './projection-fold.js';
import { countsWith, insertParked, type ParkedCounts, type ParkingLimits } from './projection-parked.js';
import { foldAll, ofMember, standingAfter, writeAtOnce, writeCarefully, type Folded, type ReadModel } from './projection-rows.js';
import { inOneWrite, inTransaction } from './sessions.js';

/** One projection as its owner sees it. */
export interface Member extends ReadModel {
  readonly epoch: number;
  /** Of the table, as it was when this member began. */
  generation: number;
  position: Position | undefined;
  /** The table has been level with the log. */
  built: boolean;
  parked: ParkedCounts;
}

/** Before its checkpoint has been read. */
export const memberOf = (known: ReadModel & { epoch: number }): Member => ({
  ...known,
  generation: 0,
  position: undefined,
  built: false,
  parked: new Map<string, number>(),
});

export interface Writing {
  readonly pool: Pool;
  readonly owner: string;
  readonly logId: string;
  readonly parking: ParkingLimits;
}

/** Events in log order, and the place up to which nothing else matches. */
export interface EventsTo {
  readonly events: readonly Recorded[];
  readonly to: Position;
}

/** What one projection is to write. */
interface Plan {
  readonly member: Member;
  /** Where it stands before. */
  readonly from: Position | undefined;
  readonly fresh: readonly Recorded[];
  readonly folded: Folded;
  readonly parked: readonly Parked[];
}

/** A batch as it is to be committed. */
interface Planned {
  readonly batch: EventsTo;
  readonly plans: readonly Plan[];
  /** Rows are, or will be, exactly what was folded; false once the database has refused some. */
  asFolded: boolean;
}

const NOWHERE: Position = { commit: -1n, prepare: -1n };

const laterOf = (one: Position | undefined, other: Position | undefined): Position | undefined =>
  one && other ? (isBefore(one, other) ? other : one) : (one ?? other);

/** Those that a projection standing there has not seen; they are in log order. */
const newSince = (from: Position | undefined, events: readonly Recorded[]): readonly Recorded[] => {
  const index = events.findIndex(({ position }) => isBefore(from ?? NOWHERE, position));
  return index < 0 ? [] : index === 0 ? events : events.slice(index);
};

export interface BatchObserver {
  /** Told after each commit, with the milliseconds from begin to commit. May throw, which fails the writer. */
  readonly written: (batch: EventsTo, transactionMs: number) => void;
  /** Told once when a batch could not be written, since nobody may be waiting for it. */
  readonly failed: (error: unknown) => void;
}

/**
 * Commits batches in the order given. Each is folded while the one before commits, on rows as that one will leave them; when it fails, or turns
 * out otherwise, nothing has come of that.
 */
export class BatchWriter {
  private ahead: Planned | undefined;
  private committing: Promise<void> = Promise.resolve();

  constructor(
    private readonly writing: Writing,
    private readonly members: readonly Member[],
    private readonly observer: BatchObserver,
  ) {}

  /** Settles when the batch before this one is committed and this one is under way. @throws what `writeBatch` throws, of either batch */
  async write(batch: EventsTo): Promise<void> {
    if (this.ahead?.asFolded === false) await this.settled();
    const onto = this.ahead;
    let planned = await planBatch(this.writing, this.members, { batch, onto });
    await this.committing;
    if (onto && !onto.asFolded) planned = await planBatch(this.writing, this.members, { batch });
    this.ahead = planned;
    this.committing = this.commit(planned);
    this.committing.catch((error: unknown) => this.observer.failed(error));
  }

  /** Settles when everything given is committed. @throws what `writeBatch` throws */
  async settled(): Promise<void> {
    await this.committing;
    // Rows may now be changed by others, for example for a retry of parked events.
    this.ahead = undefined;
  }

  private async commit(planned: Planned): Promise<void> {
    const transactionMs = await commitBatch(this.writing, planned);
    this.observer.written(planned.batch, transactionMs);
  }
}

/**
 * Folds and commits a batch and moves the members to its end. Data that PostgreSQL refuses parks its row; any other failure leaves everything
 * as it was and rejects. @throws LeaseLost, MemberFailed
 */
export async function writeBatch(writing: Writing, members: readonly Member[], batch: EventsTo): Promise<void> {
  await commitBatch(writing, await planBatch(writing, members, { batch }));
}

/** @param onto what is being committed meanwhile */
async function planBatch(
  writing: Writing,
  members: readonly Member[],
  { batch, onto }: { batch: EventsTo; onto?: Planned | undefined },
): Promise<Planned> {
  const before = new Map(onto?.plans.map((plan) => [plan.member, plan]));
  const moving = members
    .map((member) => {
      const ahead = before.get(member);
      return { member, ahead, from: ahead ? laterOf(member.position, onto?.batch.to) : member.position };
    })
    .filter(({ from }) => isBefore(from ?? NOWHERE, batch.to));
  const plans = await loadingTogether(writing.pool, (client) => Promise.all(moving.map((one) => planOf(client, one, batch.events))));
  const isParking = plans.some(({ parked, folded }) => parked.length > 0 || folded.rows.some((row) => row.parked.length > 0));
  return { batch, plans, asFolded: !isParking };
}

/** One session for what is loaded at the same time, so that it shares a round trip. */
async function loadingTogether<T>(pool: Pool, load: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await inOneWrite(client, () => load(client));
  } finally {
    client.release();
  }
}

async function planOf(
  client: PoolClient,
  { member, from, ahead }: { member: Member; from: Position | undefined; ahead: Plan | undefined },
  events: readonly Recorded[],
): Promise<Plan> {
  const fresh = newSince(from, events);
  const { keyed, standing: mayStand, parked } = sortByKey(member.fold, fresh, member.parked);
  const { known, unknown } = ahead ? standingAfter(ahead.folded, mayStand) : { known: new Map<string, Standing>(), unknown: mayStand };
  const loaded = await ofMember(member, () => member.table.load(client, unknown));
  for (const [rowKey, standing] of known) loaded.set(rowKey, standing);
  return { member, from, fresh, folded: foldAll(member.fold, keyed, loaded), parked };
}

/** How the rows of a batch are written, and how the statements follow each other. */
interface Way {
  readonly write: typeof writeAtOnce;
  readonly carryOut: <T>(writes: readonly (() => Promise<T>)[], last: () => Promise<void>) => Promise<T[]>;
}

/** None waits for another, so that they share a round trip. Rejects with what was wrong, not with what could not be done because of it. */
const together: Way['carryOut'] = async (writes, last) => {
  const done = Promise.allSettled(writes.map((write) => write()));
  const [settled, after] = await Promise.all([done, Promise.allSettled([last()])]);
  const reasons = [...settled, ...after].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !isConsequence(reason)) ?? reasons[0];
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
};

const oneByOne: Way['carryOut'] = async (writes, last) => {
  const done = [];
  for (const write of writes) done.push(await write());
  await last();
  return done;
};

/** @returns milliseconds from begin to commit */
async function commitBatch(writing: Writing, planned: Planned): Promise<number> {
  const { batch, plans } = planned;
  if (plans.length === 0) return 0;
  const move = moveOf(writing, planned);
  let counts: ParkedCounts[] = [];
  // Rows and checkpoint go together, so a commit that a crash of the database takes back is only done again.
  const session = { owner: writing.owner, relaxed: true };
  const commit = ({ write, carryOut }: Way): Promise<void> =>
    inTransaction(writing.pool, session, async (client) => {
      const writes = plans.map((one) => () => writePlan({ client, writing, write }, one));
      counts = await carryOut(writes, () => moveCheckpoints(client, move));
    });
  const beganMs = performance.now();
  try {
    await commit({ write: writeAtOnce, carryOut: together });
  } catch (error) {
    if (!isPoison(error)) throw error;
    planned.asFolded = false;
    await commit({ write: writeCarefully, carryOut: oneByOne });
  }
  for (const [index, { member }] of plans.entries()) {
    member.position = batch.to;
    member.parked = counts[index] ?? member.parked;
  }
  return performance.now() - beganMs;
}

const moveOf = ({ logId }: Writing, { batch: { events, to }, plans }: Planned): Move => {
  const last = events.at(-1);
  return {
    logId,
    to,
    lastEvent: last && { commit: last.position.commit, at: last.metadata?.occurredAt ?? '' },
    readers: plans.map(({ member, from, fresh }) => ({
      key: member.fold.key,
      epoch: member.epoch,
      generation: member.generation,
      position: from,
      events: fresh.length,
    })),
  };
};

/** @returns how many events of each row are parked then */
async function writePlan(
  { client, writing, write }: { client: PoolClient; writing: Writing; write: typeof writeAtOnce },
  { member, folded, parked }: Plan,
): Promise<ParkedCounts> {
  const all = [...(await ofMember(member, () => write(client, member, folded))), ...parked];
  if (all.length === 0) return member.parked;
  const counts = countsWith(member.fold.key, member.parked, all, writing.parking);
  await insertParked(client, member.fold.key, all);
  return counts;
}
