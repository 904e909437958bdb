/** Remembers which key asked for what, before anything is appended, so that a repeat asks under the same id. */
import { createHmac, hkdfSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf } from '../database/data-source.js';
import { newId } from '../ids.js';
import { refuse } from '../refusal.js';

export interface KeyedRequest {
  /** Whose key it is; nobody else's request can meet it. */
  readonly scope: string;
  readonly route: string;
  readonly key: string;
  /** Digest of everything else that was asked. */
  readonly bodyHash: string;
}

/** A key that is taken: to be given back with `finish` or `forget`. */
export interface TakenKey extends KeyedRequest {
  /** The same for the request and all its repeats. */
  readonly requestId: string;
  readonly repeated: boolean;
  /** Tells this holder from one that took the key up after it. */
  readonly until: string;
}

/** A request that has not ended after this long has died; its key may be taken up again, which is harmless if it has not: every step is walked once. */
const RUNNING_SECONDS = 5;
/** Nobody repeats a request after a month; until then the key costs one row. */
const KEPT_DAYS = 30;
const REMOVED_AT_ONCE = 1_000;
const HASH_KEY_BYTES = 32;

/** Every command runs these two, so that sessions keep them prepared. */
const TAKE = {
  name: 'take idempotency key',
  text: `insert into identity.idempotency_keys (actor_id, route, key, body_hash, ids, running_until)
    values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) on conflict do nothing returning running_until::text as until`,
};
const FINISH = {
  name: 'finish idempotency key',
  text: `update identity.idempotency_keys set running_until = now() from (select set_config('synchronous_commit', 'off', true)) as relaxed
    where actor_id = $1 and route = $2 and key = $3 and running_until = $4::timestamptz`,
};

export class IdempotencyStore {
  private readonly log = new Logger(IdempotencyStore.name);
  private readonly hashKey: Buffer;
  /** What is being finished, by key: a repeat waits for it. */
  private readonly finishing = new Map<string, Promise<void>>();

  /** @param secret without it the digests tell nothing: bodies hold passwords */
  constructor(
    private readonly database: DataSource,
    secret: string,
  ) {
    this.hashKey = Buffer.from(hkdfSync('sha256', secret, '', 'order-ledger request keys', HASH_KEY_BYTES));
  }

  digest(asked: unknown): string {
    return createHmac('sha256', this.hashKey)
      .update(JSON.stringify(asked ?? null))
      .digest('hex');
  }

  /**
   * Takes the key. A repeat gets the id of the first time.
   * @throws Refusal IDEMPOTENCY_KEY_REUSED (422, other body), IDEMPOTENCY_KEY_IN_USE (409, the first is still at work)
   */
  async take(request: KeyedRequest): Promise<TakenKey> {
    const { scope, route, key, bodyHash } = request;
    await this.finishing.get(nameOf(request));
    const requestId = newId();
    const values = [scope, route, key, bodyHash, JSON.stringify({ requestId }), RUNNING_SECONDS];
    const [fresh] = (await poolOf(this.database).query<{ until: string }>({ ...TAKE, values })).rows;
    return fresh ? { ...request, requestId, repeated: false, until: fresh.until } : this.takeAgain(request);
  }

  private async takeAgain(request: KeyedRequest): Promise<TakenKey> {
    const { scope, route, key, bodyHash } = request;
    const [known]: { body_hash: string; ids: { requestId: string } }[] = await this.database.query(
      'select body_hash, ids from identity.idempotency_keys where actor_id = $1 and route = $2 and key = $3',
      [scope, route, key],
    );
    // Refused and forgotten a moment ago: whoever asks next is the first.
    if (!known) throw inUse();
    if (known.body_hash !== bodyHash) throw refuse('IDEMPOTENCY_KEY_REUSED', 422, 'This key was used for another request.');
    const [[taken]]: [{ until: string }[], number] = await this.database.query(
      `update identity.idempotency_keys set running_until = now() + make_interval(secs => $4)
       where actor_id = $1 and route = $2 and key = $3 and running_until < now() returning running_until::text as until`,
      [scope, route, key, RUNNING_SECONDS],
    );
    if (!taken) throw inUse();
    return { ...request, requestId: known.ids.requestId, repeated: true, until: taken.until };
  }

  /**
   * The request has ended, well or not; the key may be repeated. Nobody waits for it, neither the answer nor the disk: if it does not come to
   * that, the key is free a few seconds later by itself.
   */
  finish(taken: TakenKey): void {
    const name = nameOf(taken);
    const finished = this.release(taken)
      .catch((error: unknown) => this.log.warn(`a request key is in use for ${RUNNING_SECONDS} s more: ${String(error)}`))
      .finally(() => {
        if (this.finishing.get(name) === finished) this.finishing.delete(name);
      });
    this.finishing.set(name, finished);
  }

  private async release({ scope, route, key, until }: TakenKey): Promise<void> {
    await poolOf(this.database).query({ ...FINISH, values: [scope, route, key, until] });
  }

  /** Nothing came of the request, so that the key may be used for a better one, unless a repeat has taken it up meanwhile. */
  async forget({ scope, route, key, until }: TakenKey): Promise<void> {
    await this.database.query(
      'delete from identity.idempotency_keys where actor_id = $1 and route = $2 and key = $3 and running_until = $4::timestamptz',
      [scope, route, key, until],
    );
  }

  /** Removes keys that are older than 30 days, a bounded number at once; 'soon' when there may be more. */
  async removeOld(): Promise<void | 'soon'> {
    const [, removed]: [unknown[], number] = await this.database.query(
      `delete from identity.idempotency_keys where (actor_id, route, key) in (
         select actor_id, route, key from identity.idempotency_keys
         where created_at < now() - make_interval(days => $1) order by created_at limit $2)`,
      [KEPT_DAYS, REMOVED_AT_ONCE],
    );
    return removed === REMOVED_AT_ONCE ? 'soon' : undefined;
  }
}

const nameOf = ({ scope, route, key }: KeyedRequest): string => JSON.stringify([scope, route, key]);

const inUse = () => refuse('IDEMPOTENCY_KEY_IN_USE', 409, 'A request with this key is still at work.');
