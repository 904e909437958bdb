/** Rebuilds of read models: what is asked for and how far it is; and which table a checkpoint belongs to. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Rebuild1795000000010 implements MigrationInterface {
  readonly name = 'Rebuild1795000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table engine.checkpoint add column generation integer not null default 0');
    await runner.query(`
      create table engine.rebuild (
        projection text not null,
        version integer not null,
        id text not null,
        purpose text not null check (purpose in ('swap', 'verify')),
        state text not null,
        accept_differences boolean not null,
        requested_by text not null,
        requested_at timestamptz not null default clock_timestamp(),
        finished_at timestamptz,
        commit_position numeric(20,0) not null default 0,
        target_position numeric(20,0) not null default 0,
        events bigint not null default 0,
        events_per_second real not null default 0,
        eta_seconds real,
        difference jsonb,
        last_error text,
        primary key (projection, version)
      )`);
    // What a table under construction or one kept for a rollback sets aside is no matter for a human yet.
    await runner.query(`
      create or replace view engine.parked_overview as
        select projection as reader, row_key as key, event_id, parked_at from engine.projection_parked where projection not like '%@%'
        union all
        select reactor as reader, item_key as key, event_id, parked_at from engine.reactor_parked`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace view engine.parked_overview as
        select projection as reader, row_key as key, event_id, parked_at from engine.projection_parked
        union all
        select reactor as reader, item_key as key, event_id, parked_at from engine.reactor_parked`);
    await runner.query('drop table engine.rebuild');
    await runner.query('alter table engine.checkpoint drop column generation');
  }
}
