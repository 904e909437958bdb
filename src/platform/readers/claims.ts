/** Rows of `engine.claims`: who works on what. Committed at once and judged by the database's clock. */
import type { Pool } from 'pg';
import { ownerKey } from './leases.js';
import { storable } from './stored-event.js';

export interface Work {
  readonly kind: string;
  readonly id: string;
}

/** Free is what nobody has claimed, what failed and may be tried again, and what somebody claimed who is gone or too late. */
const CLAIM = `
  insert into engine.claims as c (kind, id, owner, lease_until)
  values ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
  on conflict (kind, id) do update
    set owner = excluded.owner, lease_until = excluded.lease_until, not_before = null, claimed_at = clock_timestamp(),
        attempts = case when c.not_before is null then 1 else c.attempts + 1 end
    where coalesce(c.not_before <= clock_timestamp(),
                   c.lease_until < clock_timestamp() or (c.owner <> excluded.owner and pg_try_advisory_xact_lock(${ownerKey('c.owner')})))
  returning attempts`;

/** Which try this is, from 1, if the claim is ours now; undefined if somebody else has it or it is too early to try again. */
export async function claim(
  pool: Pool,
  { kind, id }: Work,
  { owner, leaseMs }: { owner: string; leaseMs: number },
): Promise<number | undefined> {
  const { rows } = await pool.query<{ attempts: number }>(CLAIM, [kind, id, owner, leaseMs]);
  return rows[0]?.attempts;
}

/** Holds these claims of ours for longer. */
export async function extendClaims(
  pool: Pool,
  work: readonly Work[],
  { owner, leaseMs }: { owner: string; leaseMs: number },
): Promise<void> {
  await pool.query(
    `update engine.claims c set lease_until = clock_timestamp() + $2 * interval '1 ms'
     from unnest($3::text[], $4::text[]) as w(kind, id)
     where c.owner = $1 and c.kind = w.kind and c.id = w.id`,
    [owner, leaseMs, work.map(({ kind }) => kind), work.map(({ id }) => id)],
  );
}

/** The work is done. */
export async function endClaim(pool: Pool, { kind, id }: Work, owner: string): Promise<void> {
  await pool.query('delete from engine.claims where kind = $1 and id = $2 and owner = $3', [kind, id, owner]);
}

/** The work failed; nobody tries it again before `afterMs` have passed. */
export async function postponeClaim(
  pool: Pool,
  work: Work,
  { owner, afterMs, error }: { owner: string; afterMs: number; error: string },
): Promise<void> {
  await pool.query(
    `update engine.claims set not_before = clock_timestamp() + $4 * interval '1 ms', last_error = $5
     where kind = $1 and id = $2 and owner = $3`,
    [work.kind, work.id, owner, Math.round(afterMs), storable(error)],
  );
}

/**
 * Forgets claims that could have been taken again for at least `olderThanMs`: whoever made them was killed, or the work failed, and nobody has found
 * it due since. At most `limit` rows; what is due after all is claimed anew, as a first try.
 */
export async function forgetClaims(pool: Pool, { olderThanMs, limit }: { olderThanMs: number; limit: number }): Promise<void> {
  await pool.query(
    `delete from engine.claims where (kind, id) in (
       select kind, id from engine.claims
       where coalesce(not_before, lease_until) < clock_timestamp() - $1 * interval '1 ms'
       limit $2 for update skip locked)`,
    [olderThanMs, limit],
  );
}
