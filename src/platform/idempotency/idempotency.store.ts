/** Remembers which key asked for what, before anything is appended, so that a repeat asks under the same ids. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { refuse } from '../refusal.js';

export interface KeyedRequest {
  readonly actorId: string;
  readonly route: string;
  readonly key: string;
}

/** A request that has not ended after this long has died; its key may be taken up again, which is harmless if it has not: every step is walked once. */
const RUNNING_SECONDS = 5;

@Injectable()
export class IdempotencyStore {
  constructor(private readonly database: DataSource) {}

  /**
   * Takes the key. A repeat gets the ids of the first time.
   * @throws Refusal IDEMPOTENCY_KEY_REUSED (422, other body), IDEMPOTENCY_KEY_IN_USE (409, the first is still at work)
   */
  async begin(
    request: KeyedRequest & { bodyHash: string; ids: Readonly<Record<string, string>> },
  ): Promise<{ ids: Record<string, string>; state: 'new' | 'repeat' }> {
    const { actorId, route, key, bodyHash, ids } = request;
    const inserted: unknown[] = await this.database.query(
      `insert into identity.idempotency_keys (actor_id, route, key, body_hash, ids, running_until)
       values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) on conflict do nothing returning key`,
      [actorId, route, key, bodyHash, JSON.stringify(ids), RUNNING_SECONDS],
    );
    if (inserted.length > 0) return { ids: { ...ids }, state: 'new' };
    return this.repeat(request);
  }

  private async repeat({
    actorId,
    route,
    key,
    bodyHash,
  }: KeyedRequest & { bodyHash: string }): Promise<{ ids: Record<string, string>; state: 'repeat' }> {
    const [known]: { body_hash: string; ids: Record<string, string> }[] = await this.database.query(
      'select body_hash, ids from identity.idempotency_keys where actor_id = $1 and route = $2 and key = $3',
      [actorId, route, key],
    );
    if (known?.body_hash !== bodyHash) throw refuse('IDEMPOTENCY_KEY_REUSED', 422, 'This key was used for another request.');
    const [taken]: [unknown[], number] = await this.database.query(
      `update identity.idempotency_keys set running_until = now() + make_interval(secs => $4)
       where actor_id = $1 and route = $2 and key = $3 and running_until < now() returning key`,
      [actorId, route, key, RUNNING_SECONDS],
    );
    if (taken.length === 0) throw refuse('IDEMPOTENCY_KEY_IN_USE', 409, 'A request with this key is still at work.');
    return { ids: known.ids, state: 'repeat' };
  }

  /** The request has ended, well or not; the key may be repeated. */
  async finish({ actorId, route, key }: KeyedRequest): Promise<void> {
    await this.database.query(
      'update identity.idempotency_keys set running_until = now() where actor_id = $1 and route = $2 and key = $3',
      [actorId, route, key],
    );
  }
}
