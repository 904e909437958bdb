/** What the readers of the log remember: who runs them, how far they are, and what they could not handle. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Engine1795000000000 implements MigrationInterface {
  readonly name = 'Engine1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists engine`);
    await runner.query(`create schema if not exists read`);
    await runner.query(`
      create table engine.lease (
        name text primary key,
        owner text not null,
        epoch integer not null,
        lease_until timestamptz not null,
        taken_at timestamptz not null
      )`);
    await runner.query(`
      create table engine.checkpoint (
        reader text not null,
        version integer not null,
        epoch integer not null,
        log_id text,
        commit_position numeric(20,0),
        prepare_position numeric(20,0),
        event_position numeric(20,0),
        event_at text,
        moved_at timestamptz not null default clock_timestamp(),
        primary key (reader, version)
      )`);
    await this.parked(runner);
    await runner.query(`
      create table engine.claims (
        kind text not null,
        id text not null,
        owner text not null,
        lease_until timestamptz not null,
        not_before timestamptz,
        attempts integer not null default 1,
        last_error text,
        claimed_at timestamptz not null default clock_timestamp(),
        primary key (kind, id)
      )`);
  }

  private async parked(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table engine.projection_parked (
        projection text not null,
        version integer not null,
        row_key text not null,
        position numeric(20,0) not null,
        event_id text not null,
        event_type text not null,
        event jsonb not null,
        error text not null,
        parked_at timestamptz not null default clock_timestamp(),
        primary key (projection, version, row_key, position)
      )`);
    await runner.query(`
      create table engine.reactor_parked (
        reactor text not null,
        item_key text not null,
        position numeric(20,0) not null,
        event_id text not null,
        event_type text not null,
        event jsonb not null,
        error text not null,
        attempts integer not null,
        next_at timestamptz not null,
        parked_at timestamptz not null default clock_timestamp(),
        primary key (reactor, item_key, position)
      )`);
    await runner.query(`create index on engine.reactor_parked (reactor, next_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop schema engine cascade`);
  }
}
