/** Changes of who people are: made here first, and remembered until the log tells of them, so that none is lost in between. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { refuse } from '../../platform/refusal.js';
import { Sealing } from './sealing.js';

/** A change's own id; the same again is the same change. */
export interface DetailChange {
  readonly changeId: string;
  readonly personId: string;
  readonly what: 'email' | 'name';
}

interface Row {
  readonly change_id: string;
  readonly person_id: string;
  readonly what: DetailChange['what'];
}

/** Long after the mail to the old address is given up. */
const KEPT = "interval '30 days'";
const UNIQUE_VIOLATION = '23505';

@Injectable()
export class DetailChangeStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** The unique index decides between two who want one address. @throws Refusal EMAIL_TAKEN */
  async changeEmail({ changeId, personId }: Omit<DetailChange, 'what'>, email: string): Promise<void> {
    try {
      await this.database.transaction(async (manager) => {
        const [known]: { email_sealed: string }[] = await manager.query(
          'select email_sealed from identity.people where person_id = $1 for update',
          [personId],
        );
        await manager.query('update identity.people set email_lookup = $2, email_sealed = $3 where person_id = $1', [
          personId,
          this.sealing.lookup(email),
          this.sealing.seal(email),
        ]);
        await this.remember(manager, { changeId, personId, what: 'email' }, known?.email_sealed ?? null);
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      throw refuse('EMAIL_TAKEN', 409, 'This e-mail address is already registered.');
    }
  }

  /** What they want to be called from now on; false when they are called so already. */
  async rename({ changeId, personId }: Omit<DetailChange, 'what'>, name: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const [known]: { name_sealed: string }[] = await manager.query(
        'select name_sealed from identity.people where person_id = $1 for update',
        [personId],
      );
      if (!known || this.sealing.open(known.name_sealed) === name) return false;
      await manager.query('update identity.people set name_sealed = $2 where person_id = $1', [personId, this.sealing.seal(name)]);
      await this.remember(manager, { changeId, personId, what: 'name' }, null);
      return true;
    });
  }

  /** Whether this change was made. */
  async isMade(changeId: string): Promise<boolean> {
    const found: unknown[] = await this.database.query('select 1 from identity.detail_changes where change_id = $1', [changeId]);
    return found.length > 0;
  }

  /** The address that was theirs before this change; undefined when it is forgotten. */
  async previousEmail(changeId: string): Promise<string | undefined> {
    const [row]: { previous_email_sealed: string | null }[] = await this.database.query(
      'select previous_email_sealed from identity.detail_changes where change_id = $1',
      [changeId],
    );
    return row?.previous_email_sealed ? this.sealing.open(row.previous_email_sealed) : undefined;
  }

  /** The log tells of it. */
  async markRecorded(changeId: string): Promise<void> {
    await this.database.query('update identity.detail_changes set recorded_at = now() where change_id = $1', [changeId]);
  }

  /** Changes of which the log may not tell, because somebody died in between; the oldest first. */
  async unrecorded(limit: number): Promise<DetailChange[]> {
    const rows: Row[] = await this.database.query(
      'select change_id, person_id, what from identity.detail_changes where recorded_at is null order by changed_at limit $1',
      [limit],
    );
    return rows.map((row) => ({ changeId: row.change_id, personId: row.person_id, what: row.what }));
  }

  /** Forgets old addresses that nobody has to be told at any more. */
  async removeOld(): Promise<void> {
    await this.database.query(`delete from identity.detail_changes where recorded_at < now() - ${KEPT}`);
  }

  private async remember(manager: EntityManager, change: DetailChange, previousSealed: string | null): Promise<void> {
    await manager.query(
      'insert into identity.detail_changes (change_id, person_id, what, previous_email_sealed) values ($1, $2, $3, $4) on conflict do nothing',
      [change.changeId, change.personId, change.what, previousSealed],
    );
  }
}
