/** Customers change who they are: a code for a new address, and what was changed until the log knows it. An old address is kept for the mail that tells it. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DetailChanges1795000000160 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identity.panel_codes add column about_sealed text');
    await runner.query(`create table identity.email_codes (
      person_id uuid primary key references identity.people,
      code_hash text not null,
      about_sealed text,
      tries integer not null,
      issued_at timestamptz not null,
      expires_at timestamptz not null
    )`);
    await runner.query(`create table identity.detail_changes (
      change_id uuid primary key,
      person_id uuid not null references identity.people,
      what text not null check (what in ('email', 'name')),
      previous_email_sealed text,
      changed_at timestamptz not null default now(),
      recorded_at timestamptz
    )`);
    await runner.query('create index detail_changes_unrecorded on identity.detail_changes (changed_at) where recorded_at is null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table identity.detail_changes');
    await runner.query('drop table identity.email_codes');
    await runner.query('alter table identity.panel_codes drop column about_sealed');
  }
}
