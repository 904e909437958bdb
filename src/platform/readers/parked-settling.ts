/** What operators asked for parked events, done by the owner of the projection between two batches: nobody else writes a read model. */
import type { PoolClient } from 'pg';
import type { Recorded } from '../event.js';
import { moveCheckpoints } from './checkpoints.js';
import type { Fold } from './projection-definition.js';
import { keyOrError, type Parked } from './projection-fold.js';
import { parkedCountsOf, parkedEventsOf, unpark } from './projection-parked.js';
import { foldAll, ofMember, writeCarefully } from './projection-rows.js';
import type { Member, Writing } from './projection-writer.js';
import { inTransaction } from './sessions.js';
import { storable } from './stored-event.js';

interface Request {
  id: string;
  projection: string;
  version: number;
  action: 'retry' | 'discard';
  row_key: string | null;
  event_id: string | null;
}

const OPEN = `
  select id, projection, version, action, row_key, event_id from engine.parked_request
  where done_at is null and (projection, version) in (select * from unnest($1::text[], $2::int[])) order by id limit 100`;

/** Does every open request for these projections. Rejects as a batch would; what was not done stays open. */
export async function settleRequests(writing: Writing, members: readonly Member[]): Promise<void> {
  const keys = members.map(({ fold }) => fold.key);
  const { rows } = await writing.pool.query<Request>(OPEN, [keys.map(({ reader }) => reader), keys.map(({ version }) => version)]);
  for (const request of rows) {
    const member = members.find(({ fold }) => fold.key.reader === request.projection);
    if (member) await settle(writing, member, request);
  }
}

async function settle(writing: Writing, member: Member, request: Request): Promise<void> {
  if (request.row_key !== null) return void (await settleKey(writing, member, { rowKey: request.row_key, request }));
  // As the database has them: a swap may have brought rows that this member has not heard of, which the fence then tells it.
  const rowKeys = [...(await parkedCountsOf(writing.pool, member.fold.key)).keys()];
  let freed = 0;
  for (const rowKey of rowKeys) if ((await settleKey(writing, member, { rowKey })) === 0) freed += 1;
  await inTransaction(writing.pool, writing, async (client) => {
    await finish(client, request, `${freed} of ${rowKeys.length} rows are free again`);
    await fence(client, writing, member);
  });
}

/** One row key in one transaction, with the request if it is about this key only. @returns how many of its events still wait */
async function settleKey(writing: Writing, member: Member, { rowKey, request }: { rowKey: string; request?: Request }): Promise<number> {
  const left = await inTransaction(writing.pool, writing, async (client) => {
    const parked = await parkedEventsOf(client, member.fold.key, rowKey);
    const refusal = request && refusalOf(request, parked);
    const rest = request?.action === 'discard' && !refusal ? parked.slice(1) : parked;
    const waiting = await foldParked(client, member, { rowKey, events: rest });
    const first = waiting[0];
    await unpark(client, member.fold.key, rowKey, first && { position: first.event.position.commit, error: first.error });
    if (request) await finish(client, request, refusal ?? outcomeOf(request, parked.length - waiting.length, first));
    await fence(client, writing, member);
    return waiting.length;
  });
  if (left === 0) member.parked.delete(rowKey);
  else member.parked.set(rowKey, left);
  return left;
}

const refusalOf = ({ action, event_id }: Request, parked: readonly Recorded[]): string | undefined => {
  if (parked.length === 0) return 'nothing of this row is parked any more';
  if (action === 'discard' && parked[0]?.id !== event_id) return `refused: ${String(event_id)} is not the first parked event of the row`;
  return undefined;
};

const outcomeOf = ({ action }: Request, gone: number, first: Parked | undefined): string => {
  const folded = action === 'discard' ? `discarded; ${gone - 1} later events folded` : `${gone} events folded`;
  return first ? `${folded}; the row waits at ${first.event.id}: ${first.error}` : `${folded}; the row is free again`;
};

/** Folds parked events of one row in order. @returns those that still cannot be, the reason with the first */
async function foldParked(
  client: PoolClient,
  member: Member,
  { rowKey, events }: { rowKey: string; events: readonly Recorded[] },
): Promise<readonly Parked[]> {
  const problems = events.map((event) => problemOf(member.fold, rowKey, event));
  const firstProblem = problems.findIndex((problem) => problem !== undefined);
  const ready = firstProblem < 0 ? events : events.slice(0, firstProblem);
  const standing = await ofMember(member, () => member.table.load(client, ready.length > 0 ? [rowKey] : []));
  const folded = foldAll(member.fold, new Map(ready.length > 0 ? [[rowKey, ready]] : []), standing);
  const refused = await ofMember(member, () => writeCarefully(client, member, folded));
  const held = events.slice(ready.length).map((event, index) => ({ rowKey, event, error: problems[ready.length + index] ?? '' }));
  return [...refused, ...held];
}

const problemOf = (fold: Fold, rowKey: string, event: Recorded): string | undefined => {
  const answer = fold.answer(event);
  if (!answer) return undefined;
  const key = keyOrError(answer.keyOf, event);
  if (key instanceof Error) return key.message;
  return key === rowKey ? undefined : 'its row had no name when it came and may have gone on without it: rebuild the projection';
};

/** The transaction stands only if the projection is still ours and where we think it is. */
async function fence(client: PoolClient, { logId }: Writing, { fold, epoch, generation, position }: Member): Promise<void> {
  if (position)
    await moveCheckpoints(client, { logId, to: position, readers: [{ key: fold.key, epoch, generation, position, events: 0 }] });
}

async function finish(client: PoolClient, { id }: Request, outcome: string): Promise<void> {
  await client.query('update engine.parked_request set done_at = clock_timestamp(), outcome = $2 where id = $1', [id, storable(outcome)]);
}
