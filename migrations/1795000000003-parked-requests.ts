/** What operators decide about parked events, kept for good; and what a reader's checkpoint tells other processes about it. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ParkedRequests1795000000003 implements MigrationInterface {
  readonly name = 'ParkedRequests1795000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table engine.parked_request (
        id bigint generated always as identity primary key,
        projection text not null,
        version integer not null,
        action text not null check (action in ('retry', 'discard')),
        row_key text,
        event_id text,
        event_type text,
        position numeric(20,0),
        reason text,
        actor_kind text not null,
        actor_id text not null,
        requested_at timestamptz not null default clock_timestamp(),
        done_at timestamptz,
        outcome text,
        check (action = 'retry' or (row_key is not null and event_id is not null and reason is not null))
      )`);
    await runner.query('create index on engine.parked_request (projection, version) where done_at is null');
    // Unlike jsonb, json keeps an event byte for byte, whatever made it impossible to store.
    await runner.query('alter table engine.projection_parked alter column event type json');
    await runner.query(`
      alter table engine.checkpoint
        add column events bigint not null default 0,
        add column last_error text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table engine.checkpoint drop column last_error, drop column events');
    await runner.query('drop table engine.parked_request');
  }
}
