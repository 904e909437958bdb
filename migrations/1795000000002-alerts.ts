/** Which alerts have been posted (a chat cannot be asked, and a replay must never post again), and one view of everything readers set aside. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Alerts1795000000002 implements MigrationInterface {
  readonly name = 'Alerts1795000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table engine.alerts (alert_key text primary key, claimed_at timestamptz not null, posted_at timestamptz)');
    await runner.query(`
      create view engine.parked_overview as
        select projection as reader, row_key as key, event_id, parked_at from engine.projection_parked
        union all
        select reactor as reader, item_key as key, event_id, parked_at from engine.reactor_parked`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view engine.parked_overview');
    await runner.query('drop table engine.alerts');
  }
}
