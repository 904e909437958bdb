/** How far Stripe's list of events has been compared with the log. One row; times are ISO-8601 in UTC by the ledger's clock. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class StripeSweep1795000000050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // swept_to: unix seconds by Stripe's clock. asked_after: where the last round of questions about open money ended.
    await runner.query(`create table engine.stripe_sweep (
      single boolean primary key default true check (single),
      swept_to bigint not null,
      asked_after text not null default '',
      due_at text not null,
      succeeded_at text,
      failures integer not null default 0,
      failing_since text,
      last_error text,
      found_total bigint not null default 0,
      found_last integer not null default 0,
      found_at text
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table engine.stripe_sweep');
  }
}
