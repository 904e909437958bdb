/** New panel passwords between the one who makes them, the panel and their owner: sealed, and kept no longer than that takes. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Sealing } from './sealing.js';

const KEPT = "interval '1 day'";

/** With which somebody logs in on the panel; the name is the panel's to tell, and null until it has. */
export interface PanelLogin {
  readonly username: string | null;
  readonly password: string;
}

interface Row {
  readonly login_sealed: string;
}

@Injectable()
export class PasswordStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** Adds the name that the password belongs to, which the panel has told. */
  async complete(resetId: string, login: PanelLogin): Promise<void> {
    await this.database.query('update identity.panel_passwords set login_sealed = $2 where reset_id = $1', [
      resetId,
      this.sealing.seal(JSON.stringify(login)),
    ]);
  }

  /** Also forgets what nobody came for within a day. */
  async keep(reset: { resetId: string; personId: string; login: PanelLogin }): Promise<void> {
    await this.database.query(`delete from identity.panel_passwords where created_at < now() - ${KEPT}`);
    await this.database.query('insert into identity.panel_passwords (reset_id, person_id, login_sealed) values ($1, $2, $3)', [
      reset.resetId,
      reset.personId,
      this.sealing.seal(JSON.stringify(reset.login)),
    ]);
  }

  /** Undefined when it was shown, dropped or too old. */
  async read(resetId: string): Promise<PanelLogin | undefined> {
    const [row]: Row[] = await this.database.query(
      `select login_sealed from identity.panel_passwords where reset_id = $1 and created_at > now() - ${KEPT}`,
      [resetId],
    );
    return row && this.open(row);
  }

  /** The same, for the last time: of several who ask at once one is told. */
  async take(resetId: string): Promise<PanelLogin | undefined> {
    const [rows]: [Row[], number] = await this.database.query(
      `delete from identity.panel_passwords where reset_id = $1 and created_at > now() - ${KEPT} returning login_sealed`,
      [resetId],
    );
    return rows[0] && this.open(rows[0]);
  }

  private open({ login_sealed: sealed }: Row): PanelLogin {
    return JSON.parse(this.sealing.open(sealed)) as PanelLogin;
  }
}
