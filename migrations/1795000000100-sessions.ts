/** Who is logged in where: one row for each login, with what is left of its refresh token, a keyed digest. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Sessions1795000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table identity.sessions (
      session_id uuid primary key,
      person_id uuid not null references identity.people,
      token_hash text not null,
      previous_hash text,
      device_sealed text not null,
      created_at timestamptz not null,
      used_at timestamptz not null,
      expires_at timestamptz not null,
      ended_at timestamptz,
      end_reason text
    )`);
    await runner.query('create index sessions_by_person on identity.sessions (person_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table identity.sessions');
  }
}
