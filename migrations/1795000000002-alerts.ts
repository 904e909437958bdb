/** Which alerts have been posted: a chat cannot be asked, and a replay must never post again. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Alerts1795000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists engine');
    await runner.query('create table engine.alerts (alert_key text primary key, claimed_at timestamptz not null, posted_at timestamptz)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table engine.alerts');
  }
}
