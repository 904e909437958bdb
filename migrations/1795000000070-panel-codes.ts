/** Codes mailed to an address that the panel knows already: whoever reads one there may have the account. One for each person, hashed, short-lived. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PanelCodes1795000000070 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table identity.panel_codes (
      person_id uuid primary key references identity.people,
      code_hash text not null,
      tries integer not null,
      issued_at timestamptz not null,
      expires_at timestamptz not null
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table identity.panel_codes');
  }
}
