/** New passwords on their way to the panel and to their owner: sealed, each gone once it was shown, and after a day at the latest. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PanelPasswords1795000000080 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table identity.panel_passwords (
      reset_id uuid primary key,
      person_id text not null,
      login_sealed text not null,
      created_at timestamptz not null default now()
    )`);
    await runner.query('create index panel_passwords_by_person on identity.panel_passwords (person_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table identity.panel_passwords');
  }
}
