/** The codes that are mailed to people: of each kind one at a time, kept as a keyed digest, good for a quarter of an hour and a few tries. */
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

interface Row {
  readonly code_hash: string;
  readonly about_sealed: string | null;
}

abstract class MailedCodeStore {
  protected abstract readonly table: string;
  /** What the code is for, so that none is good for anything else. */
  protected abstract readonly purpose: string;

  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** A new code, which is the only one that counts; undefined within a minute of the last. @param now ISO-8601 @param about kept sealed beside it */
  async issue(personId: string, now: string, about?: string): Promise<string | undefined> {
    const code = newCode();
    const nowMs = Date.parse(now);
    const [expiresAt, notSince] = [new Date(nowMs + GOOD_FOR_MS), new Date(nowMs - PAUSE_MS)];
    const issued: unknown[] = await this.database.query(
      `insert into ${this.table} as known (person_id, code_hash, about_sealed, tries, issued_at, expires_at) values ($1, $2, $3, 0, $4, $5)
       on conflict (person_id) do update set (code_hash, about_sealed, tries, issued_at, expires_at) = ($2, $3, 0, $4, $5)
       where known.issued_at <= $6 returning person_id`,
      [personId, this.digest(personId, code), about === undefined ? null : this.sealing.seal(about), new Date(nowMs), expiresAt, notSince],
    );
    return issued.length === 0 ? undefined : code;
  }

  /** What was kept beside the code; undefined when this is not the code. Each question is a try, also a right one. @param now ISO-8601 */
  async check(personId: string, code: string, now: string): Promise<{ readonly about: string | null } | undefined> {
    const [tried]: Row[][] = await this.database.query(
      `update ${this.table} set tries = tries + 1 where person_id = $1 and tries < $2 and expires_at > $3 returning code_hash, about_sealed`,
      [personId, TRIES_MAX, new Date(now)],
    );
    const known = tried?.[0];
    const given = this.digest(personId, code.trim().toUpperCase());
    if (known === undefined || !timingSafeEqual(Buffer.from(known.code_hash), Buffer.from(given))) return undefined;
    return { about: known.about_sealed === null ? null : this.sealing.open(known.about_sealed) };
  }

  /** Whether this is the code; a try like `check`. @param now ISO-8601 */
  async isRight(personId: string, code: string, now: string): Promise<boolean> {
    return (await this.check(personId, code, now)) !== undefined;
  }

  /** It has done its work, or could not be sent. */
  async forget(personId: string): Promise<void> {
    await this.database.query(`delete from ${this.table} where person_id = $1`, [personId]);
  }

  private digest(personId: string, code: string): string {
    return this.sealing.fingerprint(`${this.purpose} of ${personId}: ${code}`);
  }
}

/** Whoever reads one at an address that the panel knows already may have the account there. */
@Injectable()
export class PanelCodeStore extends MailedCodeStore {
  protected readonly table = 'identity.panel_codes';
  protected readonly purpose = 'panel code';

  constructor(database: DataSource, sealing: Sealing) {
    super(database, sealing);
  }
}

/** Whoever reads one at a new address may have it for their own; the address is kept beside it. */
@Injectable()
export class EmailCodeStore extends MailedCodeStore {
  protected readonly table = 'identity.email_codes';
  protected readonly purpose = 'e-mail code';

  constructor(database: DataSource, sealing: Sealing) {
    super(database, sealing);
  }
}
