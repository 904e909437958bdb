/** Who people are: the only place that knows names, e-mails, passwords and what customers chose or keep secret. Everything readable is sealed. */
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { DataSource } from 'typeorm';
import { poolOf } from '../../platform/database/data-source.js';
import { newId } from '../../platform/ids.js';
import { refuse } from '../../platform/refusal.js';
import { Sealing } from './sealing.js';

export type PersonRole = 'customer' | 'operator';

export interface Person {
  readonly personId: string;
  readonly email: string;
  readonly name: string;
  readonly role: PersonRole;
  /** With which they log in on the panel; null until their account is linked. */
  readonly panelUsername: string | null;
  /** Whether the ledger's event of the sign-up is known to be recorded. */
  readonly registered: boolean;
}

interface PersonRow {
  person_id: string;
  email_sealed: string;
  name_sealed: string;
  password_hash: string;
  role: PersonRole;
  registered_at: Date | null;
  panel_username_sealed: string | null;
}

/** Checked against when the e-mail is unknown, so that the answer takes as long as for a known one. */
const NOBODY = hash('nobody has this password');

@Injectable()
export class IdentityStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /**
   * Takes a person in. Who is there already under this id, with this e-mail and this password, is taken in again in silence.
   * @returns the person's id. @throws Refusal EMAIL_TAKEN
   */
  async createPerson(wish: { personId?: string; email: string; name: string; password: string; role: PersonRole }): Promise<string> {
    const personId = wish.personId ?? newId();
    const sealed = [this.sealing.lookup(wish.email), this.sealing.seal(wish.email.trim()), this.sealing.seal(wish.name)];
    const created: unknown[] = await this.database.query(
      `insert into identity.people (person_id, email_lookup, email_sealed, name_sealed, password_hash, role)
       values ($1, $2, $3, $4, $5, $6) on conflict (email_lookup) do nothing returning person_id`,
      [personId, ...sealed, await hash(wish.password), wish.role],
    );
    if (created.length > 0) return personId;
    const [known] = await this.rows('email_lookup = $1', this.sealing.lookup(wish.email));
    const again = known?.person_id === personId && (await verify(known.password_hash, wish.password));
    if (!again) throw refuse('EMAIL_TAKEN', 409, 'This e-mail address is already registered.');
    return personId;
  }

  /** The person, or undefined; an unknown e-mail and a wrong password look and take the same. */
  async verifyPassword(email: string, password: string): Promise<Person | undefined> {
    const [row] = await this.rows('email_lookup = $1', this.sealing.lookup(email));
    const matches = await verify(row?.password_hash ?? (await NOBODY), password);
    return row && matches ? this.personFrom(row) : undefined;
  }

  /** Whose e-mail address this is. */
  async idOfEmail(email: string): Promise<string | undefined> {
    return (await this.rows('email_lookup = $1', this.sealing.lookup(email)))[0]?.person_id;
  }

  async personOf(personId: string): Promise<Person | undefined> {
    const [row] = await this.rows('person_id = $1', personId);
    return row && this.personFrom(row);
  }

  /** False when the current password is another one. */
  async changePassword(personId: string, current: string, next: string): Promise<boolean> {
    if (!(await this.hasPassword(personId, current))) return false;
    await this.database.query('update identity.people set password_hash = $2 where person_id = $1', [personId, await hash(next)]);
    return true;
  }

  /** Whether this is their password; false for nobody. */
  async hasPassword(personId: string, password: string): Promise<boolean> {
    const [row] = await this.rows('person_id = $1', personId);
    return row !== undefined && verify(row.password_hash, password);
  }

  /** The name of the panel account that is becoming theirs. */
  async keepPanelUsername(personId: string, username: string): Promise<void> {
    await this.database.query('update identity.people set panel_username_sealed = $2 where person_id = $1', [
      personId,
      this.sealing.seal(username),
    ]);
  }

  /** The sign-up is in the log. */
  async markRegistered(personId: string): Promise<void> {
    await this.database.query('update identity.people set registered_at = now() where person_id = $1 and registered_at is null', [
      personId,
    ]);
  }

  /** After the log was replaced nobody's sign-up is known to be in it; registering again is silence where it is. */
  async forgetRegistrations(): Promise<void> {
    await this.database.query('update identity.people set registered_at = null');
  }

  /** Customers whose sign-up may never have reached the log, because somebody died in between. */
  async unregistered(limit: number): Promise<string[]> {
    const rows: { person_id: string }[] = await this.database.query(
      `select person_id from identity.people where registered_at is null and role = 'customer' order by created_at limit $1`,
      [limit],
    );
    return rows.map(({ person_id }) => person_id);
  }

  /**
   * Keeps what a customer chose for an order; the first choice under an id stands.
   * @returns a fingerprint of the values that may be recorded: a choice may be a password, so that nobody may find it out by trying
   */
  async saveConfiguration(wish: {
    configurationId: string;
    customerId: string;
    values: Readonly<Record<string, string>>;
  }): Promise<string> {
    const values = JSON.stringify(wish.values);
    await poolOf(this.database).query({
      name: 'save configuration',
      text: 'insert into identity.configurations (configuration_id, person_id, values_sealed) values ($1, $2, $3) on conflict do nothing',
      values: [wish.configurationId, wish.customerId, this.sealing.seal(values)],
    });
    return this.sealing.fingerprint(values);
  }

  /** What the customer chose; undefined if there is no such configuration. */
  async configuration(configurationId: string): Promise<Record<string, string> | undefined> {
    const [row]: { values_sealed: string }[] = await this.database.query(
      'select values_sealed from identity.configurations where configuration_id = $1',
      [configurationId],
    );
    return row && (JSON.parse(this.sealing.open(row.values_sealed)) as Record<string, string>);
  }

  /** What was made up for it; empty if nothing was. */
  async secrets(configurationId: string): Promise<Record<string, string>> {
    const [row]: { secrets_sealed: string | null }[] = await this.database.query(
      'select secrets_sealed from identity.configurations where configuration_id = $1',
      [configurationId],
    );
    return row?.secrets_sealed ? (JSON.parse(this.sealing.open(row.secrets_sealed)) as Record<string, string>) : {};
  }

  /** Adds the secrets that are not there yet and answers all: however often and by however many it is asked, the first value of each stays. */
  async mergeSecrets(configurationId: string, fresh: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    return this.database.transaction(async (manager) => {
      const [row]: { secrets_sealed: string | null }[] = await manager.query(
        'select secrets_sealed from identity.configurations where configuration_id = $1 for update',
        [configurationId],
      );
      const known = row?.secrets_sealed ? (JSON.parse(this.sealing.open(row.secrets_sealed)) as Record<string, string>) : {};
      const all = { ...fresh, ...known };
      await manager.query('update identity.configurations set secrets_sealed = $2 where configuration_id = $1', [
        configurationId,
        this.sealing.seal(JSON.stringify(all)),
      ]);
      return all;
    });
  }

  private async rows(where: string, value: string): Promise<PersonRow[]> {
    // Each column by its name: sessions keep the statement prepared, and a migration may add others meanwhile.
    const text = `select person_id, email_sealed, name_sealed, password_hash, role, registered_at, panel_username_sealed
      from identity.people where ${where}`;
    return (await poolOf(this.database).query<PersonRow>({ name: `person where ${where}`, text, values: [value] })).rows;
  }

  private personFrom(row: PersonRow): Person {
    return {
      personId: row.person_id,
      email: this.sealing.open(row.email_sealed),
      name: this.sealing.open(row.name_sealed),
      role: row.role,
      panelUsername: row.panel_username_sealed === null ? null : this.sealing.open(row.panel_username_sealed),
      registered: row.registered_at !== null,
    };
  }
}
