/** Who people are and what they chose (sealed), and which request keys were used. Never rebuilt from events. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Identity1795000000001 implements MigrationInterface {
  readonly name = 'Identity1795000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists identity');
    await runner.query(`
      create table identity.people (
        person_id uuid primary key,
        email_lookup text not null unique,
        email_sealed text not null,
        name_sealed text not null,
        password_hash text not null,
        role text not null check (role in ('customer', 'operator')),
        registered_at timestamptz,
        created_at timestamptz not null default now()
      )`);
    await runner.query(`
      create table identity.configurations (
        configuration_id uuid primary key,
        person_id uuid not null references identity.people,
        values_sealed text not null,
        secrets_sealed text,
        created_at timestamptz not null default now()
      )`);
    await runner.query(`
      create table identity.idempotency_keys (
        actor_id text not null,
        route text not null,
        key text not null,
        body_hash text not null,
        ids jsonb not null,
        running_until timestamptz not null,
        created_at timestamptz not null default now(),
        primary key (actor_id, route, key)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema identity cascade');
  }
}
