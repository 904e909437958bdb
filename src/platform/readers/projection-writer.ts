/** Writes one batch: rows, parked events and checkpoints of all its projections in one transaction. */
import type { Pool, PoolClient } from 'pg';
import type { Recorded } from '../event.js';
import { moveCheckpoints, type Move } from './checkpoints.js';
import { isPoison } from './errors.js';
import { isBefore, type Position } from './log-reader.js';
import { sortByKey, type Parked } from './projection-fold.js';
import { countsWith, insertParked, type ParkedCounts, type ParkingLimits } from './projection-parked.js';
import { foldAll, ofMember, writeAtOnce, writeCarefully, type Folded, type ReadModel } from './projection-rows.js';
import { inTransaction } from './sessions.js';

/** One projection as its owner sees it. */
export interface Member extends ReadModel {
  readonly epoch: number;
  /** Of the table, as it was when this member began. */
  generation: number;
  position: Position | undefined;
  parked: ParkedCounts;
}

/** Before its checkpoint has been read. */
export const memberOf = (known: ReadModel & { epoch: number }): Member => ({
  ...known,
  generation: 0,
  position: undefined,
  parked: new Map<string, number>(),
});

export interface Writing {
  readonly pool: Pool;
  readonly owner: string;
  readonly logId: string;
  readonly parking: ParkingLimits;
  /** Commits need not be on disk: only for what is built again after a crash of the database anyway. */
  readonly relaxed?: boolean;
}

/** What one projection is to write. */
interface Plan {
  readonly member: Member;
  readonly folded: Folded;
  readonly parked: readonly Parked[];
}

const NOWHERE: Position = { commit: -1n, prepare: -1n };

/** True if the projection has not come this far yet. */
const isNew = (member: Member, position: Position): boolean => isBefore(member.position ?? NOWHERE, position);

/**
 * Folds and commits a batch and moves the members to its end. Data that PostgreSQL refuses parks its row; any other failure leaves everything
 * as it was and rejects. @throws LeaseLost, MemberFailed
 * @returns milliseconds from begin to commit
 */
export async function writeBatch(
  writing: Writing,
  members: readonly Member[],
  batch: { events: readonly Recorded[]; to: Position },
): Promise<number> {
  const moving = members.filter((member) => isNew(member, batch.to));
  if (moving.length === 0) return 0;
  const plans = await Promise.all(moving.map((member) => plan(writing.pool, member, batch.events)));
  const move = moveOf(writing, moving, batch);
  let counts: ParkedCounts[] = [];
  const commit = (write: typeof writeAtOnce): Promise<void> =>
    inTransaction(writing.pool, writing, async (client) => {
      counts = [];
      for (const one of plans) counts.push(await writePlan({ client, writing, write }, one));
      await moveCheckpoints(client, move);
    });
  const beganMs = performance.now();
  try {
    await commit(writeAtOnce);
  } catch (error) {
    if (!isPoison(error)) throw error;
    await commit(writeCarefully);
  }
  for (const [index, member] of moving.entries()) {
    member.position = batch.to;
    member.parked = counts[index] ?? member.parked;
  }
  return performance.now() - beganMs;
}

const moveOf = ({ logId }: Writing, moving: readonly Member[], { events, to }: { events: readonly Recorded[]; to: Position }): Move => {
  const last = events.at(-1);
  return {
    logId,
    to,
    lastEvent: last && { commit: last.position.commit, at: last.metadata?.occurredAt ?? '' },
    readers: moving.map((member) => ({
      key: member.fold.key,
      epoch: member.epoch,
      generation: member.generation,
      position: member.position,
      events: events.filter(({ position }) => isNew(member, position)).length,
    })),
  };
};

async function plan(pool: Pool, member: Member, events: readonly Recorded[]): Promise<Plan> {
  const fresh = events.filter(({ position }) => isNew(member, position));
  const { keyed, parked } = sortByKey(member.fold, fresh, member.parked);
  const standing = await ofMember(member, () => member.table.load(pool, [...keyed.keys()]));
  return { member, folded: foldAll(member.fold, keyed, standing), parked };
}

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
