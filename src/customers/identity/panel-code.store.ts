/** The code that was mailed to a person: one at a time, kept as a keyed digest, good for a quarter of an hour and a few tries. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Sealing } from './sealing.js';

const GOOD_FOR_MS = 15 * 60_000;
const PAUSE_MS = 60_000;
const TRIES_MAX = 5;
const CODE_CHARS = 8;
/** Without letters and digits that are taken for each other. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

const newCode = (): string => Array.from({ length: CODE_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

@Injectable()
export class PanelCodeStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** A new code, which is the only one that counts; undefined within a minute of the last. @param now ISO-8601 */
  async issue(personId: string, now: string): Promise<string | undefined> {
    const code = newCode();
    const nowMs = Date.parse(now);
    const [expiresAt, notSince] = [new Date(nowMs + GOOD_FOR_MS), new Date(nowMs - PAUSE_MS)];
    const issued: unknown[] = await this.database.query(
      `insert into identity.panel_codes as known (person_id, code_hash, tries, issued_at, expires_at) values ($1, $2, 0, $3, $4)
       on conflict (person_id) do update set (code_hash, tries, issued_at, expires_at) = ($2, 0, $3, $4)
       where known.issued_at <= $5 returning person_id`,
      [personId, this.digest(personId, code), new Date(nowMs), expiresAt, notSince],
    );
    return issued.length === 0 ? undefined : code;
  }

  /** Whether this is the code; each question is a try, also a right one. @param now ISO-8601 */
  async isRight(personId: string, code: string, now: string): Promise<boolean> {
    const [tried]: { code_hash: string }[][] = await this.database.query(
      `update identity.panel_codes set tries = tries + 1 where person_id = $1 and tries < $2 and expires_at > $3 returning code_hash`,
      [personId, TRIES_MAX, new Date(now)],
    );
    const known = tried?.[0]?.code_hash;
    return known !== undefined && timingSafeEqual(Buffer.from(known), Buffer.from(this.digest(personId, code.trim().toUpperCase())));
  }

  /** It has done its work, or could not be sent. */
  async forget(personId: string): Promise<void> {
    await this.database.query('delete from identity.panel_codes where person_id = $1', [personId]);
  }

  private digest(personId: string, code: string): string {
    return this.sealing.fingerprint(`panel code of ${personId}: ${code}`);
  }
}
