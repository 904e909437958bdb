/**
 * Logins that last: each is a family of refresh tokens of which one counts, kept as a keyed digest. A token's successor follows from it and from a
 * key of ours, so that tabs which ask at the same moment, or again after an answer was lost, are told the same one.
 */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newId } from '../../platform/ids.js';
import type { PersonRole } from './identity.store.js';
import { Sealing } from './sealing.js';

const DAY_MS = 86_400_000;
const IDLE_MS = 30 * DAY_MS;
const WHOLE_MS = 90 * DAY_MS;
/** The one before counts for this long, and the new one is not succeeded earlier. */
const GRACE_MS = 20_000;
const TOKEN_BYTES = 32;

export interface OpenSession {
  readonly sessionId: string;
  readonly personId: string;
  readonly role: PersonRole;
  /** What the browser keeps. */
  readonly token: string;
  readonly expiresAt: Date;
}

export interface SessionSeen {
  readonly sessionId: string;
  /** Browser and system, roughly. */
  readonly device: string;
  readonly createdAt: string;
  readonly usedAt: string;
  readonly expiresAt: string;
}

interface Row {
  readonly session_id: string;
  readonly person_id: string;
  readonly token_hash: string;
  readonly previous_hash: string | null;
  readonly device_sealed: string;
  readonly created_at: Date;
  readonly used_at: Date;
  readonly expires_at: Date;
  readonly role: PersonRole;
}

@Injectable()
export class SessionStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** A new login. */
  async open(person: { personId: string; role: PersonRole }, device: string, now: Date): Promise<OpenSession> {
    const [sessionId, secret] = [newId(), randomBytes(TOKEN_BYTES).toString('base64url')];
    const token = `${sessionId}.${secret}`;
    const expiresAt = new Date(now.getTime() + IDLE_MS);
    await this.database.query(
      `insert into identity.sessions (session_id, person_id, token_hash, device_sealed, created_at, used_at, expires_at)
       values ($1, $2, $3, $4, $5, $5, $6)`,
      [sessionId, person.personId, this.digest(token), this.sealing.seal(device), now, expiresAt],
    );
    return { sessionId, ...person, token, expiresAt };
  }

  /** The same login under its next token; `reused` when the token had its successor long ago, which ends the login for whoever holds it. */
  async refresh(token: string, now: Date): Promise<OpenSession | 'reused' | undefined> {
    const sessionId = token.split('.')[0] ?? '';
    if (!/^[0-9a-f-]{36}$/.test(sessionId)) return undefined;
    return this.database.transaction(async (manager) => {
      const [row]: Row[] = await manager.query(
        `select s.*, p.role from identity.sessions s join identity.people p using (person_id)
         where s.session_id = $1 and s.ended_at is null and s.expires_at > $2 for update of s`,
        [sessionId, now],
      );
      if (!row) return undefined;
      const digest = this.digest(token);
      const young = now.getTime() - row.used_at.getTime() < GRACE_MS;
      const same = { sessionId, personId: row.person_id, role: row.role, expiresAt: row.expires_at };
      if (digest === row.token_hash && young) return { ...same, token };
      const next = this.successor(sessionId, token);
      if (digest === row.previous_hash && young) return { ...same, token: next };
      if (digest !== row.token_hash) {
        await manager.query(`update identity.sessions set ended_at = $2, end_reason = 'reused' where session_id = $1`, [sessionId, now]);
        return 'reused';
      }
      const expiresAt = new Date(Math.min(now.getTime() + IDLE_MS, row.created_at.getTime() + WHOLE_MS));
      await manager.query(
        'update identity.sessions set previous_hash = token_hash, token_hash = $2, used_at = $3, expires_at = $4 where session_id = $1',
        [sessionId, this.digest(next), now, expiresAt],
      );
      return { ...same, token: next, expiresAt };
    });
  }

  /** Logs out who holds this token, be it the newest or not. */
  async endByToken(token: string, now: Date): Promise<void> {
    const [sessionId, digest] = [token.split('.')[0] ?? '', this.digest(token)];
    if (!/^[0-9a-f-]{36}$/.test(sessionId)) return;
    await this.database.query(
      `update identity.sessions set ended_at = $3, end_reason = 'logout'
       where session_id = $1 and ended_at is null and $2 in (token_hash, previous_hash)`,
      [sessionId, digest, now],
    );
  }

  /** Logins of a person that still count, the one used last first. */
  async of(personId: string, now: Date): Promise<SessionSeen[]> {
    const rows: Row[] = await this.database.query(
      `select * from identity.sessions where person_id = $1 and ended_at is null and expires_at > $2
       order by used_at desc, session_id limit 100`,
      [personId, now],
    );
    return rows.map((row) => ({
      sessionId: row.session_id,
      device: this.sealing.open(row.device_sealed),
      createdAt: row.created_at.toISOString(),
      usedAt: row.used_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
    }));
  }

  /** False when this person has no such login. */
  async end(personId: string, sessionId: string, now: Date): Promise<boolean> {
    const [ended]: [unknown[], number] = await this.database.query(
      `update identity.sessions set ended_at = $3, end_reason = 'ended'
       where person_id = $1 and session_id = $2 and ended_at is null and expires_at > $3 returning session_id`,
      [personId, sessionId, now],
    );
    return ended.length > 0;
  }

  /** After a new password or e-mail address only the login that set it goes on. */
  async endOthers(personId: string, by: { sessionId: string | undefined; reason: 'password' | 'email' }, now: Date): Promise<void> {
    await this.database.query(
      `update identity.sessions set ended_at = $4, end_reason = $3
       where person_id = $1 and session_id is distinct from $2::uuid and ended_at is null`,
      [personId, by.sessionId ?? null, by.reason, now],
    );
  }

  /** Forgets logins that ended long ago. */
  async removeOld(now: Date): Promise<void> {
    await this.database.query('delete from identity.sessions where least(expires_at, ended_at) < $1', [new Date(now.getTime() - IDLE_MS)]);
  }

  private digest(token: string): string {
    return this.sealing.fingerprint(`refresh token ${token}`);
  }

  private successor(sessionId: string, token: string): string {
    return `${sessionId}.${Buffer.from(this.sealing.fingerprint(`after ${token}`), 'hex').toString('base64url')}`;
  }
}
