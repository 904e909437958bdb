/** What operators see of parked events of projections, and what they may ask for: done by whichever process owns the projection, kept for good. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Actor } from '../event.js';
import { refuse } from '../refusal.js';
import type { ReaderKey } from './checkpoints.js';

/** One row key of a projection with its first parked event, the one that the others wait for. */
export interface ParkedRow {
  readonly projection: string;
  readonly version: number;
  readonly rowKey: string;
  /** Events parked, the first included. */
  readonly events: number;
  readonly eventId: string;
  readonly eventType: string;
  /** Commit position in the log, as text. */
  readonly position: string;
  readonly error: string;
  readonly parkedAt: Date;
}

/** An event that waits. */
export interface ParkedEvent {
  readonly eventId: string;
  readonly eventType: string;
  /** Commit position in the log, as text. */
  readonly position: string;
  /** Why it waits. */
  readonly error: string;
  readonly parkedAt: Date;
  /** As it stands in the log, its data and metadata included. */
  readonly event: object;
}

/** Something an operator asked for. */
export interface ParkedRequest {
  readonly id: string;
  readonly projection: string;
  readonly version: number;
  readonly action: 'retry' | 'discard';
  /** Null: every row. */
  readonly rowKey: string | null;
  readonly eventId: string | null;
  readonly eventType: string | null;
  readonly reason: string | null;
  readonly actorKind: string;
  readonly actorId: string;
  readonly requestedAt: Date;
  /** Null while no process has done it. */
  readonly doneAt: Date | null;
  readonly outcome: string | null;
}

const LIST = `
  select f.projection, f.version, f.row_key as "rowKey", f.events, p.event_id as "eventId", p.event_type as "eventType",
    p.position::text as position, p.error, f.parked_at as "parkedAt"
  from (select projection, version, row_key, min(position) as position, count(*)::int as events, min(parked_at) as parked_at
        from engine.projection_parked where (projection, version) in (select * from unnest($1::text[], $2::int[]))
        group by projection, version, row_key) f
  join engine.projection_parked p using (projection, version, row_key, position)
  order by f.parked_at, f.projection, f.row_key limit $3`;

const SHOW = `
  select event_id as "eventId", event_type as "eventType", position::text as position, error, parked_at as "parkedAt", event
  from engine.projection_parked p where projection = $1 and version = $2 and row_key = $3 order by p.position limit $4`;

const REQUEST_COLUMNS = `
  id::text, projection, version, action, row_key as "rowKey", event_id as "eventId", event_type as "eventType", reason,
  actor_kind as "actorKind", actor_id as "actorId", requested_at as "requestedAt", done_at as "doneAt", outcome`;

const RETRY = `
  insert into engine.parked_request (projection, version, action, row_key, actor_kind, actor_id)
  select $1, $2, 'retry', $3, $4, $5
  where exists (select from engine.projection_parked where projection = $1 and version = $2 and ($3::text is null or row_key = $3))
  returning ${REQUEST_COLUMNS}`;

const DISCARD = `
  insert into engine.parked_request (projection, version, action, row_key, event_id, event_type, position, reason, actor_kind, actor_id)
  select $1, $2, 'discard', $3, first.event_id, first.event_type, first.position, $5, $6, $7
  from (select event_id, event_type, position from engine.projection_parked
        where projection = $1 and version = $2 and row_key = $3 order by position limit 1) first
  where first.event_id = $4
  returning ${REQUEST_COLUMNS}`;

const POLL_MS = 100;
const LIST_MAX = 1_000;

export class ParkedProjections {
  constructor(
    private readonly pool: Pool,
    /** The projections that this code runs. */
    private readonly keys: readonly ReaderKey[],
  ) {}

  /** Longest parked first, at most 1,000. @throws Refusal PROJECTION_UNKNOWN */
  async list(projection?: string): Promise<ParkedRow[]> {
    const keys = projection === undefined ? this.keys : [this.keyOf(projection)];
    const { rows } = await this.pool.query<ParkedRow>(LIST, [keys.map((k) => k.reader), keys.map((k) => k.version), LIST_MAX]);
    return rows;
  }

  /** The events of one row that wait, in order, at most 1,000. @throws Refusal PROJECTION_UNKNOWN, NOT_PARKED */
  async show({ projection, rowKey }: { projection: string; rowKey: string }): Promise<ParkedEvent[]> {
    const { reader, version } = this.keyOf(projection);
    const { rows } = await this.pool.query<ParkedEvent>(SHOW, [reader, version, rowKey, LIST_MAX]);
    if (rows.length === 0) throw refuse('NOT_PARKED', 404, 'Nothing is parked there.');
    return rows;
  }

  /** Asks for the events of one row, or of all, to be folded again in order. @throws Refusal PROJECTION_UNKNOWN, NOT_PARKED */
  async retry(what: { projection: string; rowKey?: string | undefined }, actor: Actor): Promise<ParkedRequest> {
    const { reader, version } = this.keyOf(what.projection);
    const { rows } = await this.pool.query<ParkedRequest>(RETRY, [reader, version, what.rowKey ?? null, actor.kind, actor.id]);
    return found(rows[0], 'Nothing is parked there.');
  }

  /**
   * Asks for the first parked event of a row to be left out of it, and for those behind it to be folded. The event stays in the log, and a
   * rebuild meets it again. @throws Refusal PROJECTION_UNKNOWN, NOT_PARKED (also if the event is not the first any more)
   */
  async discard(what: { projection: string; rowKey: string; eventId: string; reason: string }, actor: Actor): Promise<ParkedRequest> {
    const { reader, version } = this.keyOf(what.projection);
    const values = [reader, version, what.rowKey, what.eventId, what.reason, actor.kind, actor.id];
    const { rows } = await this.pool.query<ParkedRequest>(DISCARD, values);
    return found(rows[0], 'This event is not the first parked one of the row.');
  }

  /** The request as it stands once it is done, or after the time given. */
  async settled({ id }: ParkedRequest, withinMs: number): Promise<ParkedRequest> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const { rows } = await this.pool.query<ParkedRequest>(`select ${REQUEST_COLUMNS} from engine.parked_request where id = $1`, [id]);
      const request = found(rows[0], 'There is no such request.');
      if (request.doneAt || performance.now() >= deadlineMs) return request;
      await delay(POLL_MS);
    }
  }

  /** What was asked for and by whom, newest first. */
  async requests(limit: number): Promise<ParkedRequest[]> {
    const { rows } = await this.pool.query<ParkedRequest>(
      `select ${REQUEST_COLUMNS} from engine.parked_request order by parked_request.id desc limit $1`,
      [limit],
    );
    return rows;
  }

  private keyOf(projection: string): ReaderKey {
    const key = this.keys.find(({ reader }) => reader === projection);
    if (!key) throw refuse('PROJECTION_UNKNOWN', 404, `There is no projection ${projection}.`);
    return key;
  }
}

const found = <T>(row: T | undefined, otherwise: string): T => {
  if (row === undefined) throw refuse('NOT_PARKED', 404, otherwise);
  return row;
};
